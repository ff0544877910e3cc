"""The bullet: the dial laid flat, 0 to 200 %, its tick at half length."""

from __future__ import annotations

from dataclasses import dataclass

from cadran.present.marks.dial import GAP_CLASSES
from cadran.present.marks.svg import drawing, element, polygon

THICK, BEYOND, THIN = 8.0, 10.0, 8.0 / 3
AXIS = 7.0  # the height of the middle of the bar; the pace triangle stands under it
HEAD = 5.0


@dataclass(frozen=True)
class Bullet:
    """Shares of the objective: 1.25 is 125 %. Without `attainment` only the track and the tick are drawn.

    `significant` false draws everything in ink. Hidden from screen readers unless it has a `label`.
    """

    attainment: float | None
    status: str
    expected: float | None = None
    significant: bool = True
    label: str = ""
    width: float = 112.0
    height: float = 16.0


def bullet(mark: Bullet) -> str:
    noon = mark.width / 2
    tick = element("line", class_="noon", x1=noon, x2=noon, y1=0, y2=2 * AXIS, stroke_width=2)
    track = element("line", class_="axis", x1=0, x2=mark.width, y1=AXIS, y2=AXIS, stroke_width=1)
    return drawing("bullet", mark.width, mark.height, mark.label, track, *_bars(mark, noon), tick, _pace(mark, noon))


def _bars(mark: Bullet, noon: float) -> list[str]:
    if mark.attainment is None:
        return []
    end = noon * max(0.0, min(2.0, mark.attainment))
    parts = []
    if end < noon:
        kind = GAP_CLASSES.get(mark.status, "gap") if mark.significant else "gap"
        parts += [_bar("track", end, noon, THICK), _bar(kind, end, noon, THIN)]
    parts.append(_bar("measure", 0.0, min(end, noon), THICK))
    if end > noon + 1:
        kind = "beyond" if mark.significant else "measure"
        is_off_scale = mark.attainment > 2
        parts.append(_bar(kind, noon + 1, end - (HEAD if is_off_scale else 0.0), BEYOND))
        if is_off_scale:
            base = end - HEAD
            parts.append(polygon(((base, AXIS - 7), (base, AXIS + 7), (end, AXIS)), f"head {kind}"))
    return parts


def _bar(kind: str, start: float, end: float, thick: float) -> str:
    return element("rect", class_=kind, x=start, y=AXIS - thick / 2, width=max(0.0, end - start), height=thick)


def _pace(mark: Bullet, noon: float) -> str:
    if mark.expected is None or mark.attainment is None:
        return ""
    x = noon * max(0.0, min(2.0, mark.expected))
    return polygon(((x, mark.height - 4.0), (x - 3.0, mark.height), (x + 3.0, mark.height)), "pace")
