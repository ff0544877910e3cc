"""What every chart is, and what they share: ticks in round numbers, labels that do not overlap, a place to point at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cadran.catalogue.kpi import Unit
from cadran.errors import Lang, Text
from cadran.numerals import FIXED, NARROW, Number, days, number, value_of
from cadran.present.charts.theme import theme

Spec = dict[str, Any]
LINE = 14.0  # pixels from one label to the next
COLON = Text(f"{FIXED}: ", ": ")


@dataclass(frozen=True)
class Chart:
    """A Vega-Lite specification without colours, the sentence that says what it shows, and the same as a table.

    `points` are read one by one with the arrow keys: text, and the address that Enter opens.
    """

    spec: Spec
    description: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    points: tuple[tuple[str, str], ...] = ()

    def drawing(self) -> dict[str, Any]:
        """What the page needs to draw it, as JSON: `spec`, `themes`, `points`."""
        return {
            "spec": self.spec,
            "themes": {"light": theme("light"), "dark": theme("dark")},
            "points": [{"text": text, "href": href} for text, href in self.points],
        }


@dataclass(frozen=True)
class Written:
    """How numbers of one KPI are written."""

    unit: Unit
    currency: str
    lang: Lang

    def __call__(self, value: Number | None) -> str:
        return value_of(value, self.unit, self.currency, self.lang, brief=True)


@dataclass(frozen=True)
class Axis:
    """A scale from `low` to `high`, drawn in `height` pixels, with the numbers at its gridlines."""

    ticks: tuple[float, ...]
    labels: tuple[str, ...]
    height: float

    @property
    def low(self) -> float:
        return self.ticks[0]

    @property
    def high(self) -> float:
        return self.ticks[-1]

    def pixel(self, value: float) -> float:
        """Pixels from the top."""
        return self.height * (self.high - value) / (self.high - self.low)

    def encoding(self) -> Spec:
        """The vertical axis of a specification."""
        # Vega writes a tick's value with its own formatter; the texts are found by position instead.
        at = " : ".join(
            f"abs(datum.value - ({tick!r})) < {(self.high - self.low) / 1e6!r} ? {_quoted(label)}"
            for tick, label in zip(self.ticks, self.labels, strict=True)
        )
        return {
            "type": "quantitative",
            "scale": {"domain": [self.low, self.high], "nice": False, "zero": False},
            "axis": {"values": list(self.ticks), "labelExpr": f"{at} : ''"},
        }


def axis_for(values: Sequence[float], written: Written, height: float, most: int = 6) -> Axis:
    """From zero (or below it) to a round number at or above every value, in at most `most` steps."""
    low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
    if low == high:
        high = 1.0
    step = _round_step((high - low) / most)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(at * step, 12) for at in range(first, last + 1))
    return Axis(ticks, tick_labels(ticks, written), height)


def tick_labels(ticks: Sequence[float], written: Written) -> tuple[str, ...]:
    """The unit stands on the top tick only: 500 k€, 400, 300."""
    scale, before, after = _magnitude(max(abs(tick) for tick in ticks), written)
    plain = [number(round(tick / scale, 9), written.lang) for tick in ticks]
    return (*plain[:-1], f"{before}{plain[-1]}{after}")


def spread(wanted: Sequence[float], gap: float = LINE) -> list[float]:
    """The same heights in pixels, pushed down as little as it takes for labels not to overlap."""
    placed = list(wanted)
    above = -math.inf
    for at in sorted(range(len(placed)), key=placed.__getitem__):
        placed[at] = above = max(placed[at], above + gap)
    return placed


def pointed_at(points: int) -> list[Spec]:
    """The hairline at the point under the pointer or the arrow keys, and the unseen columns that catch the pointer."""
    x = {"field": "index", "type": "ordinal"}
    return [
        {
            "mark": {"type": "rule", "style": "focus"},
            "transform": [{"filter": "datum.index === focused"}],
            "encoding": {"x": x},
        },
        {
            "mark": {"type": "rule", "style": "hit", "strokeWidth": {"expr": f"width / {points}"}, "cursor": "pointer"},
            "encoding": {"x": x, "tooltip": {"field": "text", "type": "nominal"}},
        },
    ]


FOCUSED = [{"name": "focused", "value": -1}]


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= rough * (1 - 1e-9))


def _magnitude(largest: float, written: Written) -> tuple[float, str, str]:
    """What ticks are divided by, and what is written before and after the top one."""
    french = written.lang == "fr"
    scale, letter = next(
        ((s, x) for s, x in ((1e9, "Md" if french else "bn"), (1e6, "M"), (1e3, "k")) if largest >= s), (1.0, "")
    )
    match written.unit:
        case Unit.MONEY:
            sign = value_of(0, Unit.MONEY, written.currency, written.lang, brief=True).replace("0", "").strip()
            return (scale, "", f"{FIXED}{letter}{sign}") if french else (scale, sign, letter)
        case Unit.RATE:
            return 0.01, "", f"{NARROW}%" if french else "%"
        case Unit.DAYS:
            return 1.0, "", days(2, written.lang).removeprefix("2").removeprefix(",0").removeprefix(".0")
    return scale, "", f"{FIXED}{letter}" if letter else ""
