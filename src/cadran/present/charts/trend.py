"""A KPI over time: what happened, natural variation, the objective, signals, notes, and the period still running."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cadran.catalogue.kpi import Unit
from cadran.errors import Lang, Text
from cadran.present.charts.chart import (
    COLON,
    FOCUSED,
    Axis,
    Chart,
    Spec,
    Written,
    axis_for,
    pointed_at,
    spread,
)
from cadran.present.words import TITLES

Signal = Literal["better", "worse"]

HALF = {"expr": "max(60, width / 2)"}  # a note is cut where the chart is narrow; the table has all of it
SIDE = {"expr": "datum.index > length(ticks) * 0.8 ? 'right' : datum.index < length(ticks) * 0.1 ? 'left' : 'center'"}
# On a narrow chart one tick in two, or three, is named: counted from the last period, which is what one looks for.
SPACED = "(length(ticks) - 1 - datum.value) % ceil(length(ticks) * 24 / width) === 0"
LANE = 18.0  # pixels of a note's line above the chart
MEAN = Text("moyenne", "mean")
LIMIT = Text("limite", "limit")
OBJECTIVE = Text("objectif", "objective")
SIGNAL = Text("signal", "signal")
FORECAST = Text("prévu", "forecast")
DESCRIPTION = Text(
    "{name}, de {first} à {last}\u00a0: de {start} à {end}, au plus bas {low} ({when_low}), au plus haut {high} "
    "({when_high}).",
    "{name}, from {first} to {last}: from {start} to {end}, lowest {low} ({when_low}), highest {high} ({when_high}).",
)
NOTHING = Text("{name}\u00a0: aucune valeur.", "{name}: no value.")


@dataclass(frozen=True)
class TrendPoint:
    """One period. `label` is its whole name, `tick` what stands under the axis, `year` a second line where it begins.

    `objective` is that period's. `signal` says that it lies outside natural variation, and on which side; `remark`
    stands beside its ring. `doubt` says why the value is not settled (the period runs, is provisional, has too small a
    sample): its dot is hollow, and from the last settled point on the line is dashed. `href` is what a click opens.
    """

    label: str
    tick: str
    value: float | None
    year: str = ""
    objective: float | None = None
    signal: Signal | None = None
    remark: str = ""
    doubt: str = ""
    href: str = ""


@dataclass(frozen=True)
class Note:
    """What somebody wrote about the period at position `at`: title, dates and author in one line."""

    at: int
    text: str


@dataclass(frozen=True)
class Running:
    """The last point is not over: where it should end, within which 95 % interval, in which words (two lines)."""

    forecast: float
    low: float | None
    high: float | None
    text: str
    under: str = ""


@dataclass(frozen=True)
class Trend:
    """`mean`, `low` and `high` are natural variation. All values are in the KPI's unit, rates as shares."""

    name: str
    unit: Unit
    currency: str
    lang: Lang
    points: tuple[TrendPoint, ...]
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    notes: tuple[Note, ...] = ()
    running: Running | None = None
    height: float = 300.0


def trend_chart(trend: Trend) -> Chart:
    """Raises ValueError where there is no point."""
    if not trend.points:
        raise ValueError("a trend needs a point")
    written = Written(trend.unit, trend.currency, trend.lang)
    axis = axis_for(_values(trend), written, trend.height)
    texts = [_text(trend, point, written) for point in trend.points]
    spec: Spec = {
        "width": "container",
        "height": trend.height,
        "padding": {"left": 4, "top": 4, "right": 14, "bottom": 4},  # room for a label measured before its font came
        "params": [*FOCUSED, {"name": "ticks", "value": [point.tick for point in trend.points]}],
        "data": {"values": [_row(at, point, texts[at]) for at, point in enumerate(trend.points)]},
        "encoding": {"x": _x()},
        "layer": [*_layers(trend, axis, written)],
    }
    return Chart(
        spec,
        _description(trend, written),
        (TITLES["period"].to(trend.lang), trend.name, TITLES["target"].to(trend.lang), ""),
        tuple(_table_row(trend, point, written) for point in trend.points),
        tuple(zip(texts, (point.href for point in trend.points), strict=True)),
    )


def _values(trend: Trend) -> list[float]:
    """Everything the scale has to hold."""
    running = trend.running
    found = [value for point in trend.points for value in (point.value, point.objective)]
    found += [trend.mean, trend.low, trend.high]
    found += [running.forecast, running.low, running.high] if running else []
    return [value for value in found if value is not None]


def _x() -> Spec:
    return {
        "field": "index",
        "type": "ordinal",
        "scale": {"type": "point", "padding": 0.4},
        "axis": {"labelExpr": f"{SPACED} ? ticks[datum.value] : ''", "minExtent": 40},
    }


def _row(at: int, point: TrendPoint, text: str) -> Spec:
    return {
        "index": at,
        "value": point.value,
        "objective": point.objective,
        "signal": point.signal,
        "remark": point.remark,
        "year": point.year,
        "doubt": point.doubt,
        "text": text,
        "href": point.href,
    }


