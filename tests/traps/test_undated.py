"""Rows without the date that a KPI counts by: in none of its periods, and counted beside its number.

D1  Ana   won   10 January
D2  Ana   won   no day
D3  Bob   lost  no day
D4  -     won   no day
D5  Ana   open  no day: nothing is missing
D6  Cleo  won   20 January
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cadran.access import Role, Viewer
from cadran.planner.undated import undated_batches
from cadran.workspace import Workspace
from tests.company import company, rows, table
from tests.kpi_cases.example import NORTH_AND_SOUTH

DEALS = """
    opportunity_id | rep_id | outcome | source | created_on | closed_on  | amount
    D1             | ana    | won     | web    | 2026-01-01 | 2026-01-10 | 100
    D2             | ana    | won     | salon  | 2026-01-01 | -          | 100
    D3             | bob    | lost    | web    | 2026-01-01 | -          | 100
    D4             | -      | won     | web    | 2026-01-01 | -          | 100
    D5             | ana    | open    | web    | 2026-01-01 | -          | 100
    D6             | cleo   | won     | web    | 2026-01-01 | 2026-01-20 | 100
    """


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    tables = {name: table(text) for name, text in {**NORTH_AND_SOUTH, "opportunities": DEALS}.items()}
    return company(tmp_path_factory.mktemp("undated") / "company", tables)


def _undated(shop: Workspace, kpi: str, **changes: Any) -> Mapping[str, str]:
    found = rows(shop, kpi, "2026-Q1", **changes)
    return {
        row.scope_name if not row.dimensions else str(row.dimensions["source"]): note.message.fr
        for row in found
        for note in row.notes
        if note.code == "undated"
    }


def _says(count: int) -> str:
    return f"{count} ligne{'s' if count > 1 else ''} sans « Conclue le » : dans aucune période."


def test_decided_deals_without_a_day_are_counted(shop: Workspace) -> None:
    assert _undated(shop, "deals_won") == {"Entreprise": _says(2)}
    assert _undated(shop, "win_rate") == {"Entreprise": _says(3)}
    assert _undated(shop, "deals_created") == _undated(shop, "deals_open") == {}


def test_they_are_counted_at_every_level_and_by_dimension(shop: Workspace) -> None:
    assert _undated(shop, "win_rate", levels="team,rep") == {
        "North": _says(2), "Ana": _says(1), "Bob": _says(1),
    }  # fmt: skip
    assert _undated(shop, "win_rate", dimensions="source") == {"web": _says(2)}


def test_a_derived_kpi_tells_those_of_its_parts(shop: Workspace) -> None:
    """Its deal size and its cycle miss two deals won, its win rate a deal lost as well."""
    (row,) = rows(shop, "sales_velocity", "2026-Q1")
    assert {note.message.fr for note in row.notes if note.code == "undated"} == {_says(2), _says(3)}


def test_one_is_told_of_ones_own(shop: Workspace) -> None:
    bob = Viewer("bob@example.org", Role.REP, "bob")
    assert _undated(shop, "win_rate", viewer=bob) == {"Bob": _says(1)}
    assert _undated(shop, "deals_won", viewer=bob) == {}


@pytest.mark.parametrize(("created", "asked", "said"), [("2026-01-02", 0, {}), ("-", 1, {"Entreprise": 1})])
def test_only_a_date_that_nothing_stands_in_for_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, created: str, asked: int, said: dict[str, int]
) -> None:
    """P2's first contact is not told: its creation stands in for it, where that is told."""
    deals = f"""
        opportunity_id | account_id | outcome | created_on | first_contact_on
        D1             | P1         | open    | 2026-01-05 | 2026-01-03
        D2             | P2         | open    | {created}  | -
        """
    found = []

    def seen(*arguments: Any) -> Iterator[Any]:
        for each in undated_batches(*arguments):
            found.append(each)
            yield each

    monkeypatch.setattr("cadran.ask.undated_batches", seen)
    shop = company(tmp_path / "shop", {"opportunities": table(deals)})
    notes = {name: int(note.split()[0]) for name, note in _undated(shop, "conversion_rate").items()}
    assert (notes, len(found)) == (said, asked)


def test_a_lost_lead_without_a_day_is_told(tmp_path: Path) -> None:
    """That a lead has an id makes losses known, not their days."""
    leads = """
        lead_id | first_contact_on | lost_on    | lost_reason
        L1      | 2026-01-02       | 2026-01-20 | price
        L2      | 2026-01-02       | -          | price
        """
    both = {"fr": "Prospects perdus", "en": "Prospects lost"}
    own = {"label": both, "question": both, "definition": both, "kind": "flow", "of": "leads", "on": "lost_on"}
    own |= {"formula": "count(*)", "where": "lost_reason is not null", "unit": "count", "additivity": "additive"}
    shop = company(tmp_path / "shop", {"leads": table(leads)})
    shop.own_kpis.mkdir(exist_ok=True)
    (shop.own_kpis / "lost.yaml").write_text(json.dumps({"lost_here": own}), "utf-8")
    assert list(_undated(Workspace.open(shop.folder), "lost_here")) == ["Entreprise"]
