"""Each check on rows one can count; the expected outcome is written by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from hashlib import md5

import pytest

from cadran.errors import MappingError
from cadran.tables.model import SALES_MODEL

from .importing import HEADER, KEYED_SALES, SALES, stage_files

DEALS = """
to:
  opportunities:
    opportunity_id: id
    outcome: outcome
    kind: kind
    first_contact_on: first
    closed_on: closed
    amount: amount
    probability: probability
"""
DEALS_HEADER = "id,outcome,kind,first,closed,amount,probability\n"


def _bit(table: str, column: str) -> int:
    return 1 << SALES_MODEL[table].position(column)


def test_a_clean_row_has_nothing_to_say() -> None:
    staged = stage_files({"v.csv": HEADER + "F1;31/12/2025;ACME;Léa;1 234,50 €\n"}, KEYED_SALES)
    assert staged.only == [
        {
            "row_key": "F1",
            "sale_id": "F1",
            "sold_on": date(2025, 12, 31),
            "account_id": "ACME",
            "rep_id": "Léa",
            "amount": Decimal("1234.5"),
            "currency": "EUR",
            "doubts": 0,
        }
    ]
    assert staged.quarantine == []
    assert staged.remarks == {}


def test_every_reason_of_a_row_is_given_with_its_line_and_its_text() -> None:
    staged = stage_files({"v.csv": HEADER + "F1;31/12/2025;A;L;10\n;31/02/2025;A;L;abc\n"}, KEYED_SALES)
    (row,) = staged.quarantine
    assert (row["file_no"], row["line"], row["table"]) == (0, 3, "sales")
    assert row["original"] == ";31/02/2025;A;L;abc"
    assert row["cells"] == {"Facture": "", "Date": "31/02/2025", "Client": "A", "Commercial": "L", "Montant": "abc"}
    assert staged.codes == [
        [("missing_value", "sale_id"), ("impossible_date", "sold_on"), ("unreadable_number", "amount")]
    ]
    said = [reason["message_fr"] for reason in row["reasons"]]
    assert said[1] == "Date de vente : « 31/02/2025 » n’existe pas dans le calendrier."
    assert said[2] == "Montant HT : « abc » ne se lit pas comme un nombre."
    assert row["reasons"][2]["value"] == "abc"


@pytest.mark.parametrize(
    ("row", "reasons"),
    [
        ("1,won,new,,,,", []),
        (",won,new,,,,", [("missing_value", "opportunity_id")]),
        ("1,,new,,,,", [("missing_value", "outcome")]),
        ("1,peut-être,new,,,,", [("unknown_choice", "outcome")]),
        ("1,won,new,demain,,,", [("unreadable_date", "first_contact_on")]),
        ("1,won,new,30/02/2025,,,", [("impossible_date", "first_contact_on")]),
        ("1,won,new,0001-01-01,,,", [("date_too_old", "first_contact_on")]),
        ("1,won,new,,,12 k,", [("unreadable_number", "amount")]),
        ("1,won,new,,,999999999999999,", [("number_too_large", "amount")]),
        ("1,won,new,,,,140 %", [("share_out_of_range", "probability")]),
        ("1,won,new,,,,-1", [("share_out_of_range", "probability")]),
    ],
)
def test_an_error_sends_a_deal_to_quarantine(row: str, reasons: list[tuple[str, str]]) -> None:
    staged = stage_files({"d.csv": DEALS_HEADER + row + "\n"}, DEALS)
    assert staged.codes == ([reasons] if reasons else [])
    assert len(staged.only) == (0 if reasons else 1)


def test_a_sale_of_an_unknown_kind_is_not_taken_for_an_invoice() -> None:
    text = "n,date,amount,kind,cur\n1,2025-01-01,10,Avoir,EUR\n2,2025-01-01,10,Devis,EUR\n3,2025-01-01,10,,ZZZ\n"
    mapping = "to: {sales: {sale_id: n, sold_on: date, amount: amount, kind: kind, currency: cur}}"
    staged = stage_files({"v.csv": text}, mapping)
    assert [row["kind"] for row in staged.only] == ["credit_note"]
    assert staged.codes == [[("unknown_choice", "kind")], [("unknown_currency", "currency")]]


def test_the_currency_beside_an_amount_is_the_row_s_and_may_not_contradict_it() -> None:
    text = "n,amount,cur\n1,$10,\n2,$10,USD\n3,$10,EUR\n4,10,\n5,10,GBP\n6,(10 CHF),\n"
    staged = stage_files({"v.csv": text}, "to: {sales: {sale_id: n, amount: amount, currency: cur}}")
    assert [(row["sale_id"], row["currency"]) for row in staged.only] == [
        ("1", "USD"),
        ("2", "USD"),
        ("4", "EUR"),
        ("5", "GBP"),
        ("6", "CHF"),
    ]
    assert staged.codes == [[("currency_conflict", "currency")]]


def test_dates_out_of_order_load_with_the_first_in_doubt() -> None:
    text = DEALS_HEADER + "1,won,new,2025-05-01,2025-04-01,10,\n2,won,new,2025-04-01,2025-04-01,10,\n"
    staged = stage_files({"d.csv": text}, DEALS)
    assert [row["doubts"] for row in staged.only] == [_bit("opportunities", "first_contact_on"), 0]
    assert staged.remarks == {("dates_out_of_order", "first_contact_on"): 1}
    (warning,) = staged.stage.warnings
    assert warning.example == "l. 2 : 2025-05-01 > 2025-04-01"


def test_a_date_more_than_ten_years_ahead_is_in_doubt() -> None:
    staged = stage_files(
        {"d.csv": DEALS_HEADER + "1,won,new,2026-01-02,2036-01-15,,\n2,won,new,2026-01-02,2036-01-16,,\n"}, DEALS
    )
    assert [row["doubts"] for row in staged.only] == [0, _bit("opportunities", "closed_on")]
    assert staged.remarks == {("far_future", "closed_on"): 1}


def test_an_end_in_the_far_future_means_no_end() -> None:
    text = "rep,team,from,to\nR,T,2025-01-01,9999-12-31\n"
    staged = stage_files(
        {"m.csv": text}, "to: {memberships: {rep_id: rep, team_id: team, starts_on: from, ends_on: to}}"
    )
    assert staged.only[0]["doubts"] == 0
    assert staged.only[0]["row_key"] == "R\x1fT\x1f2025-01-01"


def test_an_unknown_word_of_an_optional_choice_leaves_the_row_in_without_it() -> None:
    staged = stage_files({"d.csv": DEALS_HEADER + "1,won,Nouvelle,2026-01-02,,,\n2,won,bizarre,2026-01-02,,,\n"}, DEALS)
    assert [(row.get("kind"), row["doubts"]) for row in staged.only] == [
        ("new", 0),
        (None, _bit("opportunities", "kind")),
    ]
    assert staged.remarks == {("unknown_choice", "kind"): 1}
    assert staged.stage.warnings[0].example == "l. 3 : bizarre"


def test_decimals_beyond_four_are_rounded_and_told() -> None:
    staged = stage_files(
        {"v.csv": "n,amount\n1,0.00005\n2,0.00015\n3,12.5\n"}, "to: {sales: {sale_id: n, amount: amount}}"
    )
    assert [row["amount"] for row in staged.only] == [0, Decimal("0.0002"), Decimal("12.5")]
    assert staged.remarks == {("rounded", "amount"): 2}


def test_probabilities_written_as_percentages_in_any_file_are_shares() -> None:
    rows = ["1,won,new,,,,75", "2,won,new,,,,1", "3,won,new,,,,0"]
    whole = stage_files({"d.csv": DEALS_HEADER + "\n".join(rows) + "\n"}, DEALS)
    apart = stage_files({f"d{i}.csv": DEALS_HEADER + row + "\n" for i, row in enumerate(rows)}, DEALS)
    expected = [Decimal("0.75"), Decimal("0.01"), Decimal(0)]
    assert [row["probability"] for row in whole.only] == [row["probability"] for row in apart.only] == expected


def test_shares_of_one_stay_shares() -> None:
    text = DEALS_HEADER + '1,won,new,,,,"0,5"\n2,won,new,,,,1\n3,won,new,,,,25 %\n'
    assert [row["probability"] for row in stage_files({"d.csv": text}, DEALS).only] == [
        Decimal("0.5"),
        1,
        Decimal("0.25"),
    ]


def test_the_same_key_twice_with_different_contents_quarantines_all_of_them() -> None:
    staged = stage_files({"v.csv": HEADER + "F1;;A;;10\nF2;;B;;20\nF1;;A;;11\n"}, KEYED_SALES)
    assert [row["row_key"] for row in staged.only] == ["F2"]
    assert staged.codes == [[("key_twice", "sale_id")], [("key_twice", "sale_id")]]
    assert "(l. 2, 4)" in staged.quarantine[0]["reasons"][0]["message_fr"]


def test_the_same_key_twice_with_the_same_contents_is_one_row() -> None:
    staged = stage_files({"v.csv": HEADER + "F1;02/03/2026;A;L;10\nF1;02/03/2026;A ;L;10,00\n"}, KEYED_SALES)
    assert [row["row_key"] for row in staged.only] == ["F1"]
    assert staged.stage.tallies[0].collapsed == 1
    assert staged.remarks == {("repeated_row", None): 1}


def test_identical_lines_without_a_key_are_all_kept() -> None:
    staged = stage_files({"v.csv": HEADER + "F1;02/03/2026;A;L;10\n" * 3}, SALES)
    keys = [row["row_key"] for row in staged.only]
    assert keys == [keys[0], f"{keys[0]}-2", f"{keys[0]}-3"]
    assert [row["sale_id"] for row in staged.only] == keys
    assert staged.remarks == {("duplicate_line", None): 2}


def test_a_key_made_from_contents_never_changes() -> None:
    """The MD5 of order, document, kind ... currency in the model's order, parted by U+001F; written out here by hand.
    A new column of the model must leave it as it is, or every file imported again would be loaded twice."""
    said = "\x1fF1\x1f\x1f\x1f\x1fACME\x1fLéa\x1f\x1f2026-03-02\x1f\x1f-12.5000\x1f\x1f\x1fEUR"
    staged = stage_files({"v.csv": HEADER + "F1;02/03/2026;ACME;Léa;(12,50)\n"}, SALES)
    assert staged.only[0]["row_key"] == md5(said.encode()).hexdigest()


def test_unknown_names_are_listed_and_not_doubtful() -> None:
    mapping = (
        "to:\n  sales: {sale_id: n, account_id: client, amount: amount}\n  accounts: {account_id: known, derived: no}\n"
    )
    staged = stage_files({"v.csv": "n,client,known,amount\n1,A,A,10\n2,Z,B,10\n3,Z,C,10\n"}, mapping)
    (names,) = staged.stage.unknown
    assert (names.table, names.column, names.rows, names.count, names.names) == ("sales", "account_id", 2, 1, ("Z",))
    assert staged.remarks == {("unknown_reference", "account_id"): 2}
    assert [row["doubts"] for row in staged.rows["sales"]] == [0, 0, 0]


def test_nobody_is_unknown_while_the_table_is_empty() -> None:
    staged = stage_files({"v.csv": HEADER + "F1;;A;L;10\n"}, SALES)
    assert staged.stage.unknown == ()


def test_a_formula_in_a_cell_is_only_a_text() -> None:
    staged = stage_files({"v.csv": HEADER + "F1;;=cmd|' /C calc'!A0;@SUM(1);10\n"}, SALES)
    assert staged.only[0]["account_id"] == "=cmd|' /C calc'!A0"
    assert staged.only[0]["rep_id"] == "@SUM(1)"


def test_ids_are_trimmed_and_folded_with_their_case_kept() -> None:
    staged = stage_files({"v.csv": HEADER + "F1;;  Acme\u00a0 SA ;\u202fLéa ;10\n"}, SALES)
    assert (staged.only[0]["account_id"], staged.only[0]["rep_id"]) == ("Acme SA", "Léa")


def test_an_amount_with_tax_is_refused_until_the_mapping_takes_the_tax_out() -> None:
    text = "n;Montant TTC\n1;12,00\n2;-0,03\n3;100\n4;\n"
    with pytest.raises(MappingError) as error:
        stage_files({"v.csv": text}, "to: {sales: {sale_id: n, amount: Montant TTC}}")
    assert error.value.code == "amount_with_tax"
    staged = stage_files({"v.csv": text}, "tax: {rate: 0.20}\nto: {sales: {sale_id: n, amount: Montant TTC}}")
    assert [row["amount"] for row in staged.only] == [Decimal("10"), Decimal("-0.025"), Decimal("83.3333")]
    assert staged.codes == [[("missing_value", "amount")]]


def test_tax_is_taken_out_half_even() -> None:
    # 0.0003 / 1.2 = 0.00025 -> 0.0002; 0.0009 / 1.2 = 0.00075 -> 0.0008
    text = "n,gross\n1,0.0003\n2,0.0009\n3,-0.0003\n"
    staged = stage_files({"v.csv": text}, "tax: {rate: 0.20}\nto: {sales: {sale_id: n, amount: gross}}")
    assert [row["amount"] for row in staged.only] == [Decimal("0.0002"), Decimal("0.0008"), Decimal("-0.0002")]


def test_formulas_constants_filters_and_translations() -> None:
    text = (
        "id;Qté;Prix unitaire;Statut;Le\n"
        "1;3;1 000,25;Gagné;2025.31.12\n"
        "2;2;10;Test;2025.31.12\n"
        "3;x;10;En attente;2025.31.12\n"
    )
    mapping = """
