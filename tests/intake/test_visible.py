"""What is loaded and yet counts for less is told: empty cells, names no record knows, lines that repeat another."""

from __future__ import annotations

from pathlib import Path

import pytest

from cadran.intake.load import import_files
from cadran.intake.report import ImportReport
from cadran.present.import_report import document
from cadran.workspace import Workspace

from .importing import HEADER, KEYED_SALES, SALES, company, contents, import_text, stage_files

PRODUCTS = "to: {products: {product_id: Code, name: Nom}}"
REPS = "to: {reps: {rep_id: Code, name: Nom}}"
FACTS = """
to:
  sales: {sale_id: n, rep_id: rep, product_id: article, amount: amount}
  products: {product_id: article, name: article}
  reps: {rep_id: rep, name: name}
"""
LINES = "n,rep,name,article,amount\n1,R1,Léa,GTX,10\n2,R1,Léa,GTXPro,20\n3,R2,Paul,GTXPro,30\n4,R1,Léa,,40\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return company(tmp_path)


def _remarks(report: ImportReport) -> dict[tuple[str, str, str | None], tuple[int, str]]:
    return {(each.table, each.code, each.column): (each.rows, each.example) for each in report.warnings}


def _keys(workspace: Workspace, table: str) -> list[str]:
    return [row[0] for row in contents(workspace, table)]


# -- empty cells -------------------------------------------------------------------------------------------------


def test_facts_without_client_rep_or_date_are_counted_with_their_first_line(workspace: Workspace) -> None:
    lines = ["F1;02/03/2026;A;Léa;10", "F2;02/03/2026;;Léa;10", "F3;;;Léa;10", "F4;02/03/2026;A;;10"]
    report = import_text(workspace, HEADER + "\n".join(lines) + "\n", KEYED_SALES)
    assert report.loaded == 4
    assert _remarks(report) == {
        ("sales", "empty_cell", "account_id"): (2, "l. 3"),
        ("sales", "empty_cell", "rep_id"): (1, "l. 5"),
        ("sales", "empty_cell", "sold_on"): (1, "l. 4"),
    }
    assert {row[-1] for row in contents(workspace)} == {0}, "nothing is doubtful"


def test_the_remarks_say_what_the_rows_count_for(workspace: Workspace) -> None:
    report = import_text(workspace, HEADER + "F1;;;;10\n", KEYED_SALES)
    assert [each.message.fr for each in report.warnings] == [
        "Client : cellule vide ; la ligne compte pour l’entreprise, mais pour aucun client.",
        "Commercial : cellule vide ; la ligne ne nomme aucun commercial.",
        "Date de vente : cellule vide ; la ligne est chargée, mais n’entre dans aucune période par cette date.",
    ]
    assert [each.message.en for each in report.warnings] == [
        "Account: empty cell; the row counts for the company, but for no client.",
        "Rep: empty cell; the row names no rep.",
        "Sold on: empty cell; the row is loaded, but falls in no period by this date.",
    ]
    assert len(document(report, "fr")["remarks"]) == 3


def test_a_column_that_the_file_does_not_have_is_not_remarked() -> None:
    staged = stage_files(
        {"v.csv": "n,client,amount\n1,A,10\n2,,10\n"}, "to: {sales: {account_id: client, amount: amount}}"
    )
    assert staged.remarks == {("empty_cell", "account_id"): 1}


def test_deals_without_a_date_of_creation_are_counted_and_leads_are_no_clients_yet() -> None:
    mapping = "to: {opportunities: {opportunity_id: n, account_id: client, created_on: on, outcome: is}}"
    deals = stage_files({"d.csv": "n,client,on,is\n1,A,,open\n2,,2026-01-02,won\n3,,,open\n"}, mapping)
    assert deals.remarks == {("empty_cell", "account_id"): 2, ("empty_cell", "created_on"): 2}
    deals = stage_files({"d.csv": "n,client,on,is\n1,A,,won\n"}, mapping.replace("created_on", "first_contact_on"))
    assert deals.remarks == {("empty_cell", "first_contact_on"): 1}
    mapping = "to: {leads: {lead_id: n, account_id: client, rep_id: rep, first_contact_on: on}}"
    leads = stage_files({"l.csv": "n,client,rep,on\n1,,R1,\n2,A,,2026-01-02\n"}, mapping)
    assert leads.remarks == {("empty_cell", "rep_id"): 1, ("empty_cell", "first_contact_on"): 1}


def test_only_rows_that_are_loaded_count_as_lacking_a_cell() -> None:
    """F1 is kept once, F2 contradicts itself, F3 cannot be read."""
    lines = "F1;02/03/2026;;L;10\nF1;02/03/2026;;L;10\nF2;02/03/2026;;L;1\nF2;02/03/2026;;L;2\nF3;02/03/2026;;L;abc\n"
    staged = stage_files({"v.csv": HEADER + lines}, KEYED_SALES)
    assert staged.remarks == {("empty_cell", "account_id"): 1, ("repeated_row", None): 1}


def test_each_file_has_its_own_count() -> None:
    files = {"v.csv": HEADER + "F1;02/03/2026;;L;10\n", "w.csv": HEADER + "F2;02/03/2026;;L;10\nF3;02/03/2026;;L;1\n"}
    staged = stage_files(files, SALES)
    assert [(each.file_no, each.rows, each.example) for each in staged.stage.warnings] == [
        (0, 1, "l. 2"),
        (1, 2, "l. 2"),
    ]


