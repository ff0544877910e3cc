"""Files that no preset knows: which table, which column, which conventions; and what is not to be taken on trust."""

from __future__ import annotations

from pathlib import Path

import pytest

from cadran.errors import IntakeError
from cadran.intake.read import read
from cadran.intake.recognition import Recognition
from cadran.intake.synonyms import language_of, nearness, synonyms, words
from cadran.tables.mapping import ColumnMapping, FileMapping
from cadran.tables.mapping_file import dump_mapping, parse_mapping
from cadran.tables.model import SALES_MODEL
from tests.intake.files import Reader, reader

__all__ = ["reader"]

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def recognised(reader: Reader, text: str, name: str = "file.csv", **options: object) -> Recognition:
    return reader.recognised(reader.read(text, name), **options)


def headers(recognition: Recognition, table: str) -> dict[str, str | None]:
    found = next(found for found in recognition.tables if found.table == table)
    return {column.column: column.header for column in found.columns}


LONE = (
    "Date;Client;Commercial;Famille produit;Produit;Qté;Montant HT;Montant TTC\n"
    "03/04/2025;Acme SARL;Léa Martin;Meubles;Bureau droit;2;1 200,50;1 440,60\n"
    "15/04/2025;Bêta Conseil;Paul Roux;Meubles;Chaise haute;1;80,00;96,00\n"
    "16/04/2025;Acme SARL;Léa Martin;Meubles;Chaise haute;3;240,00;288,00\n"
)


def test_a_lone_spreadsheet_gives_sales_and_whoever_they_name(reader: Reader) -> None:
    recognition = recognised(reader, LONE)
    assert headers(recognition, "sales") == {
        "account_id": "Client",
        "rep_id": "Commercial",
        "product_id": "Produit",
        "sold_on": "Date",
        "quantity": "Qté",
        "amount": "Montant HT",
    }
    assert headers(recognition, "reps") == {"rep_id": "Commercial", "name": "Commercial"}
    assert headers(recognition, "accounts") == {"account_id": "Client", "name": "Client"}
    assert headers(recognition, "products") == {
        "product_id": "Produit",
        "name": "Produit",
        "category": "Famille produit",
    }
    assert [table.derived for table in recognition.tables] == [False, True, True, True]
    assert recognition.unmapped == ("Montant TTC",)
    assert (recognition.day_first.value, recognition.decimal.value) == (True, ",")
    assert recognition.tables[0]["sold_on"].examples == ("03/04/2025", "15/04/2025", "16/04/2025")
    mapping = recognition.to_mapping()
    assert parse_mapping(dump_mapping(mapping), "x") == mapping


def test_codes_alone_name_nobody(reader: Reader) -> None:
    recognition = recognised(reader, "Date facture;Code client;Code commercial;Montant HT\n2025-01-01;CL001;CAU;10\n")
    assert [table.table for table in recognition.tables] == ["sales"]


def test_a_code_and_its_name_go_together(reader: Reader) -> None:
    rows = "".join(f"2025-01-{i:02d},C{i % 3},Client n{i % 3},PME,{i}\n" for i in range(1, 20))
    recognition = recognised(reader, "Invoice Date,Customer ID,Customer Name,Segment,Amount\n" + rows)
    assert headers(recognition, "sales")["account_id"] == "Customer ID"
    assert headers(recognition, "accounts") == {
        "account_id": "Customer ID",
        "name": "Customer Name",
        "segment": "Segment",
    }


def test_an_attribute_that_changes_from_row_to_row_is_not_the_clients(reader: Reader) -> None:
    rows = "".join(f"2025-01-{i:02d},C{i % 3},S{i},{i}\n" for i in range(1, 20))
    recognition = recognised(reader, "Invoice Date,Customer ID,Segment,Amount\n" + rows)
    assert "accounts" not in {table.table for table in recognition.tables}


# --- amounts with tax


def test_amounts_with_tax_are_never_taken_for_net_ones(reader: Reader) -> None:
    text = "Date facture;N° facture;Client;Commercial;Montant TTC\n01/02/2025;F1;Acme;Léa;120,00\n"
    recognition = recognised(reader, text)
    assert recognition.tables[0].table == "sales"
    assert recognition.missing == (("sales", "amount"),)
    with pytest.raises(IntakeError) as refused:
        recognition.to_mapping()
    assert [issue.code for issue in refused.value.issues] == ["missing_column", "amount_with_tax"]
    assert "tax: {rate: 0.20}" in refused.value.to("fr")


