"""Charts: round ticks, labels apart, no colour in a specification, a sentence and a table that say the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cadran.catalogue.kpi import Unit
from cadran.errors import Lang
from cadran.present.charts.bars import Bar, Bars, bar_chart
from cadran.present.charts.chart import Written, axis_for, spread
from cadran.present.charts.multiples import Multiples, Panel, small_multiples
from cadran.present.charts.palette import COLOURS
from cadran.present.charts.theme import theme
from cadran.present.charts.trend import Note, Running, Trend, TrendPoint, trend_chart

TOKENS = Path(__file__).resolve().parents[3] / "frontend" / "styles" / "tokens.css"
EUROS = Written(Unit.MONEY, "EUR", "fr")
N, F = "\u202f", "\u00a0"


def trend(**changes: object) -> Trend:
    points = (
        TrendPoint("janvier 2026", "J", 317000.0, "2026", 258000.0, href="?period=2026-01"),
        TrendPoint("février 2026", "F", 341900.0, "", 265000.0, "better"),
        TrendPoint("mars 2026", "M", 200000.0, "", 275000.0),
    )
    given: dict[str, object] = {
        "name": "Chiffre d’affaires",
        "unit": Unit.MONEY,
        "currency": "EUR",
        "lang": "fr",
        "points": points,
        "mean": 253230.0,
        "low": 183284.0,
        "high": 323177.0,
        "notes": (Note(1, "Salon de Lyon"),),
        "running": Running(471700.0, 410000.0, 530000.0, "mars", "prévus"),
    }
    return Trend(**(given | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "written", "labels"),
    [
        ([471700.0], EUROS, ("0", "100", "200", "300", "400", f"500{F}k€")),
        ([0.42], Written(Unit.RATE, "", "fr"), ("0", "10", "20", "30", "40", f"50{N}%")),
        ([46.8], Written(Unit.DAYS, "", "en"), ("0", "10", "20", "30", "40", f"50{F}days")),
        ([2_400_000.0], Written(Unit.MONEY, "EUR", "en"), ("0", "0.5", "1", "1.5", "2", "€2.5M")),
        ([-30.0, 70.0], Written(Unit.SCORE, "", "fr"), ("−40", "−20", "0", "20", "40", "60", "80")),
        ([], Written(Unit.COUNT, "", "fr"), ("0", "0,2", "0,4", "0,6", "0,8", "1")),
    ],
)
def test_ticks_are_round_and_the_unit_stands_on_the_top_one(
    values: list[float], written: Written, labels: tuple[str, ...]
) -> None:
    assert axis_for(values, written, 300).labels == labels


def test_the_scale_starts_at_zero_and_holds_every_value() -> None:
    axis = axis_for([183284.0, 471700.0], EUROS, 300)
    assert (axis.low, axis.high) == (0.0, 500000.0)
    assert axis.pixel(500000.0) == 0
    assert axis.pixel(125000.0) == 225


def test_labels_are_pushed_apart_in_their_order() -> None:
    assert spread([100.0, 20.0, 25.0], gap=14) == [100.0, 20.0, 34.0]
    assert spread([50.0, 50.0], gap=14) == [50.0, 64.0]


def test_a_trend_says_the_same_in_points_sentence_and_table() -> None:
    chart = trend_chart(trend())
    assert chart.points[0] == (
        f"janvier 2026{F}: 317{N}000{F}€, objectif 258{N}000{F}€",
        "?period=2026-01",
    )
    assert chart.points[1][0].endswith("signal")
    assert chart.rows[1] == ("février 2026", f"341{N}900{F}€", f"265{N}000{F}€", "signal, Salon de Lyon")
    assert chart.rows[2][3] == f"prévu 471{N}700{F}€"
    # March is not over: it is not the lowest.
    assert f"au plus bas 317{N}000{F}€ (janvier 2026), au plus haut 341{N}900{F}€ (février 2026)" in chart.description


def test_what_is_not_settled_is_hollow_dashed_and_neither_lowest_nor_highest() -> None:
    points = (*trend().points[:2], TrendPoint("mars 2026", "M", 200000.0, doubt="au 20 mars"))
    chart = trend_chart(trend(points=points, running=None, notes=()))
    styles = [layer["mark"].get("style") for layer in chart.spec["layer"]]
    assert {"running", "hollow"} <= set(styles)
    assert chart.points[2][0] == f"mars 2026{F}: 200{N}000{F}€, au 20 mars"
    assert chart.rows[2][3] == "au 20 mars"
    assert f"au plus bas 317{N}000{F}€ (janvier 2026)" in chart.description


def test_what_runs_is_left_out_of_the_line_and_drawn_apart() -> None:
    layers = {layer["mark"].get("style"): layer for layer in trend_chart(trend()).spec["layer"]}
    assert layers["series"]["transform"] == [{"filter": "datum.index < 2"}]
    assert [row["value"] for row in layers["running"]["data"]["values"]] == [341900.0, 471700.0]
    assert layers["whisker"]["data"]["values"] == [{"index": 2, "low": 410000.0, "high": 530000.0}]
    plain = {layer["mark"].get("style") for layer in trend_chart(trend(running=None, notes=(), low=None)).spec["layer"]}
    assert not {"running", "whisker", "to-date", "stem", "band"} & plain


def test_a_trend_of_one_point_or_without_values_is_drawn() -> None:
    alone = trend(points=(TrendPoint("mars 2026", "M", None),), running=None, notes=())
    assert trend_chart(alone).description == f"Chiffre d’affaires{F}: aucune valeur."
    with pytest.raises(ValueError, match="point"):
        trend_chart(trend(points=()))


def multiples(lang: Lang = "en") -> Multiples:
    panels = (Panel("North", (1.0, None, 3.0)), Panel("South", (4.0, 5.0, 6.0), 8.0))
    return Multiples("Deals", Unit.COUNT, "EUR", lang, ("Jan", "Feb", "Mar"), panels)


def test_small_multiples_share_a_scale_and_show_the_others_behind() -> None:
    north, south = small_multiples(multiples())
    domains = {json.dumps(chart.spec["layer"][1]["encoding"]["y"]["scale"]["domain"]) for chart in (north, south)}
    assert domains == {"[0.0, 8.0]"}
    assert [row["value"] for row in north.spec["layer"][0]["data"]["values"]] == [4.0, 5.0, 6.0]
    assert north.description == "Deals, North, from Jan to Mar: from 1 to 3."
    assert north.rows[1] == ("Feb", "–")
    with pytest.raises(ValueError, match="2 values for 3"):
        small_multiples(Multiples("x", Unit.COUNT, "", "en", ("a", "b", "c"), (Panel("p", (1.0, 2.0)),)))


def test_bars_keep_their_order_and_say_their_ends() -> None:
    bars = (Bar("Industrie", 0.42, "better", "n = 120", "?x"), Bar("Bâtiment", 0.22), Bar("Autre", None))
    chart = bar_chart(Bars("Taux de succès", "Segment", Unit.RATE, "", "fr", bars, 0.3))
    assert chart.description == (
        f"Taux de succès par segment{F}: 3 lignes, la plus haute Industrie (42,0{N}%), "
        f"la plus basse Bâtiment (22,0{N}%)."
    )
    assert chart.points[0] == (f"Industrie{F}: 42,0{N}%, n = 120", "?x")
    assert chart.rows[2] == ("Autre", "–", "")
    with pytest.raises(ValueError, match="bar"):
        bar_chart(Bars("x", "y", Unit.RATE, "", "fr", ()))


def test_a_specification_names_styles_of_the_theme_and_no_colour() -> None:
    bars = bar_chart(Bars("x", "y", Unit.RATE, "", "fr", (Bar("a", 1.0, "worse"),), 0.5))
    for chart in (trend_chart(trend()), *small_multiples(multiples()), bars):
        text = json.dumps(chart.spec)
        assert not re.search(r"#[0-9a-f]{3,6}\b", text)
        assert set(re.findall(r'"style": "([^"]+)"', text)) <= theme("light")["style"].keys()


def test_the_theme_has_the_same_names_light_and_dark_and_the_colours_of_the_styles() -> None:
    assert theme("light")["style"].keys() == theme("dark")["style"].keys()
    said = re.findall(r"--([a-z0-9-]+): light-dark\((#\w+), (#\w+)\)", TOKENS.read_text("utf-8"))
    assert {name: (light, dark) for name, light, dark in said if not name.startswith("popover")} == COLOURS
