"""The sparkline: the last thirteen periods without axes, their reference dashed, signals ringed."""

from __future__ import annotations

from dataclasses import dataclass

from cadran.present.marks.svg import drawing, element, written

MARGIN = 4.5  # room for a ring


@dataclass(frozen=True)
class Sparkline:
    """`points` are in order of time, None where there is no value. `signals` are positions and tones (better, worse).

    `running` says that the last point is a period not over yet: its step is dotted and its dot hollow. Hidden from
    screen readers unless it has a `label`.
    """

    points: tuple[float | None, ...]
    reference: float | None = None
    signals: tuple[tuple[int, str], ...] = ()
    running: bool = False
    label: str = ""
    width: float = 230.0
    height: float = 34.0


def sparkline(mark: Sparkline) -> str:
    """An empty drawing where no point has a value."""
    known = [point for point in mark.points if point is not None]
    if not known:
        return drawing("sparkline", mark.width, mark.height, mark.label, "")
    places = _places(mark, known)
    settled = len(places) - 1 if mark.running else len(places)
    parts = [_reference(mark, known), *_lines(places[:settled])]
    if mark.running:
        parts += [element("path", class_="line running", d=_path(step), fill="none") for step in _step(places)]
    parts += [_circle(places[at], f"ring {tone}", 3.5) for at, tone in mark.signals if at < settled]
    ringed = {at for at, _ in mark.signals} if not mark.running else set()
    if places[-1] is not None and len(places) - 1 not in ringed:
        parts.append(_circle(places[-1], "hollow" if mark.running else "last", 3 if mark.running else 2.5))
    return drawing("sparkline", mark.width, mark.height, mark.label, *parts)


Place = tuple[float, float] | None


def _places(mark: Sparkline, known: list[float]) -> list[Place]:
    step = (mark.width - 2 * MARGIN) / max(1, len(mark.points) - 1)
    return [
        None if point is None else (MARGIN + step * at, _y(mark, known, point)) for at, point in enumerate(mark.points)
    ]


def _y(mark: Sparkline, known: list[float], value: float) -> float:
    seen = known if mark.reference is None else [*known, mark.reference]
    low, high = min(seen), max(seen)
    share = 0.5 if high == low else (value - low) / (high - low)
    return mark.height - MARGIN - share * (mark.height - 2 * MARGIN)


def _reference(mark: Sparkline, known: list[float]) -> str:
    if mark.reference is None:
        return ""
    y = _y(mark, known, mark.reference)
    return element("line", class_="reference dashed", x1=0, x2=mark.width, y1=y, y2=y, stroke_dasharray="3 3")


def _lines(places: list[Place]) -> list[str]:
    """One path for each run of points without a hole."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(place)
    return [element("path", class_="line", d=_path(run), fill="none") for run in runs if len(run) > 1]


def _step(places: list[Place]) -> list[list[tuple[float, float]]]:
    """The step into the period still running, where both its ends are known."""
    if len(places) < 2 or places[-1] is None or places[-2] is None:
        return []
    return [[places[-2], places[-1]]]


def _path(run: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{written(x)} {written(y)}" for x, y in run)


def _circle(place: Place, class_: str, radius: float) -> str:
    return "" if place is None else element("circle", class_=class_, cx=place[0], cy=place[1], r=radius)
