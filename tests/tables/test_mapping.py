"""Mapping files: what they say, every problem at once, and the same mapping back after writing."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadran.errors import MappingError
from cadran.tables.contract import Column, Table, Type
from cadran.tables.mapping import ColumnMapping, FileMapping, TableMapping, find_header, fold
from cadran.tables.mapping_file import dump_mapping, load_mapping, parse_mapping
from cadran.tables.model import SALES_MODEL

PIPELINE = """
file: "sales_pipeline*.csv"
to:
  opportunities:
    opportunity_id: opportunity_id
    rep_id: sales_agent
    outcome: {values: {Won: won, Lost: lost}, otherwise: open}
    amount: close_value
    first_contact_on: engage_date
    created_on: engage_date
    closed_on: close_date
  reps: {rep_id: sales_agent, name: sales_agent}        # distinct keys of the same file
"""


def test_the_mapping_of_the_architecture_page(tmp_path: Path) -> None:
    path = tmp_path / "maven.yaml"
    path.write_text(PIPELINE, encoding="utf-8")
    mapping = load_mapping(path)
    deals, reps = mapping.tables
    assert (mapping.name, mapping.pattern) == ("maven", "sales_pipeline*.csv")
    assert deals.columns["outcome"] == ColumnMapping(values=(("Won", "won"), ("Lost", "lost")), otherwise="open")
    assert deals.columns["amount"] == ColumnMapping(header="close_value")
    assert not deals.derived
    assert reps == TableMapping(
        "reps", {"rep_id": ColumnMapping("sales_agent"), "name": ColumnMapping("sales_agent")}, derived=True
    )


def test_every_form() -> None:
    mapping = parse_mapping(
        """
name: Factures
sheet: Ventes
decimal: ","
day_first: yes
tax: {rate: 0.20}
to:
  sales:
    - amount: {header: Montant TTC, tax: {rate: 0.055}}
      sold_on: {header: "Date d'émission", date: "%d/%m/%Y"}
      kind: {constant: invoice}
      cost: {formula: "quantity * unit_cost"}
      where: "type = 'F'"
    - {amount: Montant, kind: {constant: credit_note}}
  reps: {rep_id: Vendeur, derived: false}
""",
        "nom du fichier",
    )
    invoices, credit_notes, reps = mapping.tables
    assert (mapping.name, mapping.sheet, mapping.decimal, mapping.day_first) == ("Factures", "Ventes", ",", True)
    assert mapping.tax_rate == Decimal("0.20")
    assert invoices.columns["amount"] == ColumnMapping(header="Montant TTC", tax_rate=Decimal("0.055"))
    assert invoices.columns["sold_on"] == ColumnMapping(header="Date d'émission", date="%d/%m/%Y")
    assert invoices.columns["cost"] == ColumnMapping(formula="quantity * unit_cost")
    assert invoices.where == "type = 'F'"
    assert credit_notes.columns["kind"] == ColumnMapping(constant="credit_note")
    assert not reps.derived


def test_every_problem_at_once_with_what_was_meant() -> None:
    with pytest.raises(MappingError) as refused:
        parse_mapping(
            """
fil: "*.csv"
decimal: ";"
tax: {rate: 20}
to:
  oportunities: {opportunity_id: Id}
  opportunities:
    amuont: Value
    outcome: {values: {Gagné: gagné}}
    closed_on: {header: Fermé le, constant: "2025-01-01", date: DD/MM/YYYY}
    stage: {valeurs: {a: b}}
  sales: Montant
