"""A KPI by a dimension: horizontal bars from zero, names at the left, numbers at the right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cadran.catalogue.kpi import Unit
from cadran.errors import Lang, Text
from cadran.present.charts.chart import COLON, FOCUSED, Chart, Spec, Written, axis_for

Tone = Literal["ink", "better", "worse"]

ROW = 28.0  # pixels
SHORTENED = 28  # letters of a name
DESCRIPTION = Text(
    "{name} par {dimension}\u00a0: {count} lignes, la plus haute {first} ({high}), la plus basse {last} ({low}).",
    "{name} by {dimension}: {count} rows, the highest {first} ({high}), the lowest {last} ({low}).",
)
NOTHING = Text("{name} par {dimension}\u00a0: aucune valeur.", "{name} by {dimension}: no value.")


@dataclass(frozen=True)
class Bar:
    """`tone` is ink unless the gap to a reference is significant. `remark` is told beside the value: n, the share."""

    name: str
    value: float | None
    tone: Tone = "ink"
    remark: str = ""
    href: str = ""


@dataclass(frozen=True)
class Bars:
    """The bars stand in the order given; `reference` is a line through all of them."""

    name: str
    dimension: str
    unit: Unit
    currency: str
    lang: Lang
    bars: tuple[Bar, ...]
    reference: float | None = None


def bar_chart(bars: Bars) -> Chart:
    """Raises ValueError where there is no bar."""
    if not bars.bars:
        raise ValueError("a chart of bars needs a bar")
    written = Written(bars.unit, bars.currency, bars.lang)
    height = ROW * len(bars.bars)
    texts = [_text(bar, written, bars.lang) for bar in bars.bars]
    spec: Spec = {
        "width": "container",
        "height": height,
        "padding": 2,
        "params": [*FOCUSED, {"name": "names", "value": [_short(bar.name) for bar in bars.bars]}],
        "data": {"values": [_row(at, bar, written, texts[at]) for at, bar in enumerate(bars.bars)]},
        "encoding": {"y": _y()},
        "layer": _layers(bars, written, height),
    }
    rows = tuple((bar.name, written(bar.value), bar.remark) for bar in bars.bars)
    hrefs = (bar.href for bar in bars.bars)
    return Chart(
        spec,
        _description(bars, written),
        (bars.dimension, bars.name, ""),
        rows,
        tuple(zip(texts, hrefs, strict=True)),
    )


def _y() -> Spec:
    axis = {"labelExpr": "names[datum.value]", "labelPadding": 10, "labelAlign": "right", "labelBaseline": "middle"}
    own = {"labelOffset": 0, "labelFontSize": 12, "labelLimit": 220, "grid": False}
    return {"field": "index", "type": "ordinal", "scale": {"type": "band"}, "axis": axis | own}


def _row(at: int, bar: Bar, written: Written, text: str) -> Spec:
    shown = f"{written(bar.value)}  {bar.remark}".rstrip()
    return {"index": at, "value": bar.value, "tone": bar.tone, "shown": shown, "text": text, "href": bar.href}


def _layers(bars: Bars, written: Written, height: float) -> list[Spec]:
    values = [bar.value for bar in bars.bars if bar.value is not None]
    axis = axis_for([*values, *([] if bars.reference is None else [bars.reference])], written, height)
    scale = {"type": "quantitative", "scale": {"domain": [axis.low, axis.high], "nice": False}, "axis": None}
    x = {"field": "value", **scale}
    layers: list[Spec] = [
        {
            "transform": [{"filter": f"datum.tone === '{tone}'"}],
            "mark": {"type": "bar", "cursor": "pointer"} | ({} if tone == "ink" else {"style": f"bar-{tone}"}),
            "encoding": {"x": x, "tooltip": {"field": "text", "type": "nominal"}},
        }
        for tone in sorted({bar.tone for bar in bars.bars})
    ]
    number = {"type": "text", "style": "number", "align": "left", "dx": 8, "baseline": "middle"}
    layers.append({"mark": number, "encoding": {"x": {"value": "width"}, "text": {"field": "shown"}}})
    focused = {"type": "rect", "style": "outline"}
    layers.append({"transform": [{"filter": "datum.index === focused"}], "mark": focused, "encoding": {}})
    if bars.reference is not None:
        line = {"type": "rule", "style": "reference"}
        value = {"data": {"values": [{"value": bars.reference}]}, "mark": line}
        layers.append(value | {"encoding": {"x": x, "y": None}})
    return layers


def _short(name: str) -> str:
    return name if len(name) <= SHORTENED else name[: SHORTENED - 1].rstrip() + "…"


def _text(bar: Bar, written: Written, lang: Lang) -> str:
    return ", ".join(part for part in (f"{bar.name}{COLON.to(lang)}{written(bar.value)}", bar.remark) if part)


def _description(bars: Bars, written: Written) -> str:
    known = [(bar.value, bar.name) for bar in bars.bars if bar.value is not None]
    dimension = bars.dimension.lower() if bars.dimension.istitle() else bars.dimension
    if not known:
        return NOTHING.to(bars.lang).format(name=bars.name, dimension=dimension)
    (low, last), (high, first) = min(known), max(known)
    return DESCRIPTION.to(bars.lang).format(
        name=bars.name,
        dimension=dimension,
        count=len(bars.bars),
        first=first,
        high=written(high),
        last=last,
        low=written(low),
    )
