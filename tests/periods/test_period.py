"""Periods on fixed days, each checked on a paper calendar: 1 January 2026 is a Thursday."""

from __future__ import annotations

import pickle
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadran.errors import PeriodError
from cadran.periods.period import (
    Grain,
    Period,
    add_months,
    containing,
    fiscal_year,
    grain_of,
    label_of,
    name_of,
    parse_grain,
    parse_period,
    shift,
    split,
    whole_grain,
)

DAYS = st.dates(date(1990, 1, 1), date(2080, 12, 31))
GRAINS = st.sampled_from(list(Grain))
FISCAL_MONTHS = st.integers(1, 12)


def d(text: str) -> date:
    return date.fromisoformat(text)


def window(start: str, end: str) -> Period:
    return Period(d(start), d(end))


# text, fiscal month, first day, day after the last, grain
READ = [
    ("2026-01-31", 1, "2026-01-31", "2026-02-01", Grain.DAY),
    ("31/01/2026", 1, "2026-01-31", "2026-02-01", Grain.DAY),
    ("1er février 2026", 1, "2026-02-01", "2026-02-02", Grain.DAY),
    ("20 March 2026", 1, "2026-03-20", "2026-03-21", Grain.DAY),
    ("2026-W05", 1, "2026-01-26", "2026-02-02", Grain.WEEK),
    ("2026-S05", 1, "2026-01-26", "2026-02-02", Grain.WEEK),
    ("S05 2026", 1, "2026-01-26", "2026-02-02", Grain.WEEK),
    ("2026-W01", 1, "2025-12-29", "2026-01-05", Grain.WEEK),
    ("2026-W53", 1, "2026-12-28", "2027-01-04", Grain.WEEK),
    ("2026-01", 1, "2026-01-01", "2026-02-01", Grain.MONTH),
    ("2024-02", 1, "2024-02-01", "2024-03-01", Grain.MONTH),
    ("12/2026", 1, "2026-12-01", "2027-01-01", Grain.MONTH),
    ("Août 2026", 1, "2026-08-01", "2026-09-01", Grain.MONTH),
    ("august 2026", 1, "2026-08-01", "2026-09-01", Grain.MONTH),
    ("2026-Q1", 1, "2026-01-01", "2026-04-01", Grain.QUARTER),
    ("2026q4", 1, "2026-10-01", "2027-01-01", Grain.QUARTER),
    ("2026-T1", 1, "2026-01-01", "2026-04-01", Grain.QUARTER),
    (" T1  2026 ", 1, "2026-01-01", "2026-04-01", Grain.QUARTER),
    ("T1\u202f2026", 1, "2026-01-01", "2026-04-01", Grain.QUARTER),
    ("Q1 2026", 7, "2026-01-01", "2026-04-01", Grain.QUARTER),
    ("2026", 1, "2026-01-01", "2027-01-01", Grain.YEAR),
    ("2026", 4, "2026-01-01", "2027-01-01", Grain.YEAR),
    ("FY2026", 1, "2026-01-01", "2027-01-01", Grain.FISCAL_YEAR),
    ("FY2026", 4, "2025-04-01", "2026-04-01", Grain.FISCAL_YEAR),
    ("FY2026", 12, "2025-12-01", "2026-12-01", Grain.FISCAL_YEAR),
    ("exercice 2025-2026", 4, "2025-04-01", "2026-04-01", Grain.FISCAL_YEAR),
    ("FY2026-Q1", 1, "2026-01-01", "2026-04-01", Grain.FISCAL_QUARTER),
    ("FY2026-Q1", 4, "2025-04-01", "2025-07-01", Grain.FISCAL_QUARTER),
    ("FY2026-T4", 4, "2026-01-01", "2026-04-01", Grain.FISCAL_QUARTER),
    ("2026-02-01/2026-02-15", 1, "2026-02-01", "2026-02-15", None),
]