decimal: ","
to:
  opportunities:
    opportunity_id: id
    amount: {formula: "Qté * Prix_unitaire"}
    outcome: {header: Statut, values: {Gagné: won}, otherwise: open}
    closed_on: {header: Le, date: "%Y.%d.%m"}
    currency: {constant: €}
    where: "Statut <> 'Test'"
"""
    staged = stage_files({"d.csv": text}, mapping)
    assert staged.only == [
        {
            "row_key": "1",
            "opportunity_id": "1",
            "amount": Decimal("3000.75"),
            "outcome": "won",
            "closed_on": date(2025, 12, 31),
            "currency": "EUR",
            "doubts": 0,
        }
    ]
    assert staged.stage.tallies[0].filtered == 1
    assert staged.codes == [[("unreadable_number", "amount")]]
    assert staged.quarantine[0]["reasons"][0]["value"] == "Prix_unitaire = 10, Qté = x"


def test_a_translation_without_a_header_finds_the_column_that_holds_its_words() -> None:
    text = "id,deal_stage\n1,Won\n2,Lost\n3,Engaging\n"
    mapping = "to: {opportunities: {opportunity_id: id, outcome: {values: {Won: won, Lost: lost}, otherwise: open}}}"
    assert [row["outcome"] for row in stage_files({"d.csv": text}, mapping).only] == ["won", "lost", "open"]


def test_decimal_sign_and_order_of_days_are_proven_by_the_cells() -> None:
    text = "n;amount;cost;on;due\n1;1,5;1.125;03/04/2025;12/31/2025\n2;1.234;2.5;31/12/2025;03/04/2025\n"
    mapping = "to: {sales: {sale_id: n, amount: amount, cost: cost, sold_on: on}}"
    rows = stage_files({"v.csv": text}, mapping).only
    assert [row["amount"] for row in rows] == [Decimal("1.5"), 1234]
    assert [row["cost"] for row in rows] == [Decimal("1.125"), Decimal("2.5")]
    assert [row["sold_on"] for row in rows] == [date(2025, 4, 3), date(2025, 12, 31)]
    other = stage_files({"v.csv": text}, mapping.replace("sold_on: on", "sold_on: due")).only
    assert [row["sold_on"] for row in other] == [date(2025, 12, 31), date(2025, 3, 4)]


@pytest.mark.parametrize(
    ("mapping", "codes"),
    [
        ("to: {sales: {sale_id: nn, amount: amount}}", ["unknown_header"]),
        ("to: {sales: {sale_id: n, amount: {formula: 'qty * amount'}}}", ["unknown_name"]),
        ('to: {sales: {sale_id: n, amount: {formula: "lower(n)"}}}', ["formula_nature"]),
        ("to: {sales: {sale_id: n, amount: amount, kind: {constant: devis}}}", ["unreadable_constant"]),
        ("to: {sales: {sale_id: x, amount: y}}", ["unknown_header", "unknown_header"]),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_with_all_its_problems(mapping: str, codes: list[str]) -> None:
    with pytest.raises(MappingError) as error:
        stage_files({"v.csv": "n,amount\nabc,10\n"}, mapping)
    assert [issue.code for issue in error.value.issues] == codes


def test_a_row_is_kept_out_of_a_table_only_by_that_table_s_columns() -> None:
    text = "n,rep,name,hired,amount\n1,R1,Léa,2020-01-01,abc\n2,R2,Paul,31/02/2020,10\n"
    mapping = """
