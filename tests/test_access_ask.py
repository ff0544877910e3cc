"""Nobody is shown what they may not see: every role at every level, and another team's names in every part of a
question.

board (root; Rita, who manages it)
├── north (Nora manages; Nils, and Mia until 1 February 2026)
│   └── coast (Carl manages; Cleo)
└── south (Sam manages; Sofia, and Mia from 1 February 2026)

Every rep sells one power of ten a month: Nils 1, Mia 10, Cleo 100, Sofia 1,000, Rita 10,000; nobody 100,000.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cadran.access import EVERYTHING, Role, Viewer
from cadran.answer import AnswerRow
from cadran.ask import ask
from cadran.errors import AccessError, CadranError
from cadran.workspace import Workspace
from tests.company import company, question, rows, table

WORTH = {"nils": 1, "mia": 10, "cleo": 100, "sofia": 1_000, "rita": 10_000, None: 100_000}
MONTHS = ("2026-01-15", "2026-02-15", "2026-03-15")
SALES = [
    {
        "sale_id": f"sale of {rep} {day}",
        "order_id": f"order of {rep} {day}",
        "account_id": f"client of {rep}",
        "product_id": f"product of {rep}",
        "rep_id": rep,
        "sold_on": day,
        "amount": amount,
    }
    for rep, amount in WORTH.items()
    for day in MONTHS
]
DEALS = [
    {
        "opportunity_id": f"deal of {rep} {number}",
        "account_id": f"client of {rep}",
        "rep_id": rep,
        "source": f"source of {rep}",
        "amount": amount,
        "created_on": "2026-01-01",
        "closed_on": "2026-01-20",
        "outcome": "won" if number else "lost",
    }
    for rep, amount in WORTH.items()
    for number in range(2)
]


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return company(
        tmp_path_factory.mktemp("access") / "company",
        {
            "reps": table(
                """
                rep_id | name  | email
                nora   | Nora  | nora@acme.example
                nils   | Nils  | nils@acme.example
                mia    | Mia   | mia@acme.example
                carl   | Carl  | carl@acme.example
                cleo   | Cleo  | cleo@acme.example
                sam    | Sam   | sam@acme.example
                sofia  | Sofia | sofia@acme.example
                rita   | Rita  | rita@acme.example
                """
            ),
            "teams": table(
                """
                team_id | name  | parent_team_id | manager_rep_id
                board   | Board | -              | rita
                north   | North | board          | nora
                coast   | Coast | north          | carl
                south   | South | board          | sam
                """
            ),
            "memberships": table(
                """
                rep_id | team_id | starts_on  | ends_on
                rita   | board   | 2020-01-01 | -
                nora   | north   | 2020-01-01 | -
                nils   | north   | 2020-01-01 | -
                mia    | north   | 2020-01-01 | 2026-02-01
                mia    | south   | 2026-02-01 | -
                carl   | coast   | 2020-01-01 | -
                cleo   | coast   | 2020-01-01 | -
                sam    | south   | 2020-01-01 | -
                sofia  | south   | 2020-01-01 | -
                """
            ),
            "accounts": [{"account_id": f"client of {rep}", "segment": f"segment of {rep}"} for rep in WORTH],
            "products": [{"product_id": f"product of {rep}", "category": f"category of {rep}"} for rep in WORTH],
            "sales": SALES,
            "opportunities": DEALS,
            "targets": table(
                """
                kpi     | scope   | scope_id | period  | value
                revenue | company | -        | 2026-Q1 | 777001
                revenue | team    | south    | 2026-Q1 | 777002
                revenue | rep     | sofia    | 2026-Q1 | 777003
                revenue | rep     | nils     | 2026-Q1 | 4
                """
            ),
        },
    )


def viewer(role: Role, rep: str | None = None) -> Viewer:
    return Viewer(f"{rep}@acme.example", role, rep)


def shown(acme: Workspace, who: Viewer, level: str) -> dict[str, Any]:
    return {row.scope_name: row.value for row in rows(acme, "revenue", "2026-Q1", who, levels=level)}


NORA, CARL, SAM, RITA = (viewer(Role.MANAGER, name) for name in ("nora", "carl", "sam", "rita"))
NILS, MIA = viewer(Role.REP, "nils"), viewer(Role.REP, "mia")


# -- what each role sees -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.ANALYST, Role.FINANCE])
def test_these_roles_see_what_the_owner_sees(role: Role, acme: Workspace) -> None:
    for who in (viewer(role), viewer(role, "nils")):
        for level in ("company", "team", "rep"):
            assert shown(acme, who, level) == shown(acme, EVERYTHING, level)


def test_the_owner_sees_all(acme: Workspace) -> None:
    assert shown(acme, EVERYTHING, "company") == {"Entreprise": 333_333}
    assert shown(acme, EVERYTHING, "team") == {
        "Coast": 300,
        "North": 313,
        "South": 3_020,
        "Board": 30_000,
        "Non attribué": 300_000,
    }


@pytest.mark.parametrize(
    ("who", "teams"),
    [
        (NORA, {"North": 313, "Coast": 300}),  # Nils 3, Mia 10 in January, Cleo 300
        (CARL, {"Coast": 300}),
        (SAM, {"South": 3_020}),  # Sofia 3,000, Mia 20 since February
    ],
)
def test_a_manager_sees_their_team_and_those_below(who: Viewer, teams: dict[str, int], acme: Workspace) -> None:
    assert shown(acme, who, "team") == teams


@pytest.mark.parametrize(
    ("who", "reps"),
    [
        (NORA, {"Carl": 0, "Cleo": 300, "Nils": 3, "Nora": 0}),  # Mia has moved away
        (CARL, {"Carl": 0, "Cleo": 300}),
        (NILS, {"Nils": 3}),
        (MIA, {"Mia": 30}),
        (viewer(Role.MANAGER, "nils"), {"Nils": 3}),  # manages nothing
    ],
)
def test_reps_that_are_seen(who: Viewer, reps: dict[str, int], acme: Workspace) -> None:
    assert shown(acme, who, "rep") == reps


def test_asking_about_the_past_opens_nothing_that_is_closed_today(acme: Workspace) -> None:
    """On 31 January Mia was in Nora's team: what may be seen is decided by the organisation of today all the same."""

    def seen(who: Viewer) -> set[str]:
        return {row.scope_name for row in rows(acme, "revenue", "2026-01", who, levels="rep", as_of=date(2026, 1, 31))}

    assert "Mia" not in seen(NORA)
    assert "Mia" in seen(SAM)