def _layers(trend: Trend, axis: Axis, written: Written) -> Iterator[Spec]:
    """From the back to the front."""
    y = axis.encoding()
    if trend.low is not None and trend.high is not None:
        ends = {"y": {"field": "low", **y}, "y2": {"field": "high"}, "x": None}
        yield _own([{"low": trend.low, "high": trend.high}], {"type": "rect", "style": "band"}, ends)
    if trend.mean is not None:
        yield _own([{"mean": trend.mean}], {"type": "rule", "style": "mean"}, {"y": {"field": "mean", **y}, "x": None})
    if any(point.objective is not None for point in trend.points):
        yield _mark(
            {"type": "line", "style": "objective", "interpolate": "step", "strokeWidth": 1.5},
            {"y": {"field": "objective", **y}},
        )
    yield from _line(trend, y)
    if trend.running:
        yield from _running(trend, trend.running, y)
    yield from _signals(y, f"datum.index < {_settled(trend)}")
    yield from _notes(trend, axis)
    yield from _end_labels(trend, axis, written)
    years = {"type": "text", "style": "label-strong", "dy": 34, "align": "center", "baseline": "middle"}
    yield _mark(years, {"y": {"value": "height"}, "text": {"field": "year"}})
    yield from pointed_at(len(trend.points))


def _line(trend: Trend, y: Spec) -> Iterator[Spec]:
    """What happened; what is not settled hangs on by a dashed line and has hollow dots."""
    count = len(trend.points) - (1 if trend.running else 0)
    settled, value = _settled(trend), {"y": {"field": "value", **y}}
    yield _mark({"type": "line", "style": "series"}, value, f"datum.index < {settled}")
    if settled < count:
        dashed = {"type": "line", "style": "running", "strokeWidth": 1.5}
        yield _mark(dashed, value, f"datum.index >= {settled - 1} && datum.index < {count}")
    known = f"datum.index < {count} && isValid(datum.value)"
    yield _mark({"type": "point"}, value, f"{known} && !datum.doubt")
    if any(point.doubt for point in trend.points):
        yield _mark({"type": "point", "style": "hollow"}, value, f"{known} && datum.doubt")


def _settled(trend: Trend) -> int:
    """The points before those at the end that are not settled."""
    count = len(trend.points) - (1 if trend.running else 0)
    while count and trend.points[count - 1].doubt:
        count -= 1
    return count


def _running(trend: Trend, running: Running, y: Spec) -> Iterator[Spec]:
    last = len(trend.points) - 1
    before = trend.points[last - 1].value if last else None
    step = [{"index": last, "value": running.forecast}]
    if before is not None:
        yield _own(
            [{"index": last - 1, "value": before}, *step],
            {"type": "line", "style": "running", "strokeWidth": 1.5},
            {"x": _x(), "y": {"field": "value", **y}},
        )
    if running.low is not None and running.high is not None:
        ends = {"x": _x(), "y": {"field": "low", **y}, "y2": {"field": "high"}}
        interval = [{"index": last, "low": running.low, "high": running.high}]
        yield _own(interval, {"type": "rule", "style": "whisker"}, ends)
    to_date = {"type": "tick", "style": "to-date", "size": 10, "thickness": 2, "orient": "horizontal"}
    yield _mark(to_date, {"y": {"field": "value", **y}}, f"datum.index === {last}")
    yield _own(step, {"type": "point", "style": "hollow"}, {"x": _x(), "y": {"field": "value", **y}})


def _signals(y: Spec, settled: str) -> Iterator[Spec]:
    """A ring, its heart and its remark: above what is better, under what is worse."""
    for tone, dy in (("better", -14), ("worse", 16)):
        chosen = f"{settled} && datum.signal === '{tone}'"
        at = {"y": {"field": "value", **y}}
        yield _mark({"type": "point", "style": f"signal-{tone}"}, at, chosen)
        yield _mark({"type": "point", "style": f"heart-{tone}"}, at, chosen)
        remark = {"type": "text", "style": f"label-{tone}", "dy": dy, "align": SIDE, "baseline": "middle"}
        yield _mark(remark, {**at, "text": {"field": "remark"}}, chosen)


def _notes(trend: Trend, axis: Axis) -> Iterator[Spec]:
    """A stem from the point to a line of its own above the chart, a flag and the note's words."""
    if not trend.notes:
        return
    rows: list[Spec] = [
        {"index": note.at, "text": note.text, "top": -LANE * lane - 8, "foot": _foot(trend, note.at, axis)}
        for lane, note in enumerate(sorted(trend.notes, key=lambda note: note.at))
    ]
    top = {"field": "top", "type": "quantitative", "scale": None, "axis": None}
    yield _own(rows, {"type": "rule", "style": "stem"}, {"x": _x(), "y": top, "y2": {"field": "foot"}})
    for is_left, align, dx in ((True, "left", 10), (False, "right", -6)):
        chosen = [row for row in rows if (row["index"] * 2 < len(trend.points)) is is_left]
        words = {"type": "text", "style": "label", "align": align, "dx": dx, "baseline": "middle", "limit": HALF}
        yield _own(chosen, words, {"x": _x(), "y": top, "text": {"field": "text"}})
    flag = {
        "type": "point",
        "style": "flag",
        "filled": True,
        "shape": "M0,-1L1.6,-1L1.1,-0.4L1.6,0.2L0,0.2Z",
        "size": 60,
    }
    yield _own(rows, flag, {"x": _x(), "y": top})