to:
  sales: {sale_id: n, rep_id: rep, amount: amount}
  reps: {rep_id: rep, name: name, hired_on: hired}
"""
    staged = stage_files({"v.csv": text}, mapping)
    assert [row["row_key"] for row in staged.rows["sales"]] == ["2"]
    assert [row["row_key"] for row in staged.rows["reps"]] == ["R1"]
    assert [(row["table"], row["line"]) for row in staged.quarantine] == [("sales", 2), ("reps", 3)]


def test_inferred_records_take_the_value_most_lines_give() -> None:
    names = ["R1,Léa", "R1,L. Martin", "R1,Léa", "R2,Paul", ",", "R1,"]
    text = "rep,name,amount\n" + "".join(f"{name},10\n" for name in names)
    mapping = "to:\n  sales: {rep_id: rep, amount: amount}\n  reps: {rep_id: rep, name: name}\n"
    staged = stage_files({"v.csv": text}, mapping)
    assert [(row["rep_id"], row["name"]) for row in staged.rows["reps"]] == [("R1", "Léa"), ("R2", "Paul")]
    (tally,) = [each for each in staged.stage.tallies if each.table == "reps"]
    assert (tally.read, tally.skipped, tally.collapsed, tally.quarantined) == (6, 1, 3, 0)
    assert staged.remarks[("several_versions", None)] == 1


def test_a_record_of_its_own_file_wins_over_an_inferred_one() -> None:
    mapping = """
to:
  sales: {rep_id: rep, amount: amount}
  reps:
    - {rep_id: rep}
    - {rep_id: rep, name: name, derived: no, where: "amount > 50"}
"""
    staged = stage_files({"v.csv": "rep,name,amount\nR1,Léa,100\nR1,Léa,10\nR2,Paul,10\n"}, mapping)
    relations = {each.derived: each.relation for each in staged.stage.staged if each.table == "reps"}
    assert set(relations) == {True, False}
    (tally,) = [each for each in staged.stage.tallies if each.table == "reps"]
    assert (tally.read, tally.filtered, tally.collapsed) == (6, 2, 2)