def test_everybody_else_is_told_that_nothing_is_open_to_them(acme: Workspace) -> None:
    for who in (viewer(Role.REP), viewer(Role.MANAGER)):
        for levels in ((), ("rep",), ("team",), ("company",)):
            with pytest.raises(AccessError):
                rows(acme, "revenue", "2026-Q1", who, levels=levels)


def test_a_rep_in_no_table_sees_no_number(acme: Workspace) -> None:
    found = rows(acme, "revenue,active_clients,win_rate", "2026-Q1", viewer(Role.REP, "stranger"))
    assert all(not row.value for row in found)


# -- levels and scopes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "levels"),
    [
        (NORA, "company"),
        (NORA, "company,team"),
        (RITA, "company"),
        (NILS, "company"),
        (NILS, "team"),
        (MIA, "team,rep"),
    ],
)
def test_a_level_above_ones_own_is_refused(who: Viewer, levels: str, acme: Workspace) -> None:
    with pytest.raises(AccessError):
        rows(acme, "revenue", "2026-Q1", who, levels=levels)


def test_without_a_level_the_highest_that_may_be_seen(acme: Workspace) -> None:
    assert {row.scope for row in rows(acme, "revenue", "2026-Q1", NORA)} == {"team"}
    assert {row.scope for row in rows(acme, "revenue", "2026-Q1", NILS)} == {"rep"}
    assert {row.scope for row in rows(acme, "revenue", "2026-Q1")} == {"company"}


def test_what_belongs_to_nobody_is_for_those_who_see_all(acme: Workspace) -> None:
    for who in (NORA, CARL, SAM, RITA, NILS, MIA):
        assert "unassigned" not in {row.scope for row in rows(acme, "revenue", "2026-Q1", who, levels="rep")}


# -- another team's names in every part of a question --------------------------------------------------------------

SECRETS = ("sofia", "rita", "south", "South", "Sofia", "Rita", "1000", "3000", "3020", "33333", "777")
KPIS = "revenue,active_clients,average_basket,top10_share,win_rate,revenue_per_rep"
WAYS: list[dict[str, Any]] = [
    {},
    {"levels": "rep"},
    {"grain": "month"},
    {"compare": ["previous", "last_year", "target"]},
    {"dimensions": "account_id"},
    {"dimensions": "segment"},
    {"dimensions": "rep_id"},
    {"dimensions": "rep.name"},
    {"levels": "rep", "dimensions": "account_id,rep_id"},
    {"where": "rep_id = 'sofia'"},
    {"where": "rep_id <> 'nils'"},
    {"where": "segment = 'segment of sofia'"},
    {"where": "segment = 'segment of sofia' or 1 = 1", "dimensions": "segment"},
    {"where": "rep.name = 'Sofia'", "levels": "rep", "dimensions": "rep.name"},
    {"where": "account_id is not null", "levels": "rep", "compare": ["target"]},
]


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("who", [NORA, NILS], ids=lambda who: who.rep_id)
def test_no_answer_holds_another_teams_names_or_numbers(who: Viewer, way: dict[str, Any], acme: Workspace) -> None:
    found = rows(acme, KPIS, "2026-Q1", who, **way)
    for row in found:
        told = _told(row)
        assert not [secret for secret in SECRETS if secret in told], told


