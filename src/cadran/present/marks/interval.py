"""The interval: a dot and its 95 % segment on the scale of its column, a tick at the reference."""

from __future__ import annotations

from dataclasses import dataclass

from cadran.present.marks.svg import drawing, element

DOT = 3.0


@dataclass(frozen=True)
class Interval:
    """`start` and `end` are the ends of the column's scale, in the unit of `value`.

    Coloured only where the segment clears the reference: blue on the better side, madder on the worse. `too_small`
    is drawn dashed, hollow and grey, whatever it says. Hidden from screen readers unless it has a `label`.
    """

    value: float
    low: float
    high: float
    start: float
    end: float
    reference: float | None = None
    higher_is_better: bool = True
    too_small: bool = False
    label: str = ""
    width: float = 112.0
    height: float = 16.0


def interval(mark: Interval) -> str:
    """Raises ValueError for a scale without length."""
    if mark.end <= mark.start:
        raise ValueError(f"the scale goes from {mark.start} to {mark.end}")
    axis = mark.height / 2
    tone = tone_of(mark)
    first, last = _x(mark, mark.low), _x(mark, mark.high)
    dash = "2.5 2" if mark.too_small else None
    parts = [element("line", class_="axis", x1=0, x2=mark.width, y1=axis, y2=axis, stroke_width=1)]
    if mark.reference is not None:
        at = _x(mark, mark.reference)
        parts.append(element("line", class_="reference", x1=at, x2=at, y1=0, y2=mark.height, stroke_width=1.5))
    parts.append(
        element(
            "line",
            class_=f"segment {tone}",
            x1=first,
            x2=last,
            y1=axis,
            y2=axis,
            stroke_width=1 if mark.too_small else 2,
            stroke_dasharray=dash,
        )
    )
    parts.append(
        element(
            "circle",
            class_=f"dot {tone}",
            cx=_x(mark, mark.value),
            cy=axis,
            r=DOT,
            stroke_width=1.5 if mark.too_small else None,
        )
    )
    return drawing("interval", mark.width, mark.height, mark.label, *parts)


def tone_of(mark: Interval) -> str:
    """better, worse, too_small, or ink where the segment touches the reference or there is none."""
    if mark.too_small:
        return "too_small"
    if mark.reference is None or mark.low <= mark.reference <= mark.high:
        return "ink"
    return "better" if (mark.low > mark.reference) is mark.higher_is_better else "worse"


def _x(mark: Interval, value: float) -> float:
    """Held inside the drawing, so that a dot off the scale is still whole."""
    share = (value - mark.start) / (mark.end - mark.start)
    return DOT + max(0.0, min(1.0, share)) * (mark.width - 2 * DOT)