@pytest.mark.parametrize(("text", "fiscal_month", "start", "end", "grain"), READ)
def test_reads_a_period_as_people_write_it(text, fiscal_month, start, end, grain):
    assert parse_period(text, fiscal_month) == window(start, end)
    assert grain_of(text) is grain


@pytest.mark.parametrize(
    "text",
    ["", "hier", "2026-13", "2026-02-30", "2025-W53", "2026-Q5", "S1 2026", "26", "0001", "2026-02-15/2026-02-30"],
)
def test_refuses_what_is_no_period(text):
    with pytest.raises(PeriodError) as refused:
        parse_period(text)
    assert refused.value.code == "unknown_period"
    assert "2026-T1" in refused.value.to("fr")
    assert "2026-Q1" in refused.value.to("en")


def test_suggests_the_nearest_period_in_both_languages():
    with pytest.raises(PeriodError) as refused:
        parse_period("Janvie 2026")
    assert "Vouliez-vous dire « janvier 2026 » ?" in refused.value.to("fr")
    assert 'Did you mean "janvier 2026"?' in refused.value.to("en")


def test_a_window_may_not_end_before_it_starts():
    with pytest.raises(PeriodError) as refused:
        parse_period("2026-02-15/2026-02-01")
    assert refused.value.code == "period_backwards"


@pytest.mark.parametrize("fiscal_month", [0, 13, -1])
def test_refuses_an_impossible_fiscal_month(fiscal_month):
    for question in (lambda: parse_period("FY2026", fiscal_month), lambda: fiscal_year(d("2026-01-01"), fiscal_month)):
        with pytest.raises(PeriodError) as refused:
            question()
        assert refused.value.code == "unknown_fiscal_month"


def test_reads_a_grain_or_says_which_there_are():
    assert parse_grain(" Month ") is Grain.MONTH
    with pytest.raises(PeriodError) as refused:
        parse_grain("monht")
    assert 'Did you mean "month"?' in str(refused.value)
    assert "fiscal_year" in refused.value.to("fr")


# first day, day after the last, fiscal month, short name, French short name, French label, English label
WRITTEN = [
    ("2026-03-20", "2026-03-21", 1, "2026-03-20", "2026-03-20", "20 mars 2026", "20 March 2026"),
    ("2026-02-01", "2026-02-02", 1, "2026-02-01", "2026-02-01", "1er février 2026", "1 February 2026"),
    ("2026-01-26", "2026-02-02", 1, "2026-W05", "2026-S05", "semaine 5 de 2026", "week 5 of 2026"),
    ("2025-12-29", "2026-01-05", 1, "2026-W01", "2026-S01", "semaine 1 de 2026", "week 1 of 2026"),
    ("2026-03-01", "2026-04-01", 1, "2026-03", "2026-03", "mars 2026", "March 2026"),
    ("2026-01-01", "2026-04-01", 1, "2026-Q1", "2026-T1", "T1 2026", "Q1 2026"),
    ("2026-10-01", "2027-01-01", 4, "2026-Q4", "2026-T4", "T4 2026", "Q4 2026"),
    ("2026-01-01", "2027-01-01", 1, "2026", "2026", "2026", "2026"),
    ("2025-04-01", "2026-04-01", 4, "FY2026", "FY2026", "exercice 2025-2026", "fiscal year 2025-2026"),
    ("2025-05-01", "2025-08-01", 5, "FY2026-Q1", "FY2026-T1", "T1 exercice 2025-2026", "Q1 fiscal year 2025-2026"),
    ("2026-01-01", "2026-01-01", 1, *["2026-01-01/2026-01-01"] * 2, "aucun jour", "no day"),
]


@pytest.mark.parametrize(("start", "end", "fiscal_month", "name", "name_fr", "label_fr", "label_en"), WRITTEN)
def test_writes_a_period(start, end, fiscal_month, name, name_fr, label_fr, label_en):
    period = window(start, end)
    assert name_of(period, fiscal_month) == name
    assert name_of(period, fiscal_month, "fr") == name_fr
    assert label_of(period, "fr", fiscal_month) == label_fr
    assert label_of(period, "en", fiscal_month) == label_en