def _told(row: AnswerRow) -> str:
    """Everything of a row that carries names or numbers of the company."""
    return str(
        (
            row.scope_id,
            row.scope_name,
            row.dimensions,
            [float(v) if v is not None else None for v in (row.value, row.numerator, row.denominator, row.target)],
            [row.sample_size, row.previous, row.last_year, row.gap, row.expected],
            [note.message for note in row.notes],
        )
    )


@pytest.mark.parametrize("where", ["rep_id = 'sofia'", "segment = 'segment of sofia'", "rep.name = 'Rita'"])
def test_a_filter_on_others_finds_nothing_like_a_filter_on_no_one(where: str, acme: Workspace) -> None:
    """What exists elsewhere and what exists nowhere give the same answer."""
    nowhere = where.replace("sofia", "xxxxx").replace("Rita", "xxxxx")
    assert rows(acme, KPIS, "2026-Q1", NORA, where=where) == rows(acme, KPIS, "2026-Q1", NORA, where=nowhere)
    assert rows(acme, KPIS, "2026-Q1", NILS, where=where) == rows(acme, KPIS, "2026-Q1", NILS, where=nowhere)


@pytest.mark.parametrize(
    "mistake",
    [
        {"where": "rep_id = sofia"},
        {"where": "sofi = 1"},
        {"where": "segment = 'segment of sofia"},
        {"dimensions": "sofi"},
        {"dimensions": "south"},
        {"levels": "south"},
        {"levels": "company"},
        {"levels": "company", "where": "rep_id = 'sofia'"},
    ],
    ids=str,
)
def test_no_error_holds_another_teams_names(mistake: dict[str, Any], acme: Workspace) -> None:
    """An error may repeat what was typed; what it adds (advice, did you mean) never comes from the data."""
    with pytest.raises(CadranError) as refused:
        rows(acme, "revenue", "2026-Q1", NILS, **mistake)
    for issue in refused.value.issues:
        for text in (issue.advice.fr, issue.advice.en):
            assert not [secret for secret in SECRETS if secret in text], text


def test_sums_cover_only_what_is_visible(acme: Workspace) -> None:
    """Split by client and added up again, Nora's teams hold 313 and 300, Nils 3, and nothing of anybody else."""
    split = rows(acme, "revenue", "2026-Q1", NORA, levels="team", dimensions="account_id")
    clients = {(row.scope_name, row.dimensions["account_id"]): row.value for row in split}
    assert clients == {
        ("North", "client of nils"): 3,
        ("North", "client of mia"): 10,
        ("North", "client of cleo"): 300,
        ("Coast", "client of cleo"): 300,
    }
    mine = rows(acme, "revenue", "2026-Q1", NILS, dimensions="account_id")
    assert {row.dimensions["account_id"]: row.value for row in mine} == {"client of nils": 3}


def test_a_rep_who_moved_keeps_their_own_numbers_and_each_manager_theirs(acme: Workspace) -> None:
    """Mia: 30 in all; 10 of it is North's, 20 South's. At the level of reps, Sam, whose rep she is now, sees all 30."""
    assert shown(acme, MIA, "rep") == {"Mia": 30}
    assert shown(acme, SAM, "rep")["Mia"] == 30
    assert shown(acme, NORA, "team")["North"] - shown(acme, NORA, "team")["Coast"] == 13


def test_targets_of_others_are_not_shown(acme: Workspace) -> None:
    (mine,) = rows(acme, "revenue", "2026-Q1", NILS, compare=["target"])
    assert mine.target == 4
    assert mine.status == "behind"
    assert {row.target for row in rows(acme, "revenue", "2026-Q1", CARL, levels="rep", compare=["target"])} == {None}


# -- the rows behind, the explanation, the JSON ----------------------------------------------------------------------


@pytest.mark.parametrize("who", [NORA, NILS], ids=lambda who: who.rep_id)
def test_rows_behind_and_json_hold_only_what_is_visible(who: Viewer, acme: Workspace) -> None:
    answer = ask(acme, question(acme, "revenue,win_rate", "2026-Q1"), who)
    for text in (str(answer.rows_behind().to_pylist()), str(answer.to_dict())):
        assert not [secret for secret in ("sofia", "Sofia", "rita", "Rita", "south", "South") if secret in text]
    assert "nils" in str(answer.rows_behind().to_pylist())


def test_rows_behind_another_scope_are_none(acme: Workspace) -> None:
    answer = ask(acme, question(acme, "revenue", "2026-Q1"), NORA)
    for scope, scope_id in (("team", "south"), ("rep", "sofia"), ("rep", "rita"), ("unassigned", None)):
        try:
            behind = answer.rows_behind(scope=scope, scope_id=scope_id).to_pylist()
        except CadranError:
            continue
        assert behind == []
