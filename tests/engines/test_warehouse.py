"""A made-up ERP read in place, in its own names: `cadran` answers what SQL written by hand for it answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cadran.access import Role
from cadran.cli.main import answer as command
from cadran.company import Company
from cadran.engines.adbc import AdbcEngine
from cadran.errors import CadranError, RequestError, WarehouseError
from cadran.health import examine
from cadran.people import add_person
from cadran.workspace import Workspace
from tests.company import answer, close, company, rows, values
from tests.engines.cluster import Cluster
from tests.engines.twin import in_place

VARIABLE = "CADRAN_TEST_WAREHOUSE"
LINES = """
    id | facture | partenaire | utilisateur | qte  | pu     | type
    1  | FA1     | 10         | ana         | 2    | 100.50 | out_invoice
    2  | FA1     | 10         | ana         | 1    | 50     | out_invoice
    3  | FA2     | 20         | bob         | 3    | 70     | out_invoice
    4  | FA3     | 20         | bob         | 1    | -40    | Out_Refund
    5  | FA4     | 30         | zoe         | 1    | 30     | out_invoice
    6  | FA5     | -          | -           | 1    | 5      | out_invoice
    7  | FA6     | 10         | ana         | 1    | 9999   | out_invoice
"""
# The hour counts: 23:30 in London is already the next day in Paris.
DATES = {
    "FA1": ("2026-01-31 23:30+00", "posted"),
    "FA2": ("2026-02-10 10:00+00", "posted"),
    "FA3": ("2026-02-11 10:00+00", "posted"),
    "FA4": ("2026-03-01 10:00+00", "posted"),
    "FA5": ("2026-03-02 10:00+00", "posted"),
    "FA6": ("2026-03-03 10:00+00", "draft"),
}
SALES = """
query = "SELECT l.*, f.date_facture, f.etat FROM erp.ligne l JOIN erp.facture f ON f.numero = l.facture"
where = "etat = 'posted'"
[tables.sales.columns]
sale_id = "id"
document_id = "facture"
account_id = "partenaire"
rep_id = "Utilisateur"
sold_on = "date_facture"
amount = { formula = "qte * pu" }
quantity = "qte"
kind = { header = "type", values = { out_invoice = "invoice", out_refund = "credit_note" } }
currency = { constant = "EUR" }
"""
SECTIONS = {
    "sales": SALES,
    "accounts": 'table = "erp.partenaire"\ncolumns = { account_id = "num", name = "nom", segment = "categorie" }',
    "reps": 'table = "erp.utilisateur"\ncolumns = { rep_id = "login", name = "nom", email = "mel" }',
    "teams": 'table = "erp.equipe"\ncolumns = { team_id = "code", name = "nom", manager_rep_id = "chef" }',
    "memberships": (
        'table = "erp.utilisateur"\n'
        'columns = { rep_id = "login", team_id = "equipe", starts_on = { constant = "2020-01-01" } }'
    ),
    "opportunities": (
        'table = "erp.piste"\ncolumns = { opportunity_id = "id", account_id = "partenaire", rep_id = "utilisateur", '
        'created_on = "cree", closed_on = "clos", amount = "montant", '
        'outcome = { header = "etat", values = { Gagne = "won", Perdu = "lost" }, otherwise = "open" } }'
    ),
}


def fill(cluster: Cluster) -> None:
    lines = [[cell.strip() for cell in line.split("|")] for line in LINES.strip().splitlines()[1:]]
    cells = [[None if cell == "-" else cell for cell in line] for line in lines]
    tables: dict[str, tuple[str, list[Any]]] = {
        "ligne": (
            "id int, facture text, partenaire int, utilisateur text, qte numeric, pu numeric(12,2), type text",
            cells,
        ),
        "facture": ("numero text, date_facture timestamptz, etat text", [(n, *given) for n, given in DATES.items()]),
        "partenaire": ("num int, nom text, categorie text", [(10, "ACME", "PME"), (20, "BETA", "ETI"), (40, "D", "")]),
        "utilisateur": (
            "login text, nom text, mel text, equipe text",
            [("ana", "Ana", "ana@x.fr", "n"), ("bob", "Bob", "bob@x.fr", "s"), ("cyd", "Cyd", "cyd@x.fr", "n")],
        ),
        "equipe": ("code text, nom text, chef text", [("n", "Nord", "cyd"), ("s", "Sud", None)]),
        "piste": (
            "id int, partenaire int, utilisateur text, cree date, clos date, montant numeric, etat text",
            [
                (1, 10, "ana", "2026-01-05", "2026-02-04", 500, "gagne"),
                (2, 20, "bob", "2026-01-05", "2026-02-05", 700, "Perdu"),
                (3, 20, "bob", "2026-02-20", None, 900, "en cours"),
                (4, 10, "ana", "2026-02-20", "2026-02-10", 100, "Gagne"),
            ],
        ),
    }
    cluster.fill("erp", tables)


@pytest.fixture
def erp(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    fill(cluster)
    monkeypatch.setenv(VARIABLE, cluster.url)
    target = {"kpi": "revenue", "scope": "rep", "scope_id": "ana", "period": "2026-02", "value": Decimal(200)}
    company(tmp_path, {"targets": [target]})
    workspace = in_place(tmp_path, f"env:{VARIABLE}", SECTIONS)
    yield workspace
    close(workspace)  # an open question holds its tables: they could not be made anew


@pytest.fixture
def by_hand(cluster: Cluster) -> Iterator[AdbcEngine]:
    engine = AdbcEngine.connect(cluster.url)
    yield engine
    engine.close()


REVENUE = """
SELECT u.nom, sum(l.qte * l.pu) AS ca, count(DISTINCT l.partenaire) FILTER (WHERE l.qte * l.pu > 0) AS clients
FROM erp.ligne l JOIN erp.facture f ON f.numero = l.facture LEFT JOIN erp.utilisateur u ON u.login = l.utilisateur
WHERE f.etat = 'posted' AND (f.date_facture AT TIME ZONE 'Europe/Paris')::date BETWEEN '2026-02-01' AND '2026-03-31'
GROUP BY u.nom
"""


def test_revenue_and_clients_by_rep(erp: Workspace, by_hand: AdbcEngine) -> None:
    expected = by_hand.query(REVENUE).to_pylist()
    names = {row["nom"] or "Non attribué": row for row in expected}
    window = {"levels": "rep", "as_of": erp.settings.as_of()}
    revenue, clients = ({} for _ in range(2))
    for row in answer(erp, "revenue,active_clients", "2026", **window).rows:
        (revenue if row.kpi == "revenue" else clients)[row.scope_name] = row.value
    assert {name: revenue[name] for name in names} == {name: row["ca"] for name, row in names.items()}
    assert {name: clients[name] for name in names} == {name: row["clients"] for name, row in names.items()}


def test_a_moment_is_a_day_of_the_company(erp: Workspace) -> None:
    """Half past eleven on 31 January in London: a sale of February in Paris."""
    assert values(erp, "revenue", "2026-01", levels="company") != {"Entreprise": Decimal(251)}
    assert values(erp, "revenue", "2026-02", levels="company") == {"Entreprise": Decimal(421)}


def test_teams_dimensions_and_filters(erp: Workspace) -> None:
    assert values(erp, "revenue", "2026-Q1", levels="team") == {
        "Nord": Decimal(251),
        "Sud": Decimal(170),
        "Non attribué": Decimal(35),
    }
    assert values(erp, "revenue", "2026-Q1", dimensions="segment") == {
        "PME": Decimal(251),
        "ETI": Decimal(170),
        None: Decimal(35),
    }
    assert values(erp, "revenue", "2026-Q1", dimensions="account_id")["20"] == Decimal(170)
    assert values(erp, "revenue", "2026-Q1", where="account_id = '10'") == {"Entreprise": Decimal(251)}


def test_deals_in_words_of_their_own(erp: Workspace) -> None:
    """One won, one lost; the one closed before it was created is doubtful: left out of the cycle, and said."""
    assert values(erp, "deals_won", "2026-Q1") == {"Entreprise": 2}
    (cycle,) = rows(erp, "sales_cycle_days", "2026-Q1")
    assert cycle.value == 30
    assert cycle.notes


def test_an_objective_of_the_local_store(erp: Workspace) -> None:
    found = answer(erp, "revenue", "2026-02", levels="rep", compare=("target",)).rows
    (ana,) = (row for row in found if row.scope_id == "ana")
    assert (ana.value, ana.target, ana.attainment) == (Decimal(251), Decimal(200), 1.255)


def test_the_rows_behind(erp: Workspace) -> None:
    table = answer(erp, "revenue", "2026-Q1", levels="rep").rows_behind(scope="team", scope_id="n")
    assert [(row["sale_id"], row["rep"], row["team"]) for row in table.to_pylist()] == [
        ("1", "ana", "n"),
        ("2", "ana", "n"),
    ]


@pytest.mark.parametrize(
    ("role", "email", "seen"), [("rep", "bob@x.fr", {"Bob"}), ("manager", "cyd@x.fr", {"Ana", "Cyd"})]
)
def test_nobody_sees_more_there(erp: Workspace, role: str, email: str, seen: set[str]) -> None:
    add_person(erp.folder, email, Role(role))
    found = Company.open(erp.folder).ask(["revenue"], by=["rep"], period="2026-Q1", viewer=email)
    assert {row.scope_name for row in found.rows} == seen
    with pytest.raises(CadranError):
        Company.open(erp.folder).ask(["revenue"], by=["company"], period="2026-Q1", viewer=email)


def test_the_past_is_not_remembered(erp: Workspace) -> None:
    with pytest.raises(RequestError) as raised:
        answer(erp, "revenue", "2026-Q1", known_on=erp.settings.as_of())
    assert "mémoire" in raised.value.to("fr")


# -- what would be wrong -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("sales", '"id"', '"ident"'), "ident"),
        (("sales", "out_refund", "avoir"), "Out_Refund"),
        (("sales", "qte * pu", "qte * prix"), "prix"),
        (("sales", "SELECT l.*", "DELETE FROM erp.ligne RETURNING l.*; SELECT l.*"), "une seule question"),
        (("reps", "erp.utilisateur", "erp.personne"), "personne"),
    ],
)
def test_a_wrong_mapping_gives_no_number(
    cluster: Cluster, erp: Workspace, change: tuple[str, str, str], told: str
) -> None:
    name, old, new = change
    path = erp.folder / "cadran.toml"
    text = path.read_text("utf-8")
    where = text.index(f"[tables.{name}]")
    path.write_text(text[:where] + text[where:].replace(old, new, 1), "utf-8")
    workspace = Workspace.open(erp.folder)
    found = [fault.issue.to("fr") for fault in examine(workspace).faults]
    assert any(told in each for each in found), found
    with pytest.raises(CadranError, match=told if told.isalpha() else None):
        answer(workspace, "revenue", "2026-Q1", levels="rep")


def test_a_key_twice_is_refused(cluster: Cluster, erp: Workspace) -> None:
    cluster.run("INSERT INTO erp.partenaire VALUES (10, 'ACME bis', 'PME')")
    assert values(erp, "revenue", "2026-Q1") == {"Entreprise": Decimal(456)}
    close(erp)
    with pytest.raises(WarehouseError, match=r"several rows\.") as raised:
        values(erp, "revenue", "2026-Q1", dimensions="segment")
    assert "10" not in raised.value.to("fr")  # a client's id is for whoever sees every row, as doctor's reader does
    close(erp)
    assert any("« 10 »" in fault.issue.to("fr") for fault in examine(erp).faults)


def test_a_query_of_theirs_means_what_it_means_to_them(cluster: Cluster, tmp_path: Path) -> None:
    """7 / 2 is 3 there; two branches of a union keep the types that PostgreSQL gives them."""
    rows = [(1, "2026-01-05", 7, "ana"), (2, "2026-01-06", 9, None)]
    cluster.fill("whole", {"lines": ("id int, day date, n int, who text", rows)})
    company(tmp_path, {})
    query = "SELECT id, day, n / 2 AS half, who FROM whole.lines UNION ALL SELECT 3, DATE '2026-01-07', 1 / 2, NULL"
    columns = 'columns = { sale_id = "id", sold_on = "day", amount = "half", rep_id = "who" }'
    workspace = in_place(tmp_path, cluster.url, {"sales": f'query = "{query}"\n{columns}'})
    assert values(workspace, "revenue", "2026-Q1") == {"Entreprise": Decimal(7)}
    close(workspace)


def moved(cluster: Cluster, folder: Path, stays: list[tuple[str, str | None, str | None]]) -> Workspace:
    """Ana sold 100 in January and 30 in February; Bob leads the north, Cyd the south."""
    sales = [(1, "2026-01-05", 100, "ana"), (2, "2026-02-05", 30, "ana")]
    tables = {
        "lines": ("id int, day date, amount numeric, who text", sales),
        "people": ("id text, name text, mail text", [(each, each, f"{each}@x.fr") for each in ("ana", "bob", "cyd")]),
        "teams": ("id text, name text, chef text", [("n", "Nord", "bob"), ("s", "Sud", "cyd")]),
        "stays": ("who text, team text, since date", stays),
    }
    cluster.fill("moved", tables)
    company(folder, {})
    forms = {
        "sales": ("lines", 'sale_id = "id", sold_on = "day", amount = "amount", rep_id = "who"'),
        "reps": ("people", 'rep_id = "id", name = "name", email = "mail"'),
        "teams": ("teams", 'team_id = "id", name = "name", manager_rep_id = "chef"'),
        "memberships": ("stays", 'rep_id = "who", team_id = "team", starts_on = "since"'),
    }
    sections = {name: f'table = "moved.{theirs}"\ncolumns = {{ {form} }}' for name, (theirs, form) in forms.items()}
    return in_place(folder, cluster.url, sections)


def test_a_membership_without_a_first_day_has_been_there_always(cluster: Cluster, tmp_path: Path) -> None:
    """Ana was in the north until she moved south on 1 February; her boss of today sees all of hers, the other none."""
    workspace = moved(cluster, tmp_path, [("ana", "s", "2026-02-01"), ("ana", "n", None)])
    assert values(workspace, "revenue", "2026-Q1", levels="team") == {"Nord": Decimal(100), "Sud": Decimal(30)}
    for email, seen in (("bob@x.fr", set()), ("cyd@x.fr", {"ana", "cyd"})):
        add_person(workspace.folder, email, Role("manager"))
        found = Company.open(workspace.folder).ask(["revenue"], by=["rep"], period="2026-Q1", viewer=email)
        assert {row.scope_id for row in found.rows} - {"bob"} == seen
    close(workspace)


def test_a_membership_without_a_team_counts_nothing_twice(cluster: Cluster, tmp_path: Path) -> None:
    workspace = moved(cluster, tmp_path, [("ana", "n", "2025-01-01"), ("ana", None, "2026-02-01")])
    together = rows(workspace, "revenue", "2026-Q1", levels="company,team,rep")
    assert {(row.level, row.scope_name): row.value for row in together if row.value} == {
        ("company", "Entreprise"): 130,
        ("team", "Nord"): 130,
        ("rep", "ana"): 130,
    }
    close(workspace)


def test_doctor_tells_the_mapping(erp: Workspace) -> None:
    health = examine(erp)
    sales = next(each for each in health.tables if each.name == "sales")
    assert (sales.rows, sales.first, sales.last) == (6, "2026-02-01", "2026-03-02")
    unknown = {(each.table, each.column): each.examples for each in health.unknown}
    assert unknown == {("sales", "account_id"): ("30",), ("sales", "rep_id"): ("zoe",)}
    answers = {each.kpi: each.issue for each in health.kpis}
    assert answers["revenue"] is None
    assert "[tables]" in answers["renewal_rate"].to("fr")
    assert health.faults == ()


def test_doctor_and_ask_on_the_command_line(erp: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--workspace", str(erp.folder), "--format", "json"]
    assert command(["doctor", *where]) == 0
    assert json.loads(capsys.readouterr().out)["mapping"] == []
    assert command(["ask", "revenue", "--period", "2026-Q1", *where]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["rows"][0]["value"], told["snapshot"]) == (456, "warehouse")


def test_an_empty_variable_is_told(
    erp: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(VARIABLE)
    assert command(["ask", "revenue", "--period", "2026-Q1", "--workspace", str(erp.folder), "--lang", "fr"]) == 1
    error = capsys.readouterr().err
    assert VARIABLE in error
    assert "Traceback" not in error