def test_the_net_column_is_preferred_wherever_it_stands(reader: Reader) -> None:
    text = "Montant TTC;Total HT;Date;Client\n120,00;100,00;31/12/2025;Acme\n"
    assert headers(recognised(reader, text), "sales")["amount"] == "Total HT"


def test_what_is_received_is_with_tax(reader: Reader) -> None:
    text = "Date règlement;N° facture;Montant TTC;Mode\n31/12/2025;F1;120,00;virement\n"
    recognition = recognised(reader, text, "reglements.csv")
    assert headers(recognition, "payments")["amount"] == "Montant TTC"


def test_invoices_whose_amount_nobody_knows_are_not_a_list_of_clients(reader: Reader) -> None:
    lines = "".join(f"F{n};{n % 9 + 1:02}/02/2025;C{n % 3};Acme {n % 3};Léa;{n},00\n" for n in range(12))
    text = f"N° facture;Date facture;Code client;Raison sociale;Commercial;Zorglub\n{lines}"
    recognition = recognised(reader, text)
    assert recognition.tables[0].table == "sales"
    assert recognition.missing == (("sales", "amount"),)


def test_a_list_of_clients_is_one_though_two_of_them_share_a_code(reader: Reader) -> None:
    lines = "".join(f"C{n % 11};Acme {n};Léa;ETI;{n % 9 + 1:02}/02/2025\n" for n in range(12))
    recognition = recognised(reader, f"Code client;Raison sociale;Commercial;Segment;Créé le\n{lines}")
    assert recognition.tables[0].table == "accounts"
    assert recognition.missing == ()


# --- dates and decimals, over whole columns


@pytest.mark.parametrize(
    ("header", "dates", "day_first", "proven"),
    [
        ("Date;Client;Montant HT", ["03/04/2025", "05/06/2025", "31/12/2025"], True, True),
        ("Date;Client;Montant HT", ["03/04/2025", "05/06/2025", "12/31/2025"], False, True),
        ("Date;Client;Montant HT", ["03/04/2025", "05/06/2025", "07/08/2025"], True, False),
        ("Date,Customer,Amount", ["03/04/2025", "05/06/2025", "07/08/2025"], False, False),
        ("Date,Customer,Amount", ["2025-04-03", "2025-06-05", "2025-08-07"], None, True),
    ],
)
def test_the_order_of_day_and_month(
    reader: Reader, header: str, dates: list[str], day_first: bool | None, proven: bool
) -> None:
    mark = ";" if ";" in header else ","
    recognition = recognised(reader, header + "\n" + "".join(f"{day}{mark}Acme{mark}{10}\n" for day in dates))
    assert recognition.day_first.value is day_first
    assert (recognition.day_first.confidence == 1) is proven
    assert [note.code for note in recognition.notes] == ([] if proven else ["ambiguous_dates"])
    assert recognition.to_mapping().day_first is day_first


@pytest.mark.parametrize(
    ("amounts", "decimal"),
    [
        (["1,250", "1,5", "12,000"], ","),
        (["1,250", "1,250.50", "12,000"], "."),
        (["1.250", "1.250,5"], ","),
        (["1 250,00"], ","),
    ],
)
def test_the_decimal_sign_is_that_of_the_column_not_of_a_cell(reader: Reader, amounts: list[str], decimal: str) -> None:
    rows = "".join(f"2025-01-01\tAcme\t{amount}\n" for amount in amounts)
    assert recognised(reader, "Date\tCustomer\tAmount\n" + rows).decimal.value == decimal


# --- deals


def test_a_stage_that_says_won_or_lost_is_the_outcome_and_else_open(reader: Reader) -> None:
    text = "N° affaire;Client;Étape;Date de clôture;Montant\n"
    text += "1;A;Gagné;01/02/2025;10\n2;B;Perdu;02/02/2025;20\n3;C;Négociation;15/09/2025;30\n4;D;Devis;16/09/2025;5\n"
    deals = recognised(reader, text).tables[0]
    assert deals["outcome"].mapping == ColumnMapping(
        "Étape", values=(("Gagné", "won"), ("Perdu", "lost")), otherwise="open"
    )
    assert deals["stage"].header == "Étape"
    assert deals["expected_close_on"].header == "Date de clôture"
    formula = "case when lower(Étape) in ('gagné', 'perdu') then Date_de_clôture end"
    assert deals["closed_on"].mapping.formula == formula