@pytest.mark.parametrize(
    ("name", "label_fr", "label_en"),
    [
        ("2026-02-01/2026-02-15", "du 1er au 14 février 2026", "1 to 14 Feb 2026"),
        ("2026-02-28/2026-03-04", "du 28 février au 3 mars 2026", "28 Feb to 3 Mar 2026"),
        ("2025-12-30/2026-01-02", "du 30 décembre 2025 au 1er janvier 2026", "30 Dec 2025 to 1 Jan 2026"),
    ],
)
def test_writes_any_other_window(name, label_fr, label_en):
    period = parse_period(name)
    assert name_of(period) == name
    assert (label_of(period, "fr"), label_of(period, "en")) == (label_fr, label_en)


def test_a_calendar_quarter_is_called_fiscal_when_that_was_asked():
    first_of_fiscal = parse_period("2025-Q2")
    assert label_of(first_of_fiscal, "fr", fiscal_month=4) == "T2 2025"
    assert label_of(first_of_fiscal, "fr", 4, Grain.FISCAL_QUARTER) == "T1 exercice 2025-2026"
    assert label_of(parse_period("FY2026"), "fr", 1, Grain.FISCAL_YEAR) == "exercice 2026"
    assert label_of(window("2026-01-02", "2026-01-04"), "en", 1, Grain.MONTH) == "2 to 3 Jan 2026"


@given(DAYS, GRAINS, FISCAL_MONTHS, st.sampled_from(["fr", "en"]))
@settings(max_examples=200, deadline=None)
def test_what_is_written_can_be_read(day, grain, fiscal_month, lang):
    period = containing(day, grain, fiscal_month)
    assert parse_period(name_of(period, fiscal_month, lang), fiscal_month) == period
    assert parse_period(label_of(period, lang, fiscal_month, grain), fiscal_month) == period


def test_31_march_belongs_to_the_month_before_april():
    march, april = parse_period("2026-03"), parse_period("2026-04")
    assert march.contains(d("2026-03-31"))
    assert not april.contains(d("2026-03-31"))
    assert not march.contains(d("2026-04-01"))
    assert march.intersect(april).is_empty


def test_intersect_and_clip():
    quarter = parse_period("2026-Q1")
    assert quarter.intersect(window("2026-02-10", "2026-05-01")) == window("2026-02-10", "2026-04-01")
    assert quarter.intersect(parse_period("2025")).days == 0
    assert quarter.clip(d("2026-02-14")) == window("2026-01-01", "2026-02-15")
    assert quarter.clip(d("2026-02-14")).days == 45
    assert quarter.clip(d("2026-12-31")) == quarter
    assert quarter.clip(d("2025-12-31")).is_empty
    assert quarter.covers(parse_period("2026-03"))
    assert not quarter.covers(parse_period("2026-W01"))


def test_a_period_is_a_value():
    period = parse_period("2026-Q1")
    assert pickle.loads(pickle.dumps(period)) == period
    assert len({period, parse_period("T1 2026")}) == 1
    assert parse_period("2025-Q4") < period


# window, grain, fiscal month, first days of the pieces
SPLITS = [
    ("2026-01-01", "2026-04-01", Grain.MONTH, 1, ["2026-01-01", "2026-02-01", "2026-03-01"]),
    ("2026-01-15", "2026-03-01", Grain.MONTH, 1, ["2026-01-15", "2026-02-01"]),
    ("2026-01-15", "2026-01-16", Grain.YEAR, 1, ["2026-01-15"]),
    ("2026-01-01", "2027-01-01", Grain.QUARTER, 1, ["2026-01-01", "2026-04-01", "2026-07-01", "2026-10-01"]),
    ("2026-01-01", "2027-01-01", Grain.FISCAL_YEAR, 4, ["2026-01-01", "2026-04-01"]),
    ("2026-01-01", "2026-07-01", Grain.FISCAL_QUARTER, 2, ["2026-01-01", "2026-02-01", "2026-05-01"]),
    ("2026-02-01", "2026-03-01", Grain.WEEK, 1, ["2026-02-01", "2026-02-02", "2026-02-09", "2026-02-16", "2026-02-23"]),
    ("2026-02-27", "2026-03-02", Grain.DAY, 1, ["2026-02-27", "2026-02-28", "2026-03-01"]),
    ("2026-02-27", "2026-02-27", Grain.DAY, 1, []),
]


