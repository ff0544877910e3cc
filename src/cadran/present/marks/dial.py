"""The dial: 240 degrees, 0 % at eight o'clock, the objective at noon, 200 % at four; 1.2 degrees per point.

Drawn in a box of 128 x 98 and scaled, so that strokes and words keep their proportions at 148 and at 600 pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cadran.present.marks.svg import arc, drawing, element, on_circle, polygon, words

State = Literal["measured", "provisional", "too_small", "undefined", "no_target", "no_data"]

DEGREES_PER_POINT = 1.2
END = 120.0  # degrees from noon, either side
WIDTH, HEIGHT = 128.0, 98.0
CENTRE, RADIUS = 64.0, 53.0
THICK = 10.0  # 7.8 % of the diameter
BEYOND = THICK * 1.25
THIN = THICK / 3
GAP = 1.6  # degrees between noon and what is beyond it
TICK = (44.0, 62.5)  # the radii it goes from and to
PACE = (46.5, 40.5)  # radii of the tip and of the base of the triangle
GAP_CLASSES = {"at_risk": "gap at_risk", "behind": "gap behind"}


@dataclass(frozen=True)
class Dial:
    """Shares are of the objective: 1.25 is 125 %.

    `expected` is the share expected to date, `estimate` where a provisional value should end. `status` colours what
    is missing (at_risk, behind); `significant` false draws everything in ink: nothing doubtful is coloured. `text` and
    `under` stand in the middle. `label` names the picture for screen readers.
    """

    attainment: float | None
    status: str
    state: State
    text: str
    under: str
    label: str
    expected: float | None = None
    estimate: float | None = None
    significant: bool = True
    size: int = 128


def dial(mark: Dial) -> str:
    """The dial as SVG, `size` pixels wide."""
    quiet = "" if mark.state == "measured" else " quiet"
    parts = [
        _stroke("track", -END, 0.0, THICK),
        _stroke("far", 0.0, END, 1.0),
        *_reading(mark),
        "" if mark.state in ("no_target", "no_data") else _noon(),
        _estimate(mark),
        words(mark.text, CENTRE, CENTRE + 7, f"figure{quiet}") if mark.text else "",
        words(mark.under, CENTRE, CENTRE + 22.5, "under") if mark.under else "",
    ]
    size = float(mark.size)
    return drawing("dial", size, size * HEIGHT / WIDTH, mark.label, *parts, box=(WIDTH, HEIGHT))


def angle_of(attainment: float) -> float:
    """Degrees clockwise from noon, held between eight and four o'clock."""
    return max(-END, min(END, (attainment - 1) * 100 * DEGREES_PER_POINT))


def _reading(mark: Dial) -> list[str]:
    """What the state allows to be drawn of the attainment."""
    if mark.state == "too_small":
        return [_stroke("thin", -END, 0.0, 1.5)]
    if mark.attainment is None or mark.state not in ("measured", "provisional"):
        return []
    end = angle_of(mark.attainment)
    if mark.state == "provisional":
        return [_stroke("measure broken", -END, min(end, 0.0), THICK, dash="2.6 1.6"), *_beyond(end, mark)]
    return [_stroke("measure", -END, min(end, 0.0), THICK), *_short(end, mark), *_beyond(end, mark), _pace(mark)]


def _short(end: float, mark: Dial) -> list[str]:
    """The thin line from what was done to noon."""
    if end >= 0:
        return []
    kind = GAP_CLASSES.get(mark.status, "gap") if mark.significant else "gap"
    return [_stroke(kind, end, 0.0, THIN)]


def _beyond(end: float, mark: Dial) -> list[str]:
    if end <= GAP:
        return []
    coloured = mark.significant and mark.state == "measured"
    kind = "beyond" if coloured else "measure broken" if mark.state == "provisional" else "measure"
    dash = "2.6 1.6" if mark.state == "provisional" else None
    parts = [_stroke(kind, GAP, end, BEYOND, dash)]
    if mark.attainment is not None and mark.attainment > 2:
        parts.append(_arrowhead("beyond" if coloured else "measure"))
    return parts


def _arrowhead(kind: str) -> str:
    """Past four o'clock: the arc goes on beyond the scale."""
    half = BEYOND / 2 + 1.5
    inner, outer = on_circle(END, RADIUS - half, CENTRE), on_circle(END, RADIUS + half, CENTRE)
    return polygon((inner, outer, on_circle(END + 8, RADIUS, CENTRE)), f"head {kind}")


def _noon() -> str:
    inner, outer = TICK
    return element("line", class_="noon", x1=CENTRE, x2=CENTRE, y1=CENTRE - outer, y2=CENTRE - inner, stroke_width=2)


def _pace(mark: Dial) -> str:
    """The triangle inside, at the share expected to date."""
    if mark.expected is None:
        return ""
    tip, base = PACE
    angle = angle_of(mark.expected)
    corners = (on_circle(angle + side, base, CENTRE) for side in (-4.8, 4.8))
    return polygon((on_circle(angle, tip, CENTRE), *corners), "pace")


def _estimate(mark: Dial) -> str:
    if mark.estimate is None:
        return ""
    x, y = on_circle(angle_of(mark.estimate), RADIUS, CENTRE)
    return element("circle", class_="hollow", cx=x, cy=y, r=4.5, stroke_width=2)


def _stroke(kind: str, start: float, end: float, width: float, dash: str | None = None) -> str:
    if end <= start:
        return ""
    return element(
        "path", class_=kind, d=arc(start, end, RADIUS, CENTRE), stroke_width=width, stroke_dasharray=dash, fill="none"
    )
