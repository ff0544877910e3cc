"""Who a fact belongs to: teams in teams, people who move, people nobody knows."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cadran.access import Role, Viewer
from cadran.workspace import Workspace
from tests.company import company, rows, table, values

# company (root): Rita
# ├── north: Noe
# │   └── coast: Coco; Mia until 1 February 2026
# └── south: Mia from 15 February 2026; Sami, only since 1 March 2026
# Yves is in no team, Xena is in no table: the sales name her.
ORGANISATION: dict[str, Any] = {
    "reps": table(
        """
        rep_id | name
        coco   | Coco
        mia    | Mia
        noe    | Noe
        rita   | Rita
        sami   | Sami
        yves   | Yves
        """
    ),
    "teams": table(
        """
        team_id | name    | parent_team_id
        root    | Company | -
        north   | North   | root
        coast   | Coast   | north
        south   | South   | root
        """
    ),
    "memberships": table(
        """
        rep_id | team_id | starts_on  | ends_on
        rita   | root    | 2020-01-01 | -
        noe    | north   | 2020-01-01 | -
        coco   | coast   | 2020-01-01 | -
        mia    | coast   | 2020-01-01 | 2026-02-01
        mia    | south   | 2026-02-15 | -
        sami   | south   | 2026-03-01 | -
        """
    ),
}

# One sale of each rep on each of these days: Noe 1, Coco 10, Mia 100, Rita 1,000, Sami 10,000, Yves 100,000,
# Xena 1,000,000 and 10,000,000 of nobody.
DAYS = ("2025-02-20", "2026-01-31", "2026-02-01", "2026-02-14", "2026-02-15", "2026-03-31")
WORTH = {"noe": 1, "coco": 10, "mia": 100, "rita": 1_000, "sami": 10_000, "yves": 100_000, "xena": 10**6, None: 10**7}


def sales() -> list[dict[str, Any]]:
    return [
        {"order_id": f"{rep}{day}", "account_id": f"client of {rep}", "rep_id": rep, "sold_on": day, "amount": amount}
        for rep, amount in WORTH.items()
        for day in DAYS
    ]


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return company(tmp_path_factory.mktemp("dated") / "company", {**ORGANISATION, "sales": sales()})


@pytest.fixture(scope="module")
def current(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    tables = {**ORGANISATION, "sales": sales()}
    return company(tmp_path_factory.mktemp("current") / "company", tables, organisation="current")


NOBODYS = 5 * (100_000 + 10**6 + 10**7)


def test_a_team_holds_the_teams_below_it_and_the_parts_make_the_whole(dated: Workspace) -> None:
    """Five days of the quarter. Mia: three sales for Coast (31 January, and 1 and 14 February: in the gap she still
    counts for her last team), two for South. Sami before March belongs to no team: four of his sales are nobody's.

    Coast 5 x 10 + 3 x 100 = 350; North 350 + 5 x 1 = 355; South 2 x 100 + 10,000 = 10,200; Rita 5,000 directly.
    """
    found = values(dated, "revenue", "2026-Q1", levels="team")
    assert found == {
        "Coast": 350,
        "North": 355,
        "South": 10_200,
        "Company": 5_000,
        "Non attribué": NOBODYS + 40_000,
    }
    whole = values(dated, "revenue", "2026-Q1")["Entreprise"]
    assert whole == 5 * sum(WORTH.values())
    assert found["North"] + found["South"] + found["Company"] + found["Non attribué"] == whole


def test_reps_and_what_is_nobodys_make_the_whole(dated: Workspace) -> None:
    found = values(dated, "revenue", "2026-Q1", levels="rep")
    assert found == {
        "Coco": 50,
        "Mia": 500,
        "Noe": 5,
        "Rita": 5_000,
        "Sami": 50_000,
        "Yves": 500_000,
        "Non attribué": 5 * (10**6 + 10**7),
    }


def test_a_rep_who_moves_takes_nothing_along(dated: Workspace) -> None:
    """Last year Mia sold for Coast, and still does so: 110 then, and South had nothing."""
    found = {row.scope_name: row for row in rows(dated, "revenue", "2026-Q1", levels="team", compare=["last_year"])}
    assert found["Coast"].last_year == 110
    assert found["South"].last_year == 0
    assert values(dated, "revenue", "2025-Q1", levels="team")["Coast"] == 110


def test_clients_of_a_moved_rep_are_clients_of_both_teams_and_once_of_the_company(dated: Workspace) -> None:
    found = values(dated, "active_clients", "2026-Q1", levels="team")
    assert found == {"Coast": 2, "North": 3, "South": 2, "Company": 1, "Non attribué": 4}
    assert values(dated, "active_clients", "2026-Q1") == {"Entreprise": 8}


def test_one_level_alone_says_the_same_as_all_together(dated: Workspace) -> None:
    together = rows(dated, "revenue,orders,active_clients", "2026-Q1", levels="company,team,rep")
    apart = [
        row
        for level in ("company", "team", "rep")
        for row in rows(dated, "revenue,orders,active_clients", "2026-Q1", levels=level)
    ]
    key = [(row.kpi, row.scope, row.scope_name, row.value) for row in together]
    assert sorted(map(str, key)) == sorted(str((row.kpi, row.scope, row.scope_name, row.value)) for row in apart)


def test_todays_organisation_if_the_company_wants_it(current: Workspace) -> None:
    """All five sales of Mia and Sami are South's, last year's too."""
    found = {row.scope_name: row for row in rows(current, "revenue", "2026-Q1", levels="team", compare=["last_year"])}
    assert {name: row.value for name, row in found.items()} == {
        "Coast": 50,
        "North": 55,
        "South": 50_500,
        "Company": 5_000,
        "Non attribué": NOBODYS,
    }
    assert found["South"].last_year == 10_100
    assert found["Coast"].last_year == 10


def test_todays_organisation_is_that_of_the_evening_asked_for(current: Workspace) -> None:
    """On the evening of 31 January 2026 Mia is still in Coast, and Sami in no team."""
    found = values(current, "revenue", "2026-01", levels="team", as_of=date(2026, 1, 31))
    assert (found["Coast"], found["South"]) == (110, 0)


def test_an_unknown_rep_is_kept_as_written(dated: Workspace) -> None:
    found = values(dated, "revenue", "2026-Q1", dimensions="rep_id")
    assert found["xena"] == 5 * 10**6
    assert found[None] == 5 * 10**7
    unassigned = [row for row in rows(dated, "revenue", "2026-Q1", levels="rep") if row.scope == "unassigned"]
    assert [(row.scope_name, row.scope_id) for row in unassigned] == [("Non attribué", None)]


def test_a_company_without_teams_or_reps(tmp_path: Path) -> None:
    """With no team and no rep known, everything is nobody's at these levels, and the company has it all."""
    workspace = company(
        tmp_path / "company",
        {"sales": [{"order_id": "O1", "rep_id": "ghost", "account_id": "C1", "sold_on": "2026-01-05", "amount": 5}]},
    )
    for level, name in (("company", "Entreprise"), ("team", "Non attribué"), ("rep", "Non attribué")):
        assert values(workspace, "revenue", "2026-Q1", levels=level) == {name: 5}
        assert values(workspace, "active_clients", "2026-Q1", levels=level) == {name: 1}