def test_a_status_with_a_word_for_open_leaves_unknown_words_to_quarantine(reader: Reader) -> None:
    rows = ["1;A;Gagnée;10", "2;B;Perdue;20", "3;C;En cours;30", "4;D;à requalifier;40"]
    deals = recognised(reader, "\n".join(["N° affaire;Client;Statut;Montant", *rows]) + "\n").tables[0]
    assert deals["outcome"].mapping.otherwise is None
    assert dict(deals["outcome"].mapping.values) == {"Gagnée": "won", "Perdue": "lost", "En cours": "open"}


def test_close_dates_of_decided_deals_only_are_close_dates(reader: Reader) -> None:
    rows = ["1,A,Won,2025-02-01,10", "2,B,Lost,2025-02-02,20", "3,C,Engaging,,", "4,D,Prospecting,,"]
    deals = recognised(reader, "\n".join(["deal_id,account,deal_stage,close_date,close_value", *rows]) + "\n").tables[0]
    assert deals["closed_on"].header == "close_date"
    assert "expected_close_on" not in deals


# --- reps, teams, objectives


def test_a_manager_column_makes_teams_from_the_beginning_of_time(reader: Reader) -> None:
    text = "sales_agent,manager,regional_office\nAnna Snelling,Dustin Brinkmann,Central\nZane Levy,Summer Sewald,West\n"
    recognition = recognised(reader, text)
    assert headers(recognition, "reps") == {"rep_id": "sales_agent", "name": "sales_agent"}
    assert headers(recognition, "teams") == {"team_id": "manager", "name": "manager"}
    memberships = recognition.tables[2]
    assert memberships["starts_on"].mapping == ColumnMapping(constant="1900-01-01")
    assert recognition.unmapped == ("regional_office",)


def test_a_team_column_with_its_manager_among_the_reps(reader: Reader) -> None:
    text = "Code commercial;Nom du commercial;Équipe;Responsable\nA1;Anne;Nord;A1\nA2;Paul;Nord;A1\nA3;Zoé;;\n"
    recognition = recognised(reader, text)
    assert headers(recognition, "teams") == {"team_id": "Équipe", "name": "Équipe", "manager_rep_id": "Responsable"}
    assert recognition.tables[1].where == "Équipe is not null"


def test_objectives_by_the_name_of_the_kpi(reader: Reader) -> None:
    text = "Indicateur;Niveau;Commercial;Période;Objectif\nChiffre d’affaires;Commercial;A1;2026-Q1;800 000\n"
    recognition = recognised(reader, text)
    assert recognition.tables[0]["kpi"].mapping.values == (("Chiffre d’affaires", "revenue"),)


def test_a_sheet_of_quotas_is_about_the_revenue_of_those_it_lists(reader: Reader) -> None:
    targets = recognised(reader, "Commercial;Trimestre;Quota\nAnne;2026-Q1;80000\nPaul;2026-Q1;90000\n").tables[0]
    assert targets.table == "targets"
    assert targets["kpi"].mapping.constant == "revenue"
    assert targets["scope"].mapping.constant == "rep"
    assert targets["kpi"].confidence < 0.7


def test_an_amount_of_quantity_and_price(reader: Reader) -> None:
    sales = recognised(reader, "Invoice,InvoiceDate,Quantity,Price,Customer ID\n1,2025-01-01,2,3.50,7\n").tables[0]
    assert sales["amount"].mapping == ColumnMapping(formula="Quantity * Price")


# --- remembered, forced, unknown


def test_what_was_corrected_once_is_remembered_first(reader: Reader) -> None:
    kept = FileMapping(
        "Mes ventes",
        parse_mapping("to: {sales: {amount: Montant TTC, sold_on: date}}", "x").tables,
        pattern="ventes_*.csv",
    )
    taken = recognised(reader, LONE, "Ventes_2025.csv", remembered=[kept])
    assert (taken.origin, taken.name, taken.confidence) == ("remembered", "Mes ventes", 1.0)
    assert taken.to_mapping() is kept
    assert recognised(reader, LONE, "autres.csv", remembered=[kept]).origin == "content"
    other = "Jour;Client;Montant TTC;Montant HT\n31/12/2025;Acme;12;10\n"
    assert recognised(reader, other, "ventes_2026.csv", remembered=[kept]).origin == "content"


def test_one_table_can_be_asked_for(reader: Reader) -> None:
    recognition = recognised(reader, LONE, table="accounts")
    assert [table.table for table in recognition.tables] == ["accounts"]


def test_a_file_of_nothing_we_know(reader: Reader) -> None:
    recognition = recognised(reader, "Table,Field,Description\naccounts,account,Company name\n")
    assert (recognition.origin, recognition.tables) == ("none", ())
    with pytest.raises(IntakeError) as refused:
        recognition.to_mapping()
    assert refused.value.code == "unrecognised_file"
    assert "Table, Field, Description" in str(refused.value)