# -- names no record knows ---------------------------------------------------------------------------------------


def test_without_a_table_of_their_own_records_are_inferred_from_facts(workspace: Workspace) -> None:
    report = import_text(workspace, LINES, FACTS)
    assert _keys(workspace, "products") == ["GTX", "GTXPro"]
    assert _keys(workspace, "reps") == ["R1", "R2"]
    assert report.unknown == ()


def test_a_product_that_the_store_s_own_table_does_not_hold_is_unknown(workspace: Workspace) -> None:
    import_text(workspace, "Code,Nom\nGTX,GTX Basic\n", PRODUCTS, "produits.csv")
    report = import_text(workspace, LINES, FACTS)
    assert _keys(workspace, "products") == ["GTX"]
    assert _keys(workspace, "reps") == ["R1", "R2"], "of reps there is still no other list"
    assert [(each.column, each.rows, each.names) for each in report.unknown] == [("product_id", 2, ("GTXPro",))]
    assert {count.table for count in report.counts} == {"sales", "reps"}
    assert sorted(row[8] or "" for row in contents(workspace)) == ["", "GTX", "GTXPro", "GTXPro"]


def test_a_table_of_the_same_import_is_enough_and_recognition_too(workspace: Workspace, tmp_path: Path) -> None:
    products, deals = tmp_path / "products.csv", tmp_path / "pipeline.csv"
    products.write_text("product,series,sales_price\nGTX Basic,GTX,550\nMG Special,MG,55\n", "utf-8")
    header = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
    lines = [
        "O1,Anna Snelling,GTX Basic,Cancity,Won,2016-10-20,2017-03-01,1054",
        "O2,Anna Snelling,GTXPro,Isdom,Won,2016-10-25,2017-03-11,4514",
        "O3,Zane Levy,GTXPro,Cancity,Lost,2016-10-25,2017-03-07,0",
        "O4,Zane Levy,MG Special,Codehow,Won,2016-10-26,2017-03-09,50",
    ]
    deals.write_text(header + "\n".join(lines) + "\n", "utf-8")
    report = import_files(workspace, [deals, products])
    assert sorted(_keys(workspace, "products")) == ["GTX Basic", "MG Special"]
    assert [(each.column, each.rows, each.names) for each in report.unknown] == [("product_id", 2, ("GTXPro",))]
    assert sorted(_keys(workspace, "reps")) == ["Anna Snelling", "Zane Levy"]


def test_what_was_inferred_earlier_is_no_record_once_the_table_is_delivered(workspace: Workspace) -> None:
    import_text(workspace, LINES, FACTS)
    import_text(workspace, "Code,Nom\nGTX,GTX Basic\n", PRODUCTS, "produits.csv")
    report = import_text(workspace, LINES.replace("40", "41"), FACTS)
    assert [(each.column, each.rows, each.names) for each in report.unknown] == [("product_id", 2, ("GTXPro",))]


def test_a_file_of_reps_still_tells_their_teams(workspace: Workspace) -> None:
    teams = "to: {teams: {team_id: team, name: team}}"
    import_text(workspace, "team\nNord\n", teams, "equipes.csv")
    both = "to: {reps: {rep_id: rep}, teams: {team_id: team, derived: yes}}"
    import_text(workspace, "rep,team\nR1,Nord\nR2,Sud\n", both, "reps.csv")
    assert _keys(workspace, "teams") == ["Nord", "Sud"]


def test_a_dry_run_tells_the_same_unknown_names(workspace: Workspace) -> None:
    import_text(workspace, "Code,Nom\nR1,Léa\n", REPS, "reps.csv")
    preview = import_text(workspace, LINES, FACTS, dry_run=True)
    assert [(each.column, each.names) for each in preview.unknown] == [("rep_id", ("R2",))]


# -- identical lines ---------------------------------------------------------------------------------------------


def test_identical_lines_repeat_every_cell_also_those_that_fill_nothing() -> None:
    """Lines 2, 3 and 6 are the same; 4 differs by its minute and 5 by its remark, though all five say the same sale."""
    mapping = "to: {sales: {document_id: n, sold_on: at, amount: amount}}"
    lines = ["1,2026-03-02 12:28,10,x"] * 2 + ["1,2026-03-02 12:29,10,x", "1,2026-03-02 12:28,10,y"]
    text = "n,at,amount,remark\n" + "\n".join([*lines, lines[0], "2,2026-03-02 12:28,10,x"]) + "\n"
    staged = stage_files({"v.csv": text}, mapping)
    assert len(staged.only) == 6
    (warning,) = staged.stage.warnings
    assert (warning.code, warning.rows, warning.example) == ("duplicate_line", 2, "l. 3")


def test_identical_lines_are_found_over_the_files_of_an_import() -> None:
    text = HEADER + "F1;02/03/2026;A;L;10\n"
    staged = stage_files({"v.csv": text, "w.csv": text + "F1;02/03/2026;A;L;10,00\n"}, SALES)
    assert [(each.file_no, each.code, each.rows) for each in staged.stage.warnings] == [(1, "duplicate_line", 1)]


def test_a_line_taken_by_two_fills_is_one_line() -> None:
    mapping = """
to:
  sales:
    - {document_id: n, amount: amount}
    - {document_id: n, amount: amount, where: "amount > 50"}
"""
    staged = stage_files({"v.csv": "n,amount\n1,100\n2,10\n"}, mapping)
    assert len(staged.only) == 3
    assert staged.remarks == {}
