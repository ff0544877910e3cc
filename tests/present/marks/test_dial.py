"""The dial's geometry, counted by hand: centre 64, radius 53, 1.2 degrees per point of attainment."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from cadran.present.marks.dial import Dial, angle_of, dial


def drawn(**changes: object) -> ElementTree.Element:
    given: dict[str, object] = {
        "attainment": 1.25,
        "status": "exceeded",
        "state": "measured",
        "text": "125 %",
        "under": "de l’objectif",
        "label": "Chiffre d’affaires",
    }
    return ElementTree.fromstring(dial(Dial(**(given | changes))))  # type: ignore[arg-type]


def one(picture: ElementTree.Element, class_: str) -> ElementTree.Element:
    (found,) = [each for each in picture if each.get("class") == class_]
    return found


def classes(picture: ElementTree.Element) -> list[str]:
    return [each.get("class", "") for each in picture]


@pytest.mark.parametrize(
    ("attainment", "degrees"),
    [(0.0, -120.0), (0.5, -60.0), (1.0, 0.0), (1.25, 30.0), (2.0, 120.0), (2.4, 120.0), (-0.3, -120.0)],
)
def test_noon_is_the_objective(attainment: float, degrees: float) -> None:
    assert angle_of(attainment) == pytest.approx(degrees)


def test_beyond_noon_a_thicker_arc_after_a_gap() -> None:
    picture = drawn()
    # Eight o'clock: 64 − 53 sin 120° = 18.1, 64 + 53 cos 60° = 90.5. Noon: 64, 11.
    assert one(picture, "measure").get("d") == "M18.1 90.5A53 53 0 0 1 64 11"
    # 1.6°: 64 + 53 × 0.0279 = 65.48; 30°: 64 + 26.5 = 90.5, 64 − 45.9 = 18.1.
    assert one(picture, "beyond").get("d") == "M65.48 11.02A53 53 0 0 1 90.5 18.1"
    assert (one(picture, "measure").get("stroke-width"), one(picture, "beyond").get("stroke-width")) == ("10", "12.5")


@pytest.mark.parametrize(
    ("status", "class_"), [("behind", "gap behind"), ("at_risk", "gap at_risk"), ("on_pace", "gap")]
)
def test_short_of_noon_a_thin_line_in_the_colour_of_the_status(status: str, class_: str) -> None:
    picture = drawn(attainment=0.5, status=status)
    # −60°: 64 − 45.9 = 18.1, 64 − 26.5 = 37.5.
    assert one(picture, "measure").get("d") == "M18.1 90.5A53 53 0 0 1 18.1 37.5"
    assert one(picture, class_).get("d") == "M18.1 37.5A53 53 0 0 1 64 11"
    assert one(picture, class_).get("stroke-width") == "3.33"
    assert "beyond" not in classes(picture)


def test_nothing_doubtful_is_coloured() -> None:
    short = drawn(attainment=0.5, status="behind", significant=False)
    assert "gap" in classes(short)
    assert "gap behind" not in classes(short)
    over = drawn(significant=False)
    assert classes(over).count("measure") == 2
    assert "beyond" not in classes(over)


def test_off_the_scale_it_stops_at_four_with_an_arrowhead() -> None:
    picture = drawn(attainment=2.4)
    # 120°: 64 + 45.9 = 109.9, 90.5.
    assert one(picture, "beyond").get("d", "").endswith("109.9 90.5")
    assert "head beyond" in classes(picture)
    assert "head beyond" not in classes(drawn(attainment=2.0))


def test_what_is_expected_to_date_is_a_triangle_inside() -> None:
    corners = one(drawn(expected=1.0), "pace").get("points", "").split(" ")
    assert corners[0] == "64,17.5"  # noon, radius 46.5
    assert len(corners) == 3


def test_provisional_is_broken_with_a_hollow_dot_and_no_colour() -> None:
    picture = drawn(attainment=0.673, state="provisional", status="behind", estimate=1.0)
    assert one(picture, "measure broken").get("stroke-dasharray") == "2.6 1.6"
    dot = one(picture, "hollow")
    assert (dot.get("cx"), dot.get("cy")) == ("64", "11")
    assert not {"gap", "gap behind", "beyond"} & set(classes(picture))
    assert "figure quiet" in classes(picture)


@pytest.mark.parametrize(
    ("state", "has_noon"),
    [("too_small", True), ("undefined", True), ("no_target", False), ("no_data", False)],
)
def test_a_state_without_attainment_draws_none(state: str, has_noon: bool) -> None:
    found = set(classes(drawn(state=state, expected=0.9)))
    assert not {"measure", "beyond", "gap", "pace"} & found
    assert ("noon" in found) is has_noon
    assert ("thin" in found) is (state == "too_small")


def test_it_is_named_for_readers_escaped_and_scaled_whole() -> None:
    svg = dial(Dial(1.0, "reached", "measured", "<b>", "a & b", 'Le "CA"', size=148))
    picture = ElementTree.fromstring(svg)
    assert (picture.get("role"), picture.get("aria-label")) == ("img", 'Le "CA"')
    assert (picture.get("width"), picture.get("height"), picture.get("viewBox")) == ("148", "113.31", "0 0 128 98")
    assert "&lt;b&gt;" in svg
    assert not re.search(r"\bstyle=", svg)