def test_of_two_teams_begun_on_the_same_day_one_counts_everywhere(tmp_path: Path) -> None:
    """The import warns of it; until it is mended, figures, tables and access go by the same team, whoever asks."""
    twice = table(
        """
        rep_id | team_id | starts_on
        mia    | south   | 2025-01-01
        mia    | north   | 2025-01-01
        """
    )
    given = {
        **ORGANISATION,
        "memberships": twice,
        "teams": [{**row, "manager_rep_id": boss} for row, boss in zip(ORGANISATION["teams"], _BOSSES, strict=True)],
        "sales": table(
            """
            sale_id | rep_id | sold_on    | amount
            S1      | mia    | 2026-01-05 | 100
            """
        ),
    }
    workspace = company(tmp_path / "company", given)
    levels = ("team", "rep")
    listed = [(row.scope_name, row.value) for row in rows(workspace, "revenue", "2026-01", levels=levels)]
    (team,) = (name for name, value in listed if value and name in ("North", "South"))
    assert listed[listed.index((team, 100)) + 1] == ("Mia", 100)
    for name, boss in (("North", "noe"), ("South", "sami")):
        manager = Viewer(f"{boss}@example.org", Role.MANAGER, boss)
        seen = {row.scope_name for row in rows(workspace, "revenue", "2026-01", manager, levels=("rep",)) if row.value}
        assert seen == ({"Mia"} if name == team else set())


_BOSSES = (None, "noe", None, "sami")


@pytest.mark.parametrize("parent", [None, "north"])
def test_who_is_in_a_team_that_no_table_knows_is_unassigned(parent: str | None, tmp_path: Path) -> None:
    """Mia's team stands on her membership only: her 100 are in no team, and not lost."""
    tables = {
        "reps": table("rep_id | name\nmia | Mia\nnoe | Noe"),
        "teams": [
            {"team_id": "north", "name": "North"},
            {"team_id": "coast", "name": "Coast", "parent_team_id": parent},
        ],
        "memberships": table("rep_id | team_id | starts_on\nmia | island | 2020-01-01\nnoe | coast | 2020-01-01"),
        "sales": table("rep_id | sold_on | amount\nmia | 2026-01-05 | 100\nnoe | 2026-01-05 | 1"),
    }
    workspace = company(tmp_path / "company", tables)
    whole = {"Entreprise": 101, "Coast": 1, "Non attribué": 100}
    assert values(workspace, "revenue", "2026-01", levels="company,team") == whole | ({} if parent else {"North": 0})