@pytest.mark.parametrize(("start", "end", "grain", "fiscal_month", "starts"), SPLITS)
def test_splits_a_window(start, end, grain, fiscal_month, starts):
    assert [piece.start for piece in split(window(start, end), grain, fiscal_month)] == [d(day) for day in starts]


@given(DAYS, st.integers(0, 1200), GRAINS, FISCAL_MONTHS)
@settings(max_examples=200, deadline=None)
def test_pieces_tile_the_window_without_gap_or_overlap(start, days, grain, fiscal_month):
    period = Period(start, start + timedelta(days=days))
    pieces = split(period, grain, fiscal_month)
    assert sum(piece.days for piece in pieces) == period.days
    edges = [period.start, *(piece.end for piece in pieces)]
    assert [piece.start for piece in pieces] == edges[:-1]
    assert edges[-1] == period.end
    for piece in pieces:
        whole = containing(piece.start, grain, fiscal_month)
        assert piece == whole.intersect(period)


# window, grain, n, expected
SHIFTS = [
    ("2026-01-01", "2026-02-01", Grain.MONTH, 1, "2026-02-01", "2026-03-01"),
    ("2026-02-01", "2026-03-01", Grain.MONTH, 1, "2026-03-01", "2026-04-01"),
    ("2026-01-01", "2026-04-01", Grain.QUARTER, -1, "2025-10-01", "2026-01-01"),
    ("2026-01-26", "2026-02-02", Grain.WEEK, -4, "2025-12-29", "2026-01-05"),
    ("2024-02-29", "2024-03-01", Grain.YEAR, -1, "2023-02-28", "2023-03-01"),
    ("2023-02-28", "2023-03-01", Grain.YEAR, 1, "2024-02-28", "2024-02-29"),
    ("2026-01-01", "2026-01-31", Grain.MONTH, 1, "2026-02-01", "2026-03-01"),
    ("2026-02-01", "2026-02-15", Grain.MONTH, 1, "2026-03-01", "2026-03-15"),
    ("2026-03-31", "2026-03-31", Grain.MONTH, -1, "2026-02-28", "2026-02-28"),
]


@pytest.mark.parametrize(("start", "end", "grain", "n", "to_start", "to_end"), SHIFTS)
def test_shifts_a_window(start, end, grain, n, to_start, to_end):
    assert shift(window(start, end), grain, n) == window(to_start, to_end)


@given(DAYS, GRAINS, st.integers(-40, 40), FISCAL_MONTHS)
@settings(max_examples=200, deadline=None)
def test_shifting_there_and_back_returns(day, grain, n, fiscal_month):
    period = containing(day, grain, fiscal_month)
    moved = shift(period, grain, n)
    assert containing(moved.start, grain, fiscal_month) == moved
    assert shift(moved, grain, -n) == period


@given(DAYS, st.integers(-60, 60))
@settings(max_examples=200, deadline=None)
def test_adding_months_keeps_the_day_number_or_the_last_day(day, months):
    moved = add_months(day, months)
    assert (moved.year - day.year) * 12 + moved.month - day.month == months
    assert moved.day == day.day or (moved.day < day.day and (moved + timedelta(days=1)).day == 1)


@given(DAYS, GRAINS, FISCAL_MONTHS)
@settings(max_examples=100, deadline=None)
def test_a_whole_period_knows_a_grain_of_its_own(day, grain, fiscal_month):
    period = containing(day, grain, fiscal_month)
    found = whole_grain(period, fiscal_month)
    assert found is not None
    assert containing(day, found, fiscal_month) == period
