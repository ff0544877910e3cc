"""The rows behind a number: all of them, with the term each entered, and nothing more than one may see.

D1  Anne   won   1 Jan -> 1 Feb    31 days
D2  Bruno  won   10 Feb -> 1 Feb   left out: signed before the first contact
D3  Bruno  lost
D4  (no rep) won 1 Jan -> 11 Jan   10 days
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cadran.access import Role, Viewer
from cadran.answer import Answer
from cadran.errors import RequestError
from cadran.workspace import Workspace
from tests.company import answer, company


def _deal(key: str, rep: str | None, outcome: str, first: date, closed: date) -> dict[str, object]:
    return {
        "opportunity_id": key, "rep_id": rep, "outcome": outcome, "first_contact_on": first, "closed_on": closed,
        "created_on": first, "amount": 10,
    }  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder: Path = tmp_path_factory.mktemp("behind") / "shop"
    deals = [
        _deal("D1", "A", "won", date(2026, 1, 1), date(2026, 2, 1)),
        _deal("D2", "B", "won", date(2026, 2, 10), date(2026, 2, 1)),
        _deal("D3", "B", "lost", date(2026, 1, 1), date(2026, 2, 1)),
        _deal("D4", None, "won", date(2026, 1, 1), date(2026, 1, 11)),
    ]
    reps = [{"rep_id": "A", "name": "Anne", "email": "anne@example.org"}, {"rep_id": "B", "name": "Bruno"}]
    return company(folder, {"reps": reps, "opportunities": deals})


def _rows(found: Answer, **scope: str) -> dict[str, tuple[bool, bool | None, bool | None]]:
    return {
        row["row_key"]: (row["in_numerator"], row["in_denominator"], row["left_out"])
        for row in found.rows_behind(**scope).to_pylist()
    }


def test_numerator_and_denominator_are_told_apart(shop: Workspace) -> None:
    found = answer(shop, "win_rate", "2026-Q1")
    assert found.rows[0].value == pytest.approx(3 / 4)
    assert _rows(found) == {
        "D1": (True, True, None), "D2": (True, True, None), "D3": (False, True, None), "D4": (True, True, None),
    }  # fmt: skip


def test_a_row_left_out_is_listed_as_such(shop: Workspace) -> None:
    found = answer(shop, "sales_cycle_days", "2026-Q1")
    assert found.rows[0].value == pytest.approx((31 + 10) / 2)
    assert "rows_left_out" in {note.code for note in found.rows[0].notes}
    assert _rows(found) == {"D1": (True, True, False), "D2": (False, False, True), "D4": (True, True, False)}


def test_the_rows_of_one_scope(shop: Workspace) -> None:
    found = answer(shop, "win_rate", "2026-Q1")
    assert set(_rows(found, scope="rep", scope_id="B")) == {"D2", "D3"}
    assert set(_rows(found, scope="unassigned")) == {"D4"}
    with pytest.raises(RequestError) as refused:
        _rows(found, scope="rep", scope_id="Bb")
    assert refused.value.code == "unknown_scope"


def test_a_rep_sees_the_rows_of_nobody_else(shop: Workspace) -> None:
    anne = Viewer("anne@example.org", Role.REP, "A")
    found = answer(shop, "win_rate", "2026-Q1", anne)
    assert set(_rows(found)) == {"D1"}
    assert _rows(found, scope="unassigned") == {}


def test_another_rep_is_refused_like_one_who_does_not_exist(shop: Workspace) -> None:
    """Bruno and a Bc nobody knows: the same words for both, and nobody is named to Anne."""
    found = answer(shop, "win_rate", "2026-Q1", Viewer("anne@example.org", Role.REP, "A"))
    told = []
    for unseen in ("B", "Bc"):
        with pytest.raises(RequestError) as refused:
            _rows(found, scope="rep", scope_id=unseen)
        (issue,) = refused.value.issues
        told.append((issue.code, issue.message.en.replace(f'"{unseen}"', "?"), issue.advice.en))
    assert told == [("unknown_scope", "There is no rep called ?.", "")] * 2
    with pytest.raises(RequestError) as refused:
        _rows(found, scope="rep", scope_id="AA")
    assert refused.value.issues[0].advice.en == 'Did you mean "A"?'
    assert set(_rows(found, scope="rep", scope_id="A")) == {"D1"}
