"""The same small chart for each scope, all on one scale: its own line in ink, the others behind it."""

from __future__ import annotations

from dataclasses import dataclass

from cadran.catalogue.kpi import Unit
from cadran.errors import Lang, Text
from cadran.present.charts.chart import COLON, FOCUSED, Axis, Chart, Spec, Written, axis_for, pointed_at
from cadran.present.words import TITLES

DESCRIPTION = Text(
    "{name}, {scope}, de {first} à {last}\u00a0: de {start} à {end}.",
    "{name}, {scope}, from {first} to {last}: from {start} to {end}.",
)
NOTHING = Text("{name}, {scope}\u00a0: aucune valeur.", "{name}, {scope}: no value.")


@dataclass(frozen=True)
class Panel:
    """One scope: its values in order of time, None where there is none; `objective` is that of the last period."""

    name: str
    values: tuple[float | None, ...]
    objective: float | None = None
    hrefs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Multiples:
    """`labels` name the periods, one to each value of every panel."""

    name: str
    unit: Unit
    currency: str
    lang: Lang
    labels: tuple[str, ...]
    panels: tuple[Panel, ...]
    height: float = 88.0


def small_multiples(multiples: Multiples) -> tuple[Chart, ...]:
    """A chart to each panel, to be set side by side. Raises ValueError for a panel without a value to each label."""
    written = Written(multiples.unit, multiples.currency, multiples.lang)
    for panel in multiples.panels:
        if len(panel.values) != len(multiples.labels):
            raise ValueError(f"{panel.name}: {len(panel.values)} values for {len(multiples.labels)} periods")
    seen = [value for panel in multiples.panels for value in (*panel.values, panel.objective) if value is not None]
    axis = axis_for(seen, written, multiples.height)
    return tuple(_chart(multiples, panel, axis, written) for panel in multiples.panels)


def _chart(multiples: Multiples, panel: Panel, axis: Axis, written: Written) -> Chart:
    colon = COLON.to(multiples.lang)
    values = [written(value) for value in panel.values]
    texts = [f"{label}{colon}{value}" for label, value in zip(multiples.labels, values, strict=True)]
    hrefs = panel.hrefs or ("",) * len(texts)
    spec: Spec = {
        "width": "container",
        "height": multiples.height,
        "padding": 2,
        "params": FOCUSED,
        "data": {
            "values": [
                {"index": at, "value": value, "text": texts[at], "href": hrefs[at]}
                for at, value in enumerate(panel.values)
            ]
        },
        "encoding": {"x": _x()},
        "layer": _layers(multiples, panel, axis),
    }
    rows = tuple(zip(multiples.labels, values, strict=True))
    header = (TITLES["period"].to(multiples.lang), f"{multiples.name}, {panel.name}")
    return Chart(spec, _description(multiples, panel, written), header, rows, tuple(zip(texts, hrefs, strict=True)))


def _x() -> Spec:
    return {
        "field": "index",
        "type": "ordinal",
        "scale": {"type": "point", "padding": 0.2},
        "axis": {"labels": False},
    }


def _layers(multiples: Multiples, panel: Panel, axis: Axis) -> list[Spec]:
    y = axis.encoding() | {"axis": None}
    value = {"field": "value", **y}
    others = [
        {"index": at, "value": other_value, "scope": place}
        for place, other in enumerate(multiples.panels)
        if other is not panel
        for at, other_value in enumerate(other.values)
    ]
    last = len(panel.values) - 1
    behind = {"x": _x(), "y": value, "detail": {"field": "scope", "type": "nominal"}}
    layers: list[Spec] = [
        {"data": {"values": others}, "mark": {"type": "line", "style": "other", "strokeWidth": 1}, "encoding": behind},
        {"mark": {"type": "line", "style": "series"}, "encoding": {"y": value}},
        {"transform": [{"filter": f"datum.index === {last}"}], "mark": {"type": "point"}, "encoding": {"y": value}},
    ]
    if panel.objective is not None:
        at = {"data": {"values": [{"index": last, "value": panel.objective}]}, "encoding": {"x": _x(), "y": value}}
        tick = {"type": "tick", "style": "to-date", "size": 18, "thickness": 1.5, "orient": "horizontal"}
        layers.append(at | {"mark": tick})
    return layers + pointed_at(len(panel.values))


def _description(multiples: Multiples, panel: Panel, written: Written) -> str:
    known = [(label, v) for label, v in zip(multiples.labels, panel.values, strict=True) if v is not None]
    if not known:
        return NOTHING.to(multiples.lang).format(name=multiples.name, scope=panel.name)
    (first, start), (last, end) = known[0], known[-1]
    return DESCRIPTION.to(multiples.lang).format(
        name=multiples.name, scope=panel.name, first=first, last=last, start=written(start), end=written(end)
    )
