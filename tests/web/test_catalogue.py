"""The catalogue: what each KPI says, and the company's own, written in the page and answered like any other."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from cadran.access import Role
from cadran.answers import Answers
from cadran.numerals import money
from cadran.own_kpis import stamp
from cadran.question import question
from cadran.web.people.models import Entry
from cadran.workspace import Workspace
from tests.web.conftest import PEOPLE, SignIn

PERIOD = "?period=2026-Q1"
FORM = {
    "shape": "form",
    "id": "ligne_moyenne",
    "label_fr": "Ligne moyenne",
    "question_fr": "Que vaut une ligne vendue ?",
    "definition_fr": "Montant moyen des lignes de montant positif.",
    "kind": "flow",
    "of": "sales",
    "on": "",
    "closes": "",
    "where": "amount > 0 and currency = 'EUR'",
    "formula": "sum(amount) / count(*)",
    "unit": "money",
    "better": "higher",
    "interval": "none",
    "additivity": "non_additive",
    "credit": "share",
    "companions": "revenue, orders",
    "note_fr": "",
    "note_en": "",
}


@pytest.fixture
def director(sign_in: SignIn) -> Client:
    return sign_in(Role.DIRECTOR)


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def posted(client: Client, address: str, **fields: str) -> str:
    answer = client.post(address, FORM | fields)
    assert answer.status_code == 200, answer.content.decode()
    return html.unescape(answer.content.decode())


def save(client: Client, address: str = "/catalogue/new/", **fields: str) -> str:
    """The address a successful save leads to."""
    answer = client.post(address + PERIOD, FORM | {"do": "save"} | fields)
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def own(company: Workspace, name: str = "ligne_moyenne.yaml") -> Path:
    return company.folder / "kpis" / name


def seen(company: Workspace, kpi_id: str = "ligne_moyenne") -> str:
    return stamp(Workspace.open(company.folder).catalogue.get(kpi_id))


# -- reading ---------------------------------------------------------------------------------------------------------


def test_the_catalogue_lists_every_kpi_by_theme(director: Client, company: Workspace) -> None:
    page = text(director, "/catalogue/" + PERIOD)
    for kpi in company.catalogue:
        assert f'href="/catalogue/{kpi.id}/?' in page, kpi.id
    assert f"Vos données répondent aux {len(company.catalogue.kpis)} indicateurs" in page
    assert page.index("Ventes</h2>") < page.index("Affaires</h2>") < page.index("Clients</h2>")


def test_it_says_which_cannot_answer_and_why(director: Client, company: Workspace) -> None:
    own(company, "appels.yaml").write_text(yaml("appels", of="payments", on="paid_on", formula="count(*)"), "utf-8")
    page = html.unescape(text(director, "/catalogue/"))
    total = len(company.catalogue.kpis)
    assert f"Vos données répondent à {total - 1} indicateurs sur {total}" in page
    assert page.count(">non<") == 1
    assert ">non<" in page[page.index("/catalogue/appels/") : page.index("/catalogue/revenue/")]


def test_a_definition_that_is_wrong_leaves_the_others_standing(director: Client, company: Workspace) -> None:
    own(company, "faux.yaml").write_text(yaml("faux", formula="sum(amout)"), "utf-8")
    assert ">non<" in text(director, "/catalogue/")
    assert "amout" in text(director, "/catalogue/faux/")
    assert "1\u202f000\u202f000" in text(director, "/" + PERIOD)


@pytest.mark.parametrize(
    ("asked", "wanted"), [("Rétention", "retention_rate"), ("RETENTION", "retention_rate"), ("nps", "nps")]
)
def test_search_finds_names_questions_and_ids(director: Client, asked: str, wanted: str) -> None:
    page = director.get("/catalogue/", {"q": asked}).content.decode()
    assert f"/catalogue/{wanted}/" in page
    assert "/catalogue/backlog/" not in page


def test_search_for_nothing_there_is(director: Client) -> None:
    page = director.get("/catalogue/", {"q": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "Voir tout le catalogue" in page


def test_a_definition_in_words_facts_and_sql(director: Client) -> None:
    page = html.unescape(text(director, "/catalogue/average_basket/" + PERIOD))
    assert "Chiffre d’affaires des clients identifiés" in page
    assert "sum(amount) / count(distinct account_id) filter (where amount > 0)" in page
    assert "/catalogue/orders_per_client/?" in page
    assert "/kpis/average_basket/?period=2026-Q1" in page
    assert "SELECT" in page
    assert "/edit/" not in page


def test_every_definition_opens(director: Client, company: Workspace) -> None:
    for kpi in company.catalogue:
        assert kpi.source_text.splitlines()[0] in html.unescape(text(director, f"/catalogue/{kpi.id}/"))


# -- writing ---------------------------------------------------------------------------------------------------------


def rows_by_hand(company: Workspace) -> Iterator[Decimal]:
    with company.lake() as lake:
        rows = lake.query(
            "SELECT amount, kind FROM lake.main.sales "
            "WHERE sold_on >= DATE '2026-01-01' AND sold_on < DATE '2026-04-01' AND currency = 'EUR'"
        )
    yield from (amount for amount, kind in rows if kind in ("invoice", "credit_note") and amount > 0)


def test_a_kpi_written_in_the_page_is_that_of_ask_and_of_a_hand_count(director: Client, company: Workspace) -> None:
    amounts = list(rows_by_hand(company))
    by_hand = sum(amounts) / len(amounts)
    shown = posted(director, "/catalogue/new/preview/" + PERIOD)
    assert save(director) == "/catalogue/ligne_moyenne/?period=2026-Q1&scope=company"
    workspace = Workspace.open(company.folder)
    request = question(workspace.settings, ["ligne_moyenne"], period="2026-Q1")
    (row,) = Answers(workspace).ask(request).rows
    assert row.value is not None
    assert abs(Decimal(str(row.value)) - by_hand) < Decimal("0.0001")
    written = money(by_hand, "EUR", "fr", 0)
    assert written.split("\u00a0")[0] in re.sub(r"<[^>]+>", "", shown)
    assert "SELECT" in shown
    assert shown.count('<tr><th scope="row">') == 12


def test_what_is_saved_is_a_file_a_line_of_the_log_and_a_version(director: Client, company: Workspace) -> None:
    save(director)
    kpi = Workspace.open(company.folder).catalogue.get("ligne_moyenne")
    assert kpi.label.en == kpi.label.fr == "Ligne moyenne"
    assert (kpi.populations[0].on, kpi.companions) == ("sold_on", ("revenue", "orders"))
    assert not list((company.folder / "kpis").glob("*.new"))
    entry = Entry.objects.latest("pk")
    assert (entry.email, entry.action, entry.about) == (PEOPLE[Role.DIRECTOR], "changed KPIs", "ligne_moyenne")
    save(
        director, "/catalogue/ligne_moyenne/edit/", seen=seen(company), formula="sum(amount) / count(distinct order_id)"
    )
    page = html.unescape(text(director, "/catalogue/ligne_moyenne/"))
    history = page[page.index("Historique") :]
    assert history.index("count(distinct order_id)") < history.index("count(*)")
    assert PEOPLE[Role.DIRECTOR] in history
    assert "à vous" in text(director, "/catalogue/")


def test_every_problem_at_once_with_its_place_and_what_was_meant(director: Client, company: Workspace) -> None:
    page = posted(
        director, "/catalogue/new/preview/", formula="sum(amout) / cuont(*)", where="segmnt = 'x'", companions="revenu"
    )
    for told in (
        "caractère 5",
        "caractère 14",
        "« amount »",
        "« count »",
        "« segment »",
        "« revenue »",
        "<mark>amout</mark>",
    ):
        assert told in page, told
    assert "figure large" not in page
    assert not own(company).exists()


def test_a_figure_before_the_texts_are_written(director: Client) -> None:
    page = posted(director, "/catalogue/new/preview/" + PERIOD, label_fr="", question_fr="", definition_fr="")
    assert "figure large" in page
    assert "Reste à écrire" in page


def test_without_scripts_a_button_shows_the_same(director: Client, company: Workspace) -> None:
    page = posted(director, "/catalogue/new/" + PERIOD, do="preview")
    assert "figure large" in page
    assert 'value="ligne_moyenne"' in page
    page = posted(director, "/catalogue/new/" + PERIOD, do="yaml")
    assert "formula: sum(amount) / count(*)" in page
    page = posted(director, "/catalogue/new/" + PERIOD, do="form", shape="yaml", text=yaml("du_yaml"))
    assert 'name="shape" value="form"' in page
    assert 'value="du_yaml"' in page
    assert not own(company).exists()


def test_what_the_form_cannot_hold_stays_yaml(director: Client, company: Workspace) -> None:
    own(company, "gros.yaml").write_text(
        yaml("gros", formula="count(*) filter (where total > 100)", unit="count")
        + "  per: account_id\n  columns: {total: sum(amount)}\n",
        "utf-8",
    )
    page = text(director, "/catalogue/gros/edit/")
    assert 'name="shape" value="yaml"' in page
    assert "columns: {total: sum(amount)}" in page


def test_names_a_formula_may_use(director: Client) -> None:
    page = text(director, "/catalogue/new/names/?kind=flow&of=opportunities")
    assert "account.segment" in page
    assert "closed_on" in page
    derived = text(director, "/catalogue/new/names/?kind=derived&of=sales")
    assert "{revenue}" in derived
    assert "account.segment" not in derived


def test_a_neighbour_in_the_same_file_is_left_as_it_is(director: Client, company: Workspace) -> None:
    before = "# Ours.\n" + yaml("premier") + "\n# About the second.\n" + yaml("second", formula="max(amount)")
    own(company, "ours.yaml").write_text(before, "utf-8")
    save(director, "/catalogue/premier/edit/", seen=seen(company, "premier"), formula="min(amount)")
    after = own(company, "ours.yaml").read_text("utf-8")
    assert after.startswith("# Ours.\npremier:")
    assert after.endswith("\n# About the second.\n" + yaml("second", formula="max(amount)"))
    assert "formula: min(amount)" in after
    assert not own(company, "premier.yaml").exists()


def yaml(
    kpi_id: str, of: str = "sales", on: str = "sold_on", formula: str = "sum(amount) / count(*)", unit: str = ""
) -> str:
    texts = "".join(f"  {key}: {{fr: F, en: E}}\n" for key in ("label", "question", "definition"))
    unit = unit or ("count" if formula == "count(*)" else "money")
    return f"{kpi_id}:\n{texts}  kind: flow\n  of: {of}\n  on: {on}\n  formula: {formula}\n  unit: {unit}\n"


# -- never over somebody else's --------------------------------------------------------------------------------------


@pytest.mark.parametrize("taken", ["revenue", "ligne_moyenne"])
def test_an_id_that_is_taken_is_refused(director: Client, company: Workspace, taken: str) -> None:
    save(director)
    before = own(company).read_bytes()
    page = posted(director, "/catalogue/new/", do="save", id=taken, formula="min(amount)")
    assert f"« {taken} » est déjà défini" in page
    assert own(company).read_bytes() == before
    assert not own(company, "revenue.yaml").exists()


def test_what_was_changed_meanwhile_is_not_written_over(director: Client, company: Workspace) -> None:
    save(director)
    first = seen(company)
    save(director, "/catalogue/ligne_moyenne/edit/", seen=first, formula="max(amount)")
    after = own(company).read_bytes()
    page = posted(director, "/catalogue/ligne_moyenne/edit/", do="save", seen=first, formula="min(amount)")
    assert "a été changé ou supprimé entre-temps" in page
    assert "min(amount)" in page
    assert own(company).read_bytes() == after
    answer = director.post("/catalogue/ligne_moyenne/delete/", {"seen": first})
    assert "entre-temps" in answer.content.decode()
    assert own(company).exists()


def test_a_change_that_would_break_another_is_refused(director: Client, company: Workspace) -> None:
    save(director)
    own(company, "part.yaml").write_text(derived("part", "{ligne_moyenne} + {revenue}"), "utf-8")
    page = posted(
        director, "/catalogue/ligne_moyenne/edit/", do="save", seen=seen(company), formula="count(*)", unit="count"
    )
    assert "part.formula" in page
    assert "count(*)\n" not in own(company).read_text("utf-8").replace("/ count(*)", "")


def derived(kpi_id: str, formula: str) -> str:
    texts = "".join(f"  {key}: {{fr: F, en: E}}\n" for key in ("label", "question", "definition"))
    return f'{kpi_id}:\n{texts}  kind: derived\n  formula: "{formula}"\n  unit: money\n'


def test_deleting_says_what_rests_on_it(director: Client, company: Workspace) -> None:
    save(director)
    own(company, "part.yaml").write_text(derived("part", "{ligne_moyenne} * 2"), "utf-8")
    address = "/catalogue/ligne_moyenne/delete/"
    assert "/catalogue/part/" in text(director, address)
    answer = director.post(address, {"seen": seen(company)})
    assert "sert à calculer" in answer.content.decode()
    own(company, "part.yaml").unlink()
    assert director.post(address, {"seen": seen(company)}).status_code == 302
    assert not own(company).exists()
    assert director.get("/catalogue/ligne_moyenne/").status_code == 404


def test_a_field_left_out_or_an_id_that_is_a_path_writes_nothing(director: Client, company: Workspace) -> None:
    before = sorted(path for path in company.folder.rglob("*.yaml"))
    for wrong in ("../people", "a/b", "Été", "kpi;rm", "x" * 70, "new"):
        page = posted(director, "/catalogue/new/", do="save", id=wrong)
        assert "Rien n’a été enregistré" in page, wrong
    answer = director.post("/catalogue/new/", {"do": "save"})
    assert answer.status_code == 200
    assert sorted(path for path in company.folder.rglob("*.yaml")) == before


# -- hostile ---------------------------------------------------------------------------------------------------------

HOSTILE = [
    "sum(amount); DROP TABLE sales",
    "sum(amount) FROM sales; --",
    "(SELECT password FROM people_person)",
    "sum(amount) UNION SELECT 1",
    "read_csv('/etc/passwd')",
    "count(*) /* ' */ -- x",
    "sum(amount) filter (where amount in (select 1))",
    "'" * 999,
    "(" * 500 + "sum(amount)" + ")" * 500,
    "case when " * 300,
    "sum(" * 100,
    "-" * 1500 + "sum(amount)",
    " + ".join(["sum(amount)"] * 150),
    "not " * 400 + "true",
    "sum(amount)" + " + 1" * 400,
    "sum(amount * 999999999999999999 * 999999999999999999 * 999999999999999999)",
    "sum(amount) / 0",
    "x" * 10_000,
    "sum(amount) + " * 1_000,
    "\u202esum(amount)",
    "sum(amount)\\",
    "{revenue}",
    "__import__('os').system('id')",
    "{{ 7 * 7 }}{% debug %}",
]


@pytest.mark.parametrize("formula", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("kind", ["flow", "derived"])
def test_a_hostile_formula_is_an_error_or_a_figure_never_a_trace(director: Client, kind: str, formula: str) -> None:
    director.raise_request_exception = True
    page = posted(director, "/catalogue/new/preview/" + PERIOD, formula=formula, kind=kind)
    assert "Traceback" not in page
    assert "à corriger" in page or "figure large" in page


@pytest.mark.parametrize(
    "hostile",
    [
        "a: &x [*x]",
        "a: !!python/object/apply:os.system [id]",
        "[" * 5_000,
        "a: {" * 5_000,
        "x" * 30_000,
        "",
        "- a",
        "a:",
        "a: 1\nb: 2",
        "\x00",
        "a: {label: [1], formula: {x: y}, populations: 3}",
        "a: {kind: retention, populations: [{of: 1}]}",
    ],
)
def test_hostile_yaml_is_an_error(director: Client, hostile: str) -> None:
    page = posted(director, "/catalogue/new/preview/", shape="yaml", text=hostile)
    assert "à corriger" in page


def test_labels_are_text_wherever_they_stand(director: Client, company: Workspace) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    save(director, id="mal", label_fr=evil, question_fr=evil, definition_fr=evil, note_fr=evil)
    for address in (
        "/catalogue/",
        "/catalogue/mal/",
        "/catalogue/mal/edit/",
        "/catalogue/mal/delete/",
        "/catalogue/new/names/?kind=derived",
    ):
        page = text(director, address)
        assert "<script>alert" not in page, address
        assert "<img src=x" not in page, address


# -- who may ---------------------------------------------------------------------------------------------------------


def test_unknown_and_shipped_ids_are_the_same_404(director: Client) -> None:
    pages = {
        text(director, address, 404)
        for address in (
            "/catalogue/nowhere/",
            "/catalogue/nowhere/edit/",
            "/catalogue/revenue/edit/",
            "/catalogue/revenue/delete/",
        )
    }
    tokens = re.compile(r'name="csrf[^>]+>')
    assert len({tokens.sub("", page) for page in pages}) == 1


@pytest.mark.parametrize("role", [Role.REP, Role.MANAGER, Role.FINANCE])
def test_those_who_may_not_define_read_and_do_not_write(sign_in: SignIn, company: Workspace, role: Role) -> None:
    save(sign_in(Role.DIRECTOR))
    client, before = sign_in(role), own(company).read_bytes()
    assert "/catalogue/new/" not in text(client, "/catalogue/")
    page = text(client, "/catalogue/ligne_moyenne/")
    assert "/edit/" not in page
    assert "/delete/" not in page
    for address in (
        "/catalogue/new/",
        "/catalogue/new/preview/",
        "/catalogue/ligne_moyenne/edit/",
        "/catalogue/ligne_moyenne/delete/",
    ):
        assert client.get(address).status_code == 404
        assert client.post(address, FORM | {"do": "save", "seen": seen(company)}).status_code == 404
    assert client.get("/catalogue/new/names/").status_code == 404
    assert own(company).read_bytes() == before


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.ANALYST, Role.ADMINISTRATOR])
def test_those_who_may_define_find_the_way(sign_in: SignIn, company: Workspace, role: Role) -> None:
    client = sign_in(role)
    save(client)
    assert "/catalogue/new/" in text(client, "/catalogue/")
    assert "/catalogue/ligne_moyenne/edit/" in text(client, "/catalogue/ligne_moyenne/")


def test_a_form_from_elsewhere_is_refused(company: Workspace, sign_in: SignIn) -> None:
    client = sign_in(Role.DIRECTOR)
    client.handler.enforce_csrf_checks = True
    assert client.post("/catalogue/new/", FORM | {"do": "save"}).status_code == 403
    assert not own(company).exists()


def test_a_rep_reads_sql_that_holds_nobody_else(sign_in: SignIn) -> None:
    page = html.unescape(text(sign_in(Role.REP), "/catalogue/revenue/" + PERIOD))
    assert "Hugo Vastérin" in page
    for other in ("Camille Aubrenel", "Mathis Orvanel", "Grands comptes"):
        assert other not in page


def test_in_english(sign_in: SignIn, company: Workspace) -> None:
    client = sign_in(Role.DIRECTOR)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    assert f"Your data answer all {len(company.catalogue.kpis)} KPIs" in text(client, "/catalogue/")
    page = posted(client, "/catalogue/new/preview/", formula="sum(amout)")
    assert 'Did you mean "amount"?' in page
    assert "character 5" in page


def test_while_a_formula_is_wrong_nothing_else_is_told(director: Client) -> None:
    page = posted(director, "/catalogue/new/preview/", formula="sum(amout)", label_fr="", definition_fr="")
    assert "« amount »" in page
    assert "1 point à corriger" in page
