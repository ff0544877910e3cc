"""What each way of writing a value means; expected values are written by hand."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadran.intake import cells
from cadran.intake.moments import read_moment
from cadran.intake.reading import Kind, Place, Reading, words_of
from cadran.intake.values import Read, read_boolean, read_currency, read_number, read_share
from cadran.tables.mapping import ColumnMapping
from cadran.tables.model import SALES_MODEL

PARIS = ZoneInfo("Europe/Paris")
PLACE = Place(PARIS, "EUR")

NUMBERS = [
    # text, decimal sign of the column, value, currency
    ("1 234 567,89 €", ",", "1234567.89", "€"),
    ("1\u00a0234\u202f567,89\u00a0€", ",", "1234567.89", "€"),
    ("1234567,89", ",", "1234567.89", None),
    ("(1 200)", ",", "-1200", None),
    ("(1 200,50 €)", ",", "-1200.50", "€"),
    ("1 200-", ",", "-1200", None),
    ("-1 200", ",", "-1200", None),
    ("\u22121 200", ",", "-1200", None),
    ("- 12,50 €", ",", "-12.50", "€"),
    ("1,234.56", ".", "1234.56", None),
    ("1,234.56", ",", "1234.56", None),
    ("1.234,56", ".", "1234.56", None),
    ("1.234", ",", "1234", None),
    ("1.234", ".", "1.234", None),
    ("1,234", ".", "1234", None),
    ("0,123", ".", "0.123", None),
    ("12,5", ".", "12.5", None),
    ("1.5", ",", "1.5", None),
    ("1,234,567", ",", "1234567", None),
    ("1'234.50", ".", "1234.50", None),
    ("000000000123,45", ",", "123.45", None),
    ("$1,234.56", ".", "1234.56", "$"),
    ("-$12", ".", "-12", "$"),
    ("USD 12.50", ".", "12.50", "USD"),
    ("12,50 EUR", ",", "12.50", "EUR"),
    ("12 euros", ",", "12", "euros"),
    ("1,5E+05", ",", "150000", None),
    ("+7", ".", "7", None),
    (".5", ".", "0.5", None),
    ("99999999999999.9999", ".", "99999999999999.9999", None),
]


@pytest.mark.parametrize(("text", "decimal", "value", "currency"), NUMBERS)
def test_a_number_is_read_exactly(text: str, decimal: str, value: str, currency: str | None) -> None:
    read = read_number(text, decimal, 4)
    assert (read.value, read.code, read.currency) == (Decimal(value), None, currency)


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "12 kg",
        "06 12 34 56 78",
        "1.2.3",
        "--5",
        "12,34,56",
        "=1+1",
        "#REF!",
        "½",
        "1 2",
        "12 XXX",
        "€",
        "9" * 200,
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    assert read_number(text, ",", 4) == Read(code="unreadable_number")


def test_a_number_too_large_for_money_is_refused() -> None:
    assert read_number("100000000000000", ".", 4).code == "number_too_large"
    assert read_number("1e99", ".", 4).code == "number_too_large"


@pytest.mark.parametrize("text", ["", "  ", "-", "NULL", "#N/A", "n/a", "\u00a0"])
def test_nothing_written_is_nothing(text: str) -> None:
    assert read_number(text, ",", 4) == read_moment(text, True, PARIS) == Read()


@pytest.mark.parametrize(
    ("text", "value", "rounded"),
    [
        ("0.00005", "0", True),  # ties go to the even digit
        ("0.00015", "0.0002", True),
        ("-0.00025", "-0.0002", True),
        ("1.23456", "1.2346", True),
        ("12.300000000000001", "12.3", False),  # the noise of a binary float
        ("1.50000000", "1.5", False),
    ],
)
def test_more_than_four_decimals_round_half_even(text: str, value: str, rounded: bool) -> None:
    read = read_number(text, ".", 4)
    assert (read.value, read.rounded) == (Decimal(value), rounded)


def test_a_percentage_is_a_share() -> None:
    assert read_share("12,5 %", ",", 8) == Read(Decimal("0.125"), percent=True)
    assert read_share("100%", ",", 8).value == 1
    assert read_share("0,25", ",", 8) == Read(Decimal("0.25"))
    assert read_share("abc %", ",", 8).code == "unreadable_number"


MOMENTS = [
    ("31/12/2025", "2025-12-31T00:00:00"),
    ("31-12-25", "2025-12-31T00:00:00"),
    ("31.12.1999", "1999-12-31T00:00:00"),
    ("1/2/2025", "2025-02-01T00:00:00"),
    ("31/12/70", "1970-12-31T00:00:00"),
    ("2025-12-31", "2025-12-31T00:00:00"),
    ("2025/12/31", "2025-12-31T00:00:00"),
    ("20251231", "2025-12-31T00:00:00"),
    ("2025-12-31T10:00:00Z", "2025-12-31T11:00:00"),
    ("2025-12-31T23:30:00.000+0000", "2026-01-01T00:30:00"),
    ("2025-07-01T10:00:00Z", "2025-07-01T12:00:00"),
    ("2025-12-31T10:00:00+02:00", "2025-12-31T09:00:00"),
    ("2025-12-31 10:00", "2025-12-31T10:00:00"),
    ("31/12/2025 10:30:15", "2025-12-31T10:30:15"),
    ("31/12/2025 à 10h30", "2025-12-31T10:30:00"),
    ("31 déc. 2025", "2025-12-31T00:00:00"),
    ("31 décembre 2025", "2025-12-31T00:00:00"),
    ("mercredi 31 décembre 2025", "2025-12-31T00:00:00"),
    ("1er août 2025", "2025-08-01T00:00:00"),
    ("15 mars 2025", "2025-03-15T00:00:00"),
    ("15 juil. 2025", "2025-07-15T00:00:00"),
    ("Dec 31, 2025", "2025-12-31T00:00:00"),
    ("31-Dec-25", "2025-12-31T00:00:00"),
    ("Dec 31, 2025 3:05 PM", "2025-12-31T15:05:00"),
    ("12/31/2025 12:00 AM", None),
    ("45657", "2024-12-31T00:00:00"),  # days since 1899-12-30, the 1900 system
    ("45657,5", "2024-12-31T12:00:00"),
    ("1735603200000", "2024-12-31T01:00:00"),  # milliseconds since 1970
]


@pytest.mark.parametrize(("text", "moment"), MOMENTS)
def test_a_date_is_read_in_the_company_s_time_zone(text: str, moment: str | None) -> None:
    read = read_moment(text, True, PARIS)
    assert (read.value, read.code) == ((datetime.fromisoformat(moment), None) if moment else (None, "impossible_date"))


def test_the_order_of_day_and_month_is_the_column_s() -> None:
    assert read_moment("03/04/2025", True, PARIS).value == datetime(2025, 4, 3)
    assert read_moment("03/04/2025", False, PARIS).value == datetime(2025, 3, 4)


@pytest.mark.parametrize(
    "text", ["31/02/2025", "2025-02-30", "2025-13-01", "12/31/2025", "31/12/2025 25:00", "30 fév. 2025"]
)
def test_a_day_that_does_not_exist_is_named(text: str) -> None:
    assert read_moment(text, True, PARIS).code == "impossible_date"


@pytest.mark.parametrize("text", ["abc", "12/2025", "2025", "demain", "1/2/3", "=TODAY()", "9" * 100])
def test_what_is_no_date_is_refused(text: str) -> None:
    assert read_moment(text, True, PARIS).code == "unreadable_date"


def test_a_date_of_zeros_is_nothing() -> None:
    assert read_moment("0000-00-00", True, PARIS) == read_moment("00/00/0000 00:00:00", True, PARIS) == Read()


def test_a_written_format_is_the_only_one_read() -> None:
    assert read_moment("2025.31.12", True, PARIS, "%Y.%d.%m").value == datetime(2025, 12, 31)
    assert read_moment("31/12/2025", True, PARIS, "%Y.%d.%m").code == "unreadable_date"


@pytest.mark.parametrize(
    ("text", "value"), [("VRAI", True), ("oui", True), ("1", True), ("Faux", False), ("non", False)]
)
def test_truth_in_two_languages(text: str, value: bool) -> None:
    assert read_boolean(text) == Read(value)


def test_currencies_are_codes_or_signs() -> None:
    assert read_currency(" eur ", "EUR").value == read_currency("€", "USD").value == "EUR"
    assert read_currency("$", "EUR").value == "USD"
    assert read_currency("$", "CAD").value == "CAD"
    assert read_currency("XXQ", "EUR").code == "unknown_currency"


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("Gagné", "won"),
        ("CLOSED WON", "won"),
        ("Fermée gagnée", "won"),
        ("perdu ", "lost"),
        ("En cours", "open"),
        ("won", "won"),
    ],
)
def test_known_words_need_no_mapping(text: str, ours: str) -> None:
    words = words_of(SALES_MODEL["opportunities"]["outcome"], ColumnMapping())
    assert words is not None
    assert words.read(text, PLACE) == Read(ours)
    assert words.read("peut-être", PLACE).code == "unknown_choice"


def test_a_translation_replaces_the_known_words_and_otherwise_takes_the_rest() -> None:
    mapping = ColumnMapping(header="x", values=(("Won", "won"), ("Lost", "lost")), otherwise="open")
    words = words_of(SALES_MODEL["opportunities"]["outcome"], mapping)
    assert words is not None
    assert [words.read(text, PLACE).value for text in ("WON", "Lost", "Gagné", "")] == ["won", "lost", "open", "open"]


# The SQL for plain cells and the reader of odd ones must agree wherever both know a text.

_DIGITS = st.text("0123456789", min_size=1, max_size=12)
_NUMERIC = st.one_of(
    st.text("0123456789 .,-\u202f", min_size=1, max_size=14),
    st.builds(lambda a, b, s, n: f"{n}{a}{s}{b}", _DIGITS, _DIGITS, st.sampled_from(",. "), st.sampled_from(["", "-"])),
    st.decimals(-(10**9), 10**9, places=2).map(lambda d: f"{d:,}".replace(",", " ").replace(".", ",")),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_NUMERIC, min_size=1, max_size=20), st.sampled_from(",."))
def test_numbers_in_sql_are_those_of_the_reader(texts: list[str], decimal: str) -> None:
    found = _in_sql(texts, cells.number("c", decimal, 4))
    for text, value in zip(texts, found, strict=True):
        assert value is None or value == read_number(text, decimal, 4).value, text


@settings(max_examples=200, deadline=None)
@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.sampled_from("/-."), st.booleans(), st.integers(0, 4))
def test_dates_in_sql_are_those_of_the_reader(day: date, sign: str, day_first: bool, form: int) -> None:
    order = f"%d{sign}%m{sign}%Y" if day_first else f"%m{sign}%d{sign}%Y"
    forms = (order, "%Y-%m-%d", f"{order} 23:15:10", "%Y-%m-%d 23:15:10", "%Y-%m-%dT23:15:10Z")
    text = day.strftime(forms[form])
    for shape in (cells.day, cells.moment):
        (value,) = _in_sql([text], shape("c", day_first, "Europe/Paris", None))
        expected = read_moment(text, day_first, PARIS).value
        assert isinstance(expected, datetime)
        assert value == (expected.date() if shape is cells.day else expected)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(" \t\n\u00a0\u202fabé\u0301É-N/#A1,", max_size=8), min_size=1, max_size=20))
def test_folding_in_sql_is_that_of_the_reader(texts: list[str]) -> None:
    import unicodedata

    for text, value in zip(texts, _in_sql(texts, cells.folded("c")), strict=True):
        assert value == " ".join(unicodedata.normalize("NFC", text).split())


def _in_sql(texts: list[str], expression: str) -> list[object]:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t AS SELECT unnest(?::VARCHAR[]) AS c", [texts])
    return [value for (value,) in connection.execute(f"SELECT {expression} FROM t").fetchall()]


def test_every_choice_of_the_model_has_its_words() -> None:
    columns = [column for table in SALES_MODEL.values() for column in table.columns if column.choices]
    for column in columns:
        words = words_of(column, ColumnMapping())
        assert words is not None
        assert {words.read(choice, PLACE).value for choice in column.choices} == set(column.choices)


def test_the_same_cell_is_one_reading() -> None:
    assert Reading(3, Kind.DAY) == Reading(3, Kind.DAY)
    assert len({Reading(3, Kind.DAY), Reading(3, Kind.DAY), Reading(3, Kind.MOMENT)}) == 2
