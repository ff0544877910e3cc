"""Words and periods made into a request, on one fixed day: the evening of Saturday 14 February 2026."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cadran.errors import CadranError
from cadran.planner.request import Request
from cadran.question import question
from cadran.settings import from_tables

ACME = from_tables({"company": {"name": "Acme", "today": date(2026, 2, 15), "fiscal_month": 7}})


def asked(**words: Any) -> Request:
    return question(ACME, ["revenue"], **words)


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ({}, date(2026, 1, 1), date(2026, 4, 1)),
        ({"as_of": "2025-12-31"}, date(2025, 10, 1), date(2026, 1, 1)),
        ({"grain": "month"}, date(2025, 7, 1), date(2026, 7, 1)),
        ({"period": "2026-01"}, date(2026, 1, 1), date(2026, 2, 1)),
        ({"period": "FY2026-Q1"}, date(2025, 7, 1), date(2025, 10, 1)),
        ({"start": "2026-01-10"}, date(2026, 1, 10), date(2026, 2, 15)),
        ({"start": date(2026, 1, 10), "end": "2026-01-20"}, date(2026, 1, 10), date(2026, 1, 20)),
        ({"start": "2026-03-01"}, date(2026, 3, 1), date(2026, 3, 1)),
    ],
)
def test_the_window(words: dict[str, Any], start: date, end: date) -> None:
    if start == end:
        with pytest.raises(CadranError, match="empty"):
            asked(**words)
        return
    request = asked(**words)
    assert (request.start, request.end) == (start, end)


def test_levels_and_dimensions_are_told_apart() -> None:
    request = asked(by=["rep", "segment", "company", "segment"])
    assert (request.levels, request.dimensions) == (("rep", "company"), ("segment",))
    assert asked().levels == ()


def test_nothing_is_known_of_an_evening_to_come() -> None:
    """It is the 15th: its evening may be asked about, the 16th's may not."""
    assert asked(as_of="2026-02-15").as_of == date(2026, 2, 15)
    with pytest.raises(CadranError, match="Nothing is known yet") as refused:
        asked(as_of="2026-02-16")
    assert "2026-02-15" in refused.value.issues[0].advice.en


def test_what_was_known() -> None:
    assert asked().as_of == date(2026, 2, 14)
    assert asked(known_on="12").known_on == 12
    assert asked(known_on="2026-02-01").known_on == date(2026, 2, 1)
    assert asked().known_on is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"period": "2026", "end": "2026-02-01"}, "given twice"),
        ({"end": "2026-02-01"}, "start of the period is missing"),
        ({"as_of": "2026-02"}, "is not a day"),
        ({"known_on": "yesterday"}, "is not a period"),
        ({"grain": "fortnight"}, "fortnight"),
    ],
)
def test_what_cannot_be_understood(words: dict[str, Any], said: str) -> None:
    with pytest.raises(CadranError, match=said):
        asked(**words)
