"""Every example of look.md's "Writing", letter by letter, and the corners of rounding and signs."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadran.numerals import (
    change_of,
    day,
    days,
    gap_of,
    interval_of,
    moment,
    money,
    number,
    percent,
    points,
    value_of,
)

NB, NN = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("value", "fr", "en"),
    [
        (Decimal("1234567.89"), f"1{NN}234{NN}567,89{NB}€", "€1,234,567.89"),
        (Decimal("1000000.0000"), f"1{NN}000{NN}000,00{NB}€", "€1,000,000.00"),
        (Decimal("-200000"), f"−200{NN}000,00{NB}€", "−€200,000.00"),
        (Decimal("0.005"), f"0,00{NB}€", "€0.00"),
        (Decimal("0.015"), f"0,02{NB}€", "€0.02"),
        (Decimal("-0.001"), f"0,00{NB}€", "€0.00"),
        (None, "–", "–"),
        (float("nan"), "–", "–"),
        (float("inf"), "–", "–"),
    ],
)
def test_money(value: Decimal | None, fr: str, en: str) -> None:
    assert money(value, "EUR", "fr") == fr
    assert money(value, "EUR", "en") == en


def test_money_of_other_currencies() -> None:
    assert money(1234, "CHF", "fr") == f"1{NN}234,00{NB}CHF"
    assert money(1234, "CHF", "en") == f"CHF{NB}1,234.00"
    assert money(1234.5, "JPY", "en") == "¥1,234"
    assert money(Decimal("1.2345"), "TND", "fr") == f"1,234{NB}TND"
    assert money(Decimal("1234.56"), "EUR", "fr", 0) == f"1{NN}235{NB}€"
    assert money(5, "USD", "fr") == f"5,00{NB}$US"


def test_percentages_and_points() -> None:
    assert percent(0.125, "fr") == f"12,5{NN}%"
    assert percent(0.125, "en") == "12.5%"
    assert percent(1.25, "fr", trim=True) == f"125{NN}%"
    assert percent(1.125, "en", trim=True) == "112.5%"
    assert percent(19 / 110, "fr", 2) == f"17,27{NN}%"
    assert points(0.019, "fr") == f"+1,9{NB}pt"
    assert points(-0.044, "fr") == f"−4,4{NB}pts"
    assert points(0.019, "en") == f"+1.9{NB}pts"
    assert points(0.01, "en") == f"+1.0{NB}pt"
    assert points(0, "fr") == f"0,0{NB}pt"


def test_days_and_dates() -> None:
    assert days(46.8, "fr") == f"46,8{NB}j"
    assert days(46.8, "en") == f"46.8{NB}days"
    assert days(1, "en") == f"1.0{NB}day"
    assert day(date(2026, 3, 20), "fr") == "20/03/2026"
    assert day(date(2026, 3, 20), "en") == "20 Mar 2026"
    assert day(date(2026, 3, 1), "en") == "1 Mar 2026"
    assert moment(datetime(2026, 3, 1, 9, 5), "fr") == "01/03/2026 09:05"
    assert day(None, "fr") == "–"


def test_plain_numbers() -> None:
    assert number(1234567, "fr") == f"1{NN}234{NN}567"
    assert number(1234567, "en") == "1,234,567"
    assert number(2.0, "fr") == "2"
    assert number(2.345, "fr") == "2,34"
    assert number(0.3, "en", 2) == "0.30"
    assert number(-1e21, "en") == "−1,000,000,000,000,000,000,000"
    assert number(1e-9, "fr") == "0"
    assert number(100, "en") == "100"
    assert len(number(1e300, "en")) == 301 + 100


def test_values_by_unit() -> None:
    assert value_of(Decimal("1250.4"), "money", "EUR", "fr", brief=True) == f"1{NN}250{NB}€"
    assert value_of(0.5, "rate", "EUR", "fr") == f"50,0{NN}%"
    assert value_of(12, "count", "EUR", "en") == "12"
    assert value_of(33.333, "score", "EUR", "fr") == "33,3"
    assert value_of(1.5, "ratio", "EUR", "fr") == "1,5"
    assert value_of(None, "rate", "EUR", "fr") == "–"


def test_gaps_and_changes() -> None:
    assert gap_of(Decimal(200000), "money", "EUR", "fr") == f"+200{NN}000,00{NB}€"
    assert gap_of(-0.05, "rate", "EUR", "en") == f"−5.0{NB}pts"
    assert change_of(0.25, "money", "fr") == f"+25,0{NN}%"
    assert change_of(-0.044, "rate", "fr") == f"−4,4{NB}pts"
    assert change_of(3.5, "days", "en") == f"+3.5{NB}days"
    assert change_of(-12, "score", "fr") == "−12,0"
    assert change_of(0.25, "ratio", "fr") == "+0,25"
    assert change_of(None, "money", "fr") == "n.s."


def test_intervals() -> None:
    assert interval_of(0.2553, 0.3662, "rate", "EUR", "fr") == f"25,5{NN}% – 36,6{NN}%"
    assert interval_of(None, 0.3, "rate", "EUR", "fr") == ""


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**14), max_value=10**14))
@settings(max_examples=200, deadline=None)
def test_what_is_written_can_be_read_back(value: Decimal) -> None:
    fr = money(value, "EUR", "fr").removesuffix(f"{NB}€").replace(NN, "").replace(",", ".").replace("−", "-")
    en = money(value, "EUR", "en").replace("€", "").replace(",", "").replace("−", "-")
    assert Decimal(fr) == Decimal(en) == value
