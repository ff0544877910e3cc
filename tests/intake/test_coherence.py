"""Rows that contradict each other or speak of what is not: loaded, and told, by the import and by the doctor."""

from __future__ import annotations

from pathlib import Path

import pytest

from cadran.health import examine
from cadran.intake.report import ImportReport
from cadran.workspace import Workspace

from .importing import company, import_text

CREDITS = "to: {credits: {fact: fact, fact_id: id, rep_id: rep, share: share}}"
MEMBERSHIPS = "to: {memberships: {rep_id: rep, team_id: team, starts_on: from, ends_on: until}}"
TARGETS = """
to:
  targets: {kpi: kpi, scope: scope, scope_id: who, starts_on: from, ends_on: until, period: period, value: value,
    dimensions: split}
"""
TARGETS_HEADER = "kpi;scope;who;from;until;period;value;split\n"
REPS = "to: {reps: {rep_id: rep, name: rep}}"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return company(tmp_path)


def told(report: ImportReport) -> dict[str, tuple[int, str]]:
    """Rows and example by code."""
    return {each.code: (each.rows, each.example) for each in report.warnings}


def test_shares_of_one_fact_that_do_not_make_one(workspace: Workspace) -> None:
    text = (
        "fact;id;rep;share\nsales;S1;L;60 %\nsales;S1;M;30 %\nsales;S2;L;50 %\nsales;S2;M;50 %\nopportunities;S1;L;1\n"
    )
    report = import_text(workspace, text, CREDITS)
    assert told(report) == {"shares_do_not_add_up": (2, "S1 : 90 %")}
    assert report.loaded == 5
    text = "fact;id;rep;share\nsales;S1;N;10 %\n"
    assert told(import_text(workspace, text, CREDITS, "more.csv")) == {}  # what the store holds makes it whole
    text = "fact;id;rep;share\nsales;S2;N;10 %\n"
    assert told(import_text(workspace, text, CREDITS, "most.csv")) == {"shares_do_not_add_up": (1, "S2 : 110 %")}
    (found,) = examine(workspace).incoherent
    assert (found.table, found.column, found.rows, found.examples) == ("credits", "share", 3, ("S2 : 110 %",))
    assert "100 %" in found.remark.fr


def test_a_rep_in_two_teams_at_once(workspace: Workspace) -> None:
    text = (
        "rep;team;from;until\nL;North;2026-01-01;2026-04-01\nL;South;2026-04-01;\n"
        "M;North;2026-01-01;\nM;South;2026-02-01;2026-03-01\nM;West;2026-05-01;\n"
    )
    assert told(import_text(workspace, text, MEMBERSHIPS)) == {"overlapping_memberships": (3, "M : North 2026-01-01")}
    again = "rep;team;from;until\nL;West;2026-03-31;2026-04-01\n"
    report = import_text(workspace, again, MEMBERSHIPS, "more.csv")
    assert told(report) == {"overlapping_memberships": (1, "L : West 2026-03-31")}


def test_rows_that_a_full_replacement_ends_contradict_nothing(workspace: Workspace) -> None:
    text = "rep;team;from;until\nL;North;2026-01-01;\n"
    import_text(workspace, text, MEMBERSHIPS, source="rh")
    text = "rep;team;from;until\nL;South;2026-02-01;\n"
    wish = {"source": "rh", "replace_period": "ALL", "confirm": lambda _: True}
    assert told(import_text(workspace, text, MEMBERSHIPS, "again.csv", **wish)) == {}


def test_targets_that_apply_to_nothing(workspace: Workspace) -> None:
    import_text(workspace, "rep\nL\n", REPS, "reps.csv")
    lines = {
        "fine": "revenue;rep;L;;;2026-T1;1000;\nrevenue;company;;2026-01-01;2026-02-01;;1;category = Logiciel\n",
        "unknown_kpi": "chiffre;company;;;;2026-T1;1000;\n",
        "unknown_scope": "revenue;rep;X;;;2026-T1;1;\nrevenue;team;;;;2026-T1;2;\nrevenue;company;L;;;2026-T1;3;\n",
        "target_without_window": "revenue;company;;;;2026-T7;1;\nrevenue;company;;2026-03-01;2026-03-01;;1;\n"
        "revenue;company;;;;;1;\n",
        "unknown_dimension": "revenue;company;;;;2026-T2;1;couleur = rouge\nrevenue;company;;;;2026-T2;1;bof\n",
    }
    report = import_text(workspace, TARGETS_HEADER + "".join(lines.values()), TARGETS)
    assert told(report) == {
        "unknown_kpi": (1, "chiffre"),
        "unknown_scope": (3, "company L"),
        "target_without_window": (3, "revenue"),
        "unknown_dimension": (2, "revenue : bof"),
    }
    assert report.loaded == 11
    assert [(each.column, each.rows) for each in examine(workspace).incoherent] == [
        ("kpi", 1),
        ("period", 3),
        ("scope_id", 3),
        ("dimensions", 2),
    ]


def test_a_fiscal_period_is_a_window(tmp_path: Path) -> None:
    workspace = company(tmp_path, fiscal_month=7)
    report = import_text(workspace, TARGETS_HEADER + "revenue;company;;;;FY2026-Q1;1;\n", TARGETS)
    assert told(report) == {}
