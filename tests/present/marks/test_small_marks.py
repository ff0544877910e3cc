"""Bullet, interval, sparkline, progress and logo, their places counted by hand."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from cadran.present.marks.bullet import Bullet, bullet
from cadran.present.marks.interval import Interval, interval, tone_of
from cadran.present.marks.logo import logo
from cadran.present.marks.segments import Segments, segments
from cadran.present.marks.sparkline import Sparkline, sparkline

INTERVAL = Interval(value=0.3, low=0.27, high=0.33, start=0.0, end=0.4, reference=0.24)


def by_class(svg: str) -> dict[str, ElementTree.Element]:
    return {each.get("class", ""): each for each in ElementTree.fromstring(svg)}


def test_a_bullet_past_its_objective() -> None:
    found = by_class(bullet(Bullet(1.25, "exceeded", expected=0.9)))
    assert (found["measure"].get("width"), found["measure"].get("height")) == ("56", "8")
    assert (found["beyond"].get("x"), found["beyond"].get("width"), found["beyond"].get("height")) == ("57", "13", "10")
    assert found["noon"].get("x1") == "56"
    assert found["pace"].get("points", "").split(" ")[0] == "50.4,12"


def test_a_bullet_short_of_its_objective() -> None:
    found = by_class(bullet(Bullet(0.6, "behind")))
    assert found["measure"].get("width") == "33.6"
    assert (found["gap behind"].get("x"), found["gap behind"].get("width")) == ("33.6", "22.4")
    assert "gap behind" not in by_class(bullet(Bullet(0.6, "behind", significant=False)))


def test_a_bullet_off_the_scale_ends_in_an_arrowhead() -> None:
    found = by_class(bullet(Bullet(2.4, "exceeded")))
    assert found["beyond"].get("width") == "50"  # 112 − 5 − 57
    assert found["head beyond"].get("points", "").endswith("112,7")


def test_a_bullet_without_attainment_is_a_track_and_a_tick() -> None:
    assert set(by_class(bullet(Bullet(None, "", expected=0.9)))) == {"axis", "noon"}


def test_an_interval_stands_on_the_scale_of_its_column() -> None:
    found = by_class(interval(INTERVAL))
    # 3 + 0.75 × 106 = 82.5; 3 + 0.675 × 106 = 74.55; 3 + 0.825 × 106 = 90.45; 3 + 0.6 × 106 = 66.6.
    assert found["dot better"].get("cx") == "82.5"
    assert (found["segment better"].get("x1"), found["segment better"].get("x2")) == ("74.55", "90.45")
    assert found["reference"].get("x1") == "66.6"


@pytest.mark.parametrize(
    ("changes", "tone"),
    [
        ({}, "better"),
        ({"higher_is_better": False}, "worse"),
        ({"low": 0.24}, "ink"),
        ({"low": 0.1, "high": 0.2}, "worse"),
        ({"low": 0.1, "high": 0.2, "higher_is_better": False}, "better"),
        ({"reference": None}, "ink"),
        ({"too_small": True}, "too_small"),
    ],
)
def test_an_interval_is_coloured_only_where_it_clears_the_reference(changes: dict[str, object], tone: str) -> None:
    assert tone_of(replace(INTERVAL, **changes)) == tone  # type: ignore[arg-type]


def test_an_interval_too_small_is_dashed_and_its_dot_stays_inside() -> None:
    found = by_class(interval(replace(INTERVAL, too_small=True, value=9.0)))
    assert found["segment too_small"].get("stroke-dasharray") == "2.5 2"
    assert found["dot too_small"].get("cx") == "109"
    with pytest.raises(ValueError, match="scale"):
        interval(replace(INTERVAL, end=0.0))


def test_a_sparkline_goes_from_the_lowest_to_the_highest() -> None:
    found = by_class(sparkline(Sparkline((0.0, 10.0, 5.0), width=109.0, height=29.0)))
    # Margins of 4.5: x 4.5, 54.5, 104.5; y 24.5, 4.5, 14.5.
    assert found["line"].get("d") == "M4.5 24.5L54.5 4.5L104.5 14.5"
    assert (found["last"].get("cx"), found["last"].get("cy")) == ("104.5", "14.5")


def test_a_period_still_running_is_dotted_and_hollow_and_signals_are_ringed() -> None:
    mark = Sparkline((0.0, 10.0, 5.0), reference=5.0, signals=((1, "better"),), running=True, width=109.0, height=29.0)
    found = by_class(sparkline(mark))
    assert found["line"].get("d") == "M4.5 24.5L54.5 4.5"
    assert found["line running"].get("d") == "M54.5 4.5L104.5 14.5"
    assert found["hollow"].get("cx") == "104.5"
    assert found["ring better"].get("cx") == "54.5"
    assert found["reference dashed"].get("y1") == "14.5"


def test_a_sparkline_has_holes_where_nothing_is_known() -> None:
    svg = sparkline(Sparkline((1.0, 2.0, None, 2.0, 1.0)))
    assert svg.count('class="line"') == 2
    assert list(ElementTree.fromstring(sparkline(Sparkline((None, None))))) == []


def test_segments_follow_each_other() -> None:
    found = by_class(segments(Segments((("done", 500), ("same", 250), ("watch", 1)), 1000)))
    assert [found[kind].get("x") for kind in ("done", "same", "watch")] == ["0", "500", "750"]
    assert found["watch"].get("width") == "3"  # one row in a thousand is still seen
    with pytest.raises(ValueError, match="more than"):
        segments(Segments((("done", 2),), 1))


def test_the_logo_is_not_drawn_under_sixteen_pixels() -> None:
    assert set(by_class(logo(16))) == {"done", "beyond", "noon"}
    with pytest.raises(ValueError, match="16"):
        logo(15)


@pytest.mark.parametrize("svg", [bullet(Bullet(1.0, "reached")), interval(INTERVAL), logo()])
def test_a_mark_without_a_label_is_hidden_from_readers(svg: str) -> None:
    assert ElementTree.fromstring(svg).get("aria-hidden") == "true"
    assert "style=" not in svg