""",
            "faux",
        )
    said = [(issue.code, issue.to("en")) for issue in refused.value.issues]
    for code, text in [
        ("unknown_key", '"fil" means nothing here. Did you mean "file"?'),
        ("wrong_value", '"decimal"'),
        ("wrong_tax", "{rate: 0.20}"),
        ("unknown_table", 'no table "oportunities". Did you mean "opportunities"?'),
        ("unknown_column", 'no column "amuont". Did you mean "amount"?'),
        ("missing_column", 'needs the column "opportunity_id"'),
        ("wrong_column", '"gagné" is not one of open, won, lost'),
        ("wrong_column", "only one of header, constant and formula"),
        ("wrong_column", '"date" is a format'),
        ("unknown_key", '"valeurs" means nothing here. Did you mean "values"?'),
        ("not_a_mapping", '"sales": pairs'),
    ]:
        assert any(found == code and text in message for found, message in said), (code, text, said)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a",
        "to: [",
        "a: &x 1\nb: *x",
        "to: {reps: {rep_id: a, rep_id: b}}",
        "? [a]\n: b",
        "to: {reps: !!python/object:x {}}",
    ],
)
def test_anything_else_is_one_clear_error(text: str) -> None:
    with pytest.raises(MappingError):
        parse_mapping(text, "faux")


def test_keyless_tables_need_no_key() -> None:
    (sales,) = parse_mapping("to: {sales: {amount: HT}}", "x").tables
    assert sales.columns == {"amount": ColumnMapping(header="HT")}


def test_headers_match_whatever_their_accents_case_and_apostrophes() -> None:
    headers = ("Étape", "Propriétaire de l’opportunité", "Montant\u00a0HT", "etape")
    assert find_header(headers, "etape") == 3
    assert find_header(headers, "ETAPE") == 0
    assert find_header(headers, "propriétaire de l'opportunité") == 1
    assert find_header(headers, "montant ht") == 2
    assert find_header(headers, "montant ttc") is None
    assert fold("  L’Œuvre  ") == "l'œuvre"


# --- whatever is written is read back the same

words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
rates = st.none() | st.decimals(0, "0.99", places=3)


def column_mappings(column: Column) -> st.SearchStrategy[ColumnMapping]:
    ours = st.sampled_from(column.choices) if column.choices else words
    dates = st.sampled_from(["%d/%m/%Y", "%Y%m%d"]) if column.type in (Type.DATE, Type.TIMESTAMP) else st.none()
    translated = st.dictionaries(words, ours, min_size=1, max_size=3).map(lambda pairs: tuple(pairs.items()))
    tax = rates if column.type is Type.MONEY else st.none()
    return st.one_of(
        st.builds(ColumnMapping, header=words, date=st.none() | dates, tax_rate=tax),
        st.builds(ColumnMapping, constant=words),
        st.builds(ColumnMapping, formula=words, tax_rate=tax),
        st.builds(ColumnMapping, header=st.none() | words, values=translated, otherwise=st.none() | ours),
    )


@st.composite
def table_mappings(draw: st.DrawFn, table: Table) -> TableMapping:
    optional = draw(st.sets(st.sampled_from(table.column_names), max_size=4))
    names = [name for name in table.column_names if name in optional or name in table.required]
    columns = {name: draw(column_mappings(table[name])) for name in names}
    return TableMapping(table.name, columns, draw(st.none() | words), draw(st.booleans()))


@st.composite
def file_mappings(draw: st.DrawFn) -> FileMapping:
    names = draw(st.lists(st.sampled_from(sorted(SALES_MODEL)), min_size=1, max_size=3, unique=True))
    tables = [
        fill for name in names for fill in draw(st.lists(table_mappings(SALES_MODEL[name]), min_size=1, max_size=2))
    ]
    return FileMapping(
        draw(words),
        tuple(tables),
        draw(st.none() | words),
        draw(st.none() | words),
        draw(st.sampled_from([None, ",", "."])),
        draw(st.sampled_from([None, True, False])),
        draw(rates),
    )


@settings(max_examples=50, deadline=None)
@given(mapping=file_mappings())
def test_what_is_written_is_read_back_the_same(mapping: FileMapping) -> None:
    assert parse_mapping(dump_mapping(mapping), "other") == mapping