def _foot(trend: Trend, at: int, axis: Axis) -> float:
    """Where the stem of a note ends: just above its point, or at the axis."""
    is_running = trend.running is not None and at == len(trend.points) - 1
    value = trend.running.forecast if is_running and trend.running else trend.points[at].value
    return axis.height if value is None else axis.pixel(value) - 8


def _end_labels(trend: Trend, axis: Axis, written: Written) -> Iterator[Spec]:
    """The names of lines at their right end, pushed apart."""
    said = list(_said_at_the_end(trend, written))
    heights = spread([axis.pixel(value) for value, _, _ in said])
    for style in sorted({style for _, _, style in said}):
        rows = [{"px": px, "text": text} for px, (_, text, own) in zip(heights, said, strict=True) if own == style]
        words = {"type": "text", "style": style, "align": "left", "dx": 8, "baseline": "middle"}
        height = {"field": "px", "type": "quantitative", "scale": None, "axis": None}
        yield _own(rows, words, {"x": {"value": "width"}, "y": height, "text": {"field": "text"}})


def _said_at_the_end(trend: Trend, written: Written) -> Iterator[tuple[float, str, str]]:
    """Value, words, style; what stands first stays closest to its line."""
    lang = trend.lang
    if trend.running:
        yield trend.running.forecast, trend.running.text, "label-strong"
        if trend.running.under:
            below = (trend.high or trend.running.forecast) * 1e-9
            yield trend.running.forecast - below, trend.running.under, "label"
    last = trend.points[-1]
    if last.doubt and last.value is not None:
        yield last.value, f"{last.label}{COLON.to(lang)}{written(last.value)}", "label-strong"
        yield last.value - (trend.high or abs(last.value)) * 1e-9, last.doubt, "label"
    objective = last.objective
    if objective is not None:
        yield objective, OBJECTIVE.to(lang), "label-strong"
    for value, name in ((trend.high, LIMIT), (trend.mean, MEAN), (trend.low, LIMIT)):
        if value is not None:
            yield value, f"{name.to(lang)} {written(value)}", "label"


def _text(trend: Trend, point: TrendPoint, written: Written) -> str:
    """février 2026 : 341 900 €, objectif 250 000 €, signal."""
    parts = [f"{point.label}{COLON.to(trend.lang)}{written(point.value)}"]
    if trend.running and point is trend.points[-1]:
        parts.append(f"{FORECAST.to(trend.lang)} {written(trend.running.forecast)}")
    if point.objective is not None:
        parts.append(f"{OBJECTIVE.to(trend.lang)} {written(point.objective)}")
    if point.signal:
        parts.append(point.remark or SIGNAL.to(trend.lang))
    if point.doubt:
        parts.append(point.doubt)
    return ", ".join(parts)


def _table_row(trend: Trend, point: TrendPoint, written: Written) -> tuple[str, ...]:
    at = trend.points.index(point)
    remarks = [point.remark or SIGNAL.to(trend.lang)] if point.signal else []
    remarks += [point.doubt] if point.doubt else []
    if trend.running and point is trend.points[-1]:
        remarks.append(f"{FORECAST.to(trend.lang)} {written(trend.running.forecast)}")
    remarks += [note.text for note in trend.notes if note.at == at]
    objective = "" if point.objective is None else written(point.objective)
    return point.label, written(point.value), objective, ", ".join(remarks)


def _description(trend: Trend, written: Written) -> str:
    known = [(point.value, point.label) for point in trend.points if point.value is not None]
    if not known:
        return NOTHING.to(trend.lang).format(name=trend.name)
    # What is not settled may still move: it is neither the lowest nor the highest.
    still = {point.label for point in trend.points if point.doubt}
    still |= {trend.points[-1].label} if trend.running else set()
    settled = [each for each in known if each[1] not in still] or known
    (low, when_low), (high, when_high) = min(settled), max(settled)
    return DESCRIPTION.to(trend.lang).format(
        name=trend.name,
        first=known[0][1],
        last=known[-1][1],
        start=written(known[0][0]),
        end=written(known[-1][0]),
        low=written(low),
        when_low=when_low,
        high=written(high),
        when_high=when_high,
    )


def _mark(mark: Spec, encoding: Spec, chosen: str = "") -> Spec:
    """A layer on the points of the trend."""
    layer: Spec = {"mark": mark, "encoding": encoding}
    return layer | {"transform": [{"filter": chosen}]} if chosen and chosen != "true" else layer


def _own(rows: list[Spec], mark: Spec, encoding: Spec) -> Spec:
    """A layer on rows of its own."""
    return {"data": {"values": rows}, "mark": mark, "encoding": encoding}