def test_misspelt_headers_are_taken_with_less_confidence(reader: Reader) -> None:
    recognition = recognised(reader, "Date de factration;Clients;Comercial;Montant H.T.\n31/12/2025;Acme;Anne;10,00\n")
    sales = recognition.tables[0]
    assert (sales.table, sales["sold_on"].header) == ("sales", "Date de factration")
    assert 0.6 < sales["sold_on"].confidence < 0.9


# --- files whose rows are made while they are read


FEC = (
    "JournalCode|JournalLib|EcritureNum|EcritureDate|CompteNum|CompteLib|CompAuxNum|CompAuxLib|PieceRef|PieceDate|"
    "EcritureLib|Debit|Credit|EcritureLet|DateLet|ValidDate|Montantdevise|Idevise\n"
    "VE|Ventes|1|20250115|411000|Clients|ACME|Acme SARL|F1|20250115|Facture|000000001200,00|0,00||||||\n"
    "VE|Ventes|1|20250115|706000|Prestations|||F1|20250115|Facture|0,00| 000000001000,00||||||\n"
    "VE|Ventes|1|20250115|445710|TVA|||F1|20250115|Facture|0,00|000000000200,00||||||\n"
    "VE|Ventes|2|20250120|709000|Remises|||AV1|20250120|Avoir|50,00|0,00||||||\n"
    "VE|Ventes|2|20250120|411BETA|Bêta||Bêta|AV1|20250120|Avoir|0,00|60,00||||||\n"
    "AC|Achats|1|20250121|607000|Achats|||A1|20250121|Achat|10,00|0,00||||||\n"
    "VE|Ventes|3|20250122|707000|Ventes|||F2|20250122|Facture|0,00|illisible||||||\n"
)


def test_the_sales_of_an_accounting_file(reader: Reader) -> None:
    raw = reader.read(FEC, "123456789FEC20251231.txt")
    position = {header: i for i, header in enumerate(raw.headers, 1)}
    shown = ("Montant HT", "Client du 411", "Nom du client", "Type de pièce", "Nature")
    assert [(row[0], *(row[position[name]] for name in shown)) for row in reader.rows(raw)] == [
        (3, "1000.0000", "ACME", "Acme SARL", "Facture", "service"),
        (5, "-50.0000", "411BETA", "Bêta", "Avoir", "rebate"),
        (8, "illisible / 0,00", "", "", "Facture", "goods"),
    ]
    (left,) = raw.skipped
    assert (left.reason, left.rows, left.first_line) == ("not_a_sale", 4, 2)
    assert raw.lines_read == 7
    recognition = reader.recognised(raw)
    assert [table.table for table in recognition.tables][:2] == ["sales", "accounts"]
    assert recognition.tables[1].derived


def test_an_accounting_file_with_one_amount_and_its_side(reader: Reader) -> None:
    raw = reader.read(
        "JournalCode\tEcritureNum\tEcritureDate\tCompteNum\tCompAuxNum\tCompAuxLib\tMontant\tSens\n"
        "VE\t1\t20250115\t411000\tACME\tAcme\t120,00\tD\n"
        "VE\t1\t20250115\t707000\t\t\t100,00\tC\n"
        "VE\t2\t20250116\t411000\tACME\tAcme\t12,00\tC\n"
        "VE\t2\t20250116\t411000\tBETA\tBêta\t12,00\tC\n"
        "VE\t2\t20250116\t707000\t\t\t20,00\tD\n"
    )
    position = {header: i for i, header in enumerate(raw.headers, 1)}
    assert [(row[position["Montant HT"]], row[position["Client du 411"]]) for row in reader.rows(raw)] == [
        ("100.0000", "ACME"),
        ("-20.0000", ""),
    ]


def test_one_row_per_product_line_becomes_one_per_opportunity(reader: Reader) -> None:
    raw = reader.read(
        "Propriétaire de l'opportunité;Opportunity Number;Date de création;Date de clôture;Étape;Client Final;"
        "Nom du produit;Code du produit;Quantité;Prix de vente;Prix total\n"
        "Anne;OPP-1;01/02/2025;13/03/2025;Fermée gagnée;Acme;Bureau;P1;2;500,00;1 000,00\n"
        "Anne;OPP-1;01/02/2025;13/03/2025;Fermée gagnée;Acme;Chaise;P2;1;80,50;80,50\n"
        "Paul;OPP-2;02/02/2025;14/03/2025;Proposition;Bêta;Chaise;P2;1;80,50;80,50\n"
    )
    position = {header: i for i, header in enumerate(raw.headers, 1)}
    shown = ("Opportunity Number", "Code du produit", "Prix total", "Client Final")
    assert [(row[0], *(row[position[name]] for name in shown)) for row in reader.rows(raw)] == [
        (2, "OPP-1", "", "1080.5000", "Acme"),
        (4, "OPP-2", "P2", "80.5000", "Bêta"),
    ]
    assert [(lines.reason, lines.rows, lines.first_line) for lines in raw.skipped] == [("merged", 1, 3)]
    assert reader.recognised(raw).tables[0]["amount"].header == "Prix total"


def test_associated_records_with_their_ids(reader: Reader) -> None:
    raw = reader.read(
        "Record ID,Deal Name,Deal Stage,Close Date,Amount,Associated Company\n"
        "1,A,closedwon,2025-01-31,$1000,Acme (5551)\n2,B,closedlost,2025-01-31,£1001,Bêta (France) (5552)\n"
        "3,C,appointmentscheduled,2025-01-31,,\n"
    )
    assert [row[-2:] for row in reader.rows(raw)] == [("Acme", "5551"), ("Bêta (France)", "5552"), ("", "")]
    recognition = reader.recognised(raw)
    assert headers(recognition, "opportunities")["account_id"] == "Associated Company (ID)"
    assert headers(recognition, "accounts") == {"account_id": "Associated Company (ID)", "name": "Associated Company"}


# --- words


def test_synonyms_speak_of_the_model_and_of_all_of_it() -> None:
    known = {(table.name, column) for table in SALES_MODEL.values() for column in table.column_names}
    assert {(table, column) for table, columns in synonyms().items() for column in columns} == known


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("N° de la Facture", "n facture"),
        ("SalesOrderNumber", "sales order n"),
        ("Customer ID", "customer id"),
        ("qté", "qte"),
    ],
)
def test_the_telling_words_of_a_header(header: str, said: str) -> None:
    assert words(header) == said


def test_nearness() -> None:
    assert nearness("Date de facture", "sales", "sold_on") > 0.99
    assert nearness("Date de clôture prévu", "opportunities", "expected_close_on") > 0.7
    assert nearness("Taux", "sales", "sold_on") == 0
    assert (language_of(("Date", "Client", "Montant")), language_of(("Date", "Amount"))) == ("fr", "en")
    assert language_of(("Date", "Code")) is None


# --- real files, when they are at hand


@pytest.mark.skipif(not SHARED.exists(), reason="shared data is not at hand")
@pytest.mark.parametrize(
    ("name", "table", "columns"),
    [
        ("maven-crm/accounts.csv", "accounts", {"account_id": "account", "industry": "sector"}),
        ("maven-crm/products.csv", "products", {"product_id": "product", "list_price": "sales_price"}),
        ("maven-crm/sales_teams.csv", "reps", {"rep_id": "sales_agent"}),
        (
            "maven-crm/sales_pipeline.csv",
            "opportunities",
            {
                "opportunity_id": "opportunity_id",
                "rep_id": "sales_agent",
                "account_id": "account",
                "amount": "close_value",
                "first_contact_on": "engage_date",
                "closed_on": "close_date",
                "outcome": "deal_stage",
            },
        ),
        ("salesforce-export/Account.csv", "accounts", {"account_id": "Id", "name": "Name", "rep_id": "OwnerId"}),
        (
            "salesforce-export/Opportunity.csv",
            "opportunities",
            {"opportunity_id": "Id", "amount": "Amount", "outcome": "StageName", "expected_close_on": "CloseDate"},
        ),
        (
            "adventureworks/fact_reseller_sales.csv.gz",
            "sales",
            {
                "order_id": "SalesOrderNumber",
                "account_id": "ResellerKey",
                "rep_id": "EmployeeKey",
                "sold_on": "OrderDate",
                "amount": "SalesAmount",
                "cost": "TotalProductCost",
            },
        ),
        ("adventureworks/fact_sales_quota.csv", "targets", {"value": "SalesAmountQuota", "scope_id": "EmployeeKey"}),
    ],
)
def test_real_files(reader: Reader, name: str, table: str, columns: dict[str, str]) -> None:
    (raw,) = read(reader.connection, SHARED / name)
    recognition = reader.recognised(raw)
    found = headers(recognition, table)
    assert recognition.tables[0].table == table
    assert {column: found[column] for column in columns} == columns
    assert not recognition.missing
