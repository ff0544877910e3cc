"""Each known format is recognised from a small file in its own delimiter, encoding, dates, decimals and words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from cadran.intake.presets.preset import Preset, PresetColumn, best_preset, load_presets
from cadran.intake.raw import Raw
from cadran.intake.read import read
from cadran.intake.recognition import Recognition
from cadran.tables.contract import Type
from cadran.tables.mapping import fold
from cadran.tables.model import SALES_MODEL
from tests.intake.files import Reader, reader

__all__ = ["reader"]

HEADERS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "crm-export-headers" / "headers.json"


def recognised(reader: Reader, raw: Raw) -> Recognition:
    return reader.recognised(raw)


# --- every preset, from its own headers


def cell(table: str, column: str, form: PresetColumn, row: int, locale: str) -> str:
    """A plausible cell of a column, as a program of that locale writes it."""
    type_ = SALES_MODEL[table][column].type
    if form.values:
        return form.values[row % len(form.values)][0]
    if type_ in (Type.DATE, Type.TIMESTAMP):
        day = date(2025, 1, 3) + timedelta(days=7 * row)
        return day.strftime("%d/%m/%Y") if locale == "fr" else day.isoformat()
    if type_ in (Type.MONEY, Type.NUMBER, Type.SHARE, Type.INTEGER):
        return f"{row + 1}0{row}".replace(".", ",") + (",50" if locale == "fr" else ".50")
    if SALES_MODEL[table][column].choices:
        return SALES_MODEL[table][column].choices[0]
    return f"{column} {row}"


def sample(preset: Preset, rows: int = 12) -> str:
    """A file of the preset's first table, under the first header of each of its columns."""
    fill = preset.tables[0]
    columns: dict[str, tuple[str, PresetColumn]] = {}
    for column, form in fill.columns.items():
        if form.headers and (form.headers[0] not in columns or form.values):
            columns[form.headers[0]] = (column, form)
    needed = [names[0] for names in preset.needs if not any(name in columns for name in names)]
    lines = ["\t".join([*columns, *needed])]
    for row in range(rows):
        cells = [cell(fill.table, column, form, row, preset.locale) for column, form in columns.values()]
        lines.append("\t".join([*cells, *[f"x {row}"] * len(needed)]))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("preset", load_presets(), ids=lambda preset: preset.name)
def test_a_preset_is_recognised_from_its_own_headers(reader: Reader, preset: Preset) -> None:
    recognition = recognised(reader, reader.read(sample(preset), "export.tsv"))
    assert (recognition.origin, recognition.name) == ("preset", preset.name)
    fill = preset.tables[0]
    main = recognition.tables[0]
    assert main.table == fill.table
    for column, form in fill.columns.items():
        if form.headers and not form.when_closed:
            assert main[column].header == form.headers[0], column
        if form.values:
            assert set(form.values) <= set(main[column].mapping.values)
    assert recognition.confidence >= 0.9
    assert recognition.to_mapping().tables[0].table == fill.table


@pytest.mark.parametrize("preset", load_presets(), ids=lambda preset: preset.name)
def test_a_preset_speaks_of_the_model_only(preset: Preset) -> None:
    for fill in preset.tables:
        table = SALES_MODEL[fill.table]
        for column, form in fill.columns.items():
            choices = table[column].choices
            assert not choices or {ours for _, ours in form.values} <= set(choices)
            assert form.headers or form.constant is not None
        needed = {name for name in table.required if not (table.keyless and name in table.key)}
        assert needed <= set(fill.columns)


def test_presets_have_a_name_each_and_none_takes_just_any_file() -> None:
    names = [preset.name for preset in load_presets()]
    assert len(set(names)) == len(names)
    assert best_preset(load_presets(), ("Date", "Client", "Commercial", "Montant HT")) is None
    assert best_preset(load_presets(), ()) is None


# --- the formats of headers.json, when they are at hand


def formats() -> list[dict[str, Any]]:
    return list(json.loads(HEADERS.read_text("utf-8"))["formats"]) if HEADERS.exists() else []


# system, locale -> the table it fills, some of its columns, and what won, lost and open are called there
EXPECTED: dict[tuple[str, str], tuple[str, dict[str, str]]] = {
    ("Pipedrive", "en"): (
        "opportunities",
        {
            "opportunity_id": "Deal - ID",
            "account_id": "Deal - Organization",
            "rep_id": "Deal - Owner",
            "amount": "Deal - Value",
            "currency": "Deal - Currency of value",
            "created_on": "Deal - Deal created",
            "expected_close_on": "Deal - Expected close date",
            "closed_on": "Deal - Deal closed on",
            "outcome": "Deal - Status",
            "stage": "Deal - Stage",
            "probability": "Deal - Probability",
            "lost_reason": "Deal - Lost reason",
        },
    ),
    ("Pipedrive", "fr"): (
        "opportunities",
        {
            "opportunity_id": "Affaire - Titre",
            "account_id": "Affaire - Organisation",
            "amount": "Affaire - Valeur",
            "expected_close_on": "Affaire - Date de clôture prévue",
            "outcome": "Affaire - Statut",
            "stage": "Affaire - Étape",
            "source": "Affaire - Source du lead",
            "lost_reason": "Affaire - Raison de la perte",
        },
    ),
    ("Pipedrive", "cs"): (
        "opportunities",
        {
            "opportunity_id": "Obchod - Název",
            "account_id": "Organizace",
            "rep_id": "Obchod - Vlastník",
            "amount": "Obchod - Hodnota",
            "currency": "Obchod - Měna hodnoty",
            "closed_on": "Obchod - Uzavřeno dne",
            "outcome": "Obchod - Stav",
            "stage": "Obchod - Fáze",
        },
    ),
    ("HubSpot", "en"): (
        "opportunities",
        {
            "opportunity_id": "Record ID",
            "name": "Deal Name",
            "account_id": "Associated Company",
            "rep_id": "Deal owner",
            "amount": "Amount",
            "created_on": "Create Date",
            "expected_close_on": "Close Date",
            "outcome": "Deal Stage",
            "stage": "Deal Stage",
            "source": "Original Source",
        },
    ),
    ("HubSpot", "fr"): (
        "opportunities",
        {
            "opportunity_id": "ID de fiche d'informations",
            "account_id": "Associated Company (Primary)",
            "rep_id": "Propriétaire de la transaction",
            "amount": "Montant",
            "created_on": "Date de création",
            "expected_close_on": "Date de fermeture",
            "outcome": "Phase de la transaction",
        },
    ),
    ("Salesforce report", "en"): (
        "opportunities",
        {
            "opportunity_id": "Opportunity Number",
            "account_id": "Account Name",
            "rep_id": "Opportunity Owner",
            "amount": "Amount",
            "created_on": "Created Date",
            "outcome": "Stage",
            "kind": "Deal Type",
        },
    ),
    ("Salesforce report", "fr"): (
        "opportunities",
        {
            "opportunity_id": "Opportunity Number",
            "account_id": "Client Final",
            "rep_id": "Propriétaire de l'opportunité",
            "amount": "Prix total",
            "created_on": "Date de création",
            "outcome": "Étape",
        },
    ),
    ("Salesforce object export", "en"): (
        "opportunities",
        {
            "opportunity_id": "Id",
            "account_id": "AccountId",
            "rep_id": "OwnerId",
            "amount": "Amount",
            "created_on": "CreatedDate",
            "expected_close_on": "CloseDate",
            "outcome": "StageName",
            "source": "LeadSource",
        },
    ),
    ("Salesforce OpportunityHistory object", "en"): (
        "stage_changes",
        {"opportunity_id": "OpportunityId", "stage": "StageName", "entered_at": "CreatedDate"},
    ),
    ("Dynamics 365", "en"): (
        "opportunities",
        {
            "opportunity_id": "(Do Not Modify) Opportunity",
            "name": "Topic",
            "account_id": "Account",
            "rep_id": "Owner",
            "created_on": "Created On",
            "expected_close_on": "Close Date",
            "outcome": "Status",
        },
    ),
    ("BoondManager", "fr"): (
        "opportunities",
        {
            "opportunity_id": "Référence interne",
            "name": "Titre",
            "account_id": "Société - Nom",
            "rep_id": "Responsable manager",
            "amount": "CA Envisagé HT",
            "outcome": "État",
            "probability": "Pondération",
        },
    ),
    ("Receipts ledger (French invoicing tools)", "fr"): (
        "sales",
        {"document_id": "Facture", "account_id": "Client", "sold_on": "Date Encaissement", "amount": "Montant HT"},
    ),
    ("FEC (fichier des écritures comptables, legal accounting export)", "fr"): (
        "sales",
        {"document_id": "PieceRef", "account_id": "Client du 411", "sold_on": "PieceDate", "amount": "Montant HT"},
    ),
}

WORDS = {
    ("Pipedrive", "cs"): {"won": ["Vyhráno"], "lost": ["Prohráno"], "open": ["Otevřeno"]},
    ("HubSpot", "fr"): {"won": ["Closed Won"], "lost": ["Fermé perdu"]},
    ("Salesforce report", "en"): {"won": ["Closed Won"], "lost": ["Closed Lost"]},
    ("Salesforce report", "fr"): {"won": ["Fermée gagnée"], "lost": ["Fermée perdue"]},
    ("Salesforce object export", "en"): {"won": ["Closed Won"], "lost": ["Closed Lost"]},
    ("Dynamics 365", "en"): {"won": ["Won"], "lost": ["Lost"], "open": ["Open"]},
}
DATES = ("date", "created", "closed", "close", "time", "datum", "uzavreno", "heure de", "stage change", "datelet")
MONEY = (
    "value",
    "valeur",
    "hodnota",
    "amount",
    "montant",
    "prix",
    "price",
    "ca envisage",
    "revenue",
    "debit",
    "credit",
)
NOT_MONEY = ("currency", "devise", "mena")


def written(header: str, row: int, spec: dict[str, Any], status: str, outcome: str) -> str:
    """A cell of a format, in its own conventions."""
    folded = fold(header)
    if header == outcome:
        return status
    if any(word in folded for word in NOT_MONEY):
        return "EUR"
    if any(word in folded for word in DATES):
        return _day(date(2025, 1, 20) + timedelta(days=row), spec.get("date_format", "YYYY-MM-DD"))
    if any(word in folded for word in MONEY):
        return f"1 {row:03d},50" if spec.get("decimal", ".").startswith(",") else f"1{row:03d}.50"
    if folded in ("probability", "ponderation", "deal - probability"):
        return "0,5" if spec["locale"] == "fr" else "50"
    if folded in ("iswon", "isclosed", "isdeleted", "isprivate"):
        return "1" if folded == "iswon" and status == "Closed Won" else ""
    if folded == "comptenum":
        return "706000" if row % 2 else "411000"
    if folded == "ecriturenum":
        return str(row // 2)
    return f"{header} {row}"


def _day(day: date, form: str) -> str:
    if form.startswith("YYYYMMDD"):
        return day.strftime("%Y%m%d")
    return day.strftime("%d/%m/%Y") if form.startswith("DD/MM") else day.isoformat()


def statuses(spec: dict[str, Any]) -> list[str]:
    words = WORDS.get((spec["system"], spec["locale"])) or spec.get("status_values", {})
    return [word for listed in words.values() for word in listed] + ["Étape quelconque"] * ("open" not in words)


def lines(spec: dict[str, Any], outcome: str) -> Iterator[list[str]]:
    yield list(spec["headers"])
    said = statuses(spec) or ["x"]
    for row in range(2 * len(said) + 10):
        yield [written(header, row, spec, said[row % len(said)], outcome) for header in spec["headers"]]


def encodings(spec: dict[str, Any]) -> list[str]:
    named = {"BOM": "utf-8-sig", "UTF-8": "utf-8", "1252": "cp1252", "8859-15": "iso8859-15"}
    said = spec.get("encoding", "UTF-8")
    return [encoding for word, encoding in named.items() if word in said]


def delimiters(spec: dict[str, Any]) -> list[str]:
    return [
        mark for word, mark in ((";", ";"), (",", ","), ("|", "|"), ("tab", "\t")) if word in spec.get("delimiter", ",")
    ]


def check(spec: dict[str, Any], recognition: Recognition) -> None:
    table, columns = EXPECTED[spec["system"], spec["locale"]]
    main = recognition.tables[0]
    assert (recognition.origin, main.table) == ("preset", table)
    found = {name: fold(main[name].header or "") for name in columns}
    assert found == {name: fold(header) for name, header in columns.items()}
    known = {fold(word): ours for word, ours in main["outcome"].mapping.values} if "outcome" in columns else {}
    words = WORDS.get((spec["system"], spec["locale"])) or spec.get("status_values", {})
    for ours, listed in words.items():
        for word in listed:
            assert known[fold(word)] == ("lost" if ours == "abandoned" else ours), word
    assert recognition.to_mapping().tables[0].table == table


@pytest.mark.skipif(not HEADERS.exists(), reason="shared data is not at hand")
@pytest.mark.parametrize("spec", formats(), ids=lambda spec: f"{spec['system']}-{spec['locale']}")
def test_a_known_format_in_its_own_conventions(reader: Reader, spec: dict[str, Any]) -> None:
    outcome = EXPECTED[spec["system"], spec["locale"]][1].get("outcome", "")
    for encoding in encodings(spec):
        for delimiter in delimiters(spec):
            rows = ['"' + f'"{delimiter}"'.join(cells) + '"' for cells in lines(spec, outcome)]
            feet = [line + delimiter * (len(spec["headers"]) - 1) for line in spec.get("footer_lines", [])]
            raw = reader.read("\n".join([*rows, *feet]) + "\n", encoding=encoding)
            check(spec, recognised(reader, raw))
            assert sum(lines.rows for lines in raw.skipped if lines.reason == "footer") == len(feet)


@pytest.mark.skipif(not HEADERS.exists(), reason="shared data is not at hand")
@pytest.mark.parametrize("spec", formats(), ids=lambda spec: f"{spec['system']}-{spec['locale']}")
def test_variants_of_headers_are_the_same_headers(reader: Reader, spec: dict[str, Any]) -> None:
    table, columns = EXPECTED[spec["system"], spec["locale"]]
    for header, variants in spec.get("variants", {}).items():
        column = next((name for name, mapped in columns.items() if fold(mapped) == fold(header)), None)
        for variant in variants if column else []:
            renamed = variant.split(" (internal")[0]
            swapped = spec | {"headers": [renamed if h == header else h for h in spec["headers"]]}
            outcome = renamed if columns.get("outcome") == header else columns.get("outcome", "")
            rows = ["\t".join(cells) for cells in lines(swapped, outcome)]
            main = recognised(reader, reader.read("\n".join(rows) + "\n")).tables[0]
            assert (main.table, fold(main[column or ""].header or "")) == (table, fold(renamed))


def test_dynamics_dates_as_serial_numbers(reader: Reader) -> None:
    out = BytesIO()
    headers = [
        "(Do Not Modify) Opportunity",
        "(Do Not Modify) Row Checksum",
        "Topic",
        "Account",
        "Status",
        "Created On",
    ]
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Open Opportunities")
        sheet.write_row(0, 0, headers)
        for row in range(1, 6):
            sheet.write_row(row, 0, [f"guid-{row}", "x=", f"Topic {row}", "Acme", "Won", 45658.5 + row])
    (raw,) = read(reader.connection, reader.write(out.getvalue(), "dynamics.xlsx"))
    recognition = recognised(reader, raw)
    assert recognition.name == "Dynamics 365 opportunities"
    assert recognition.tables[0]["created_on"].examples[0] == "45659.5"


def test_salesforce_report_with_titles_and_footers(reader: Reader) -> None:
    text = (
        "Pipeline report;;;;;;\nFiltered By: All opportunities;;;;;;\n;;;;;;\n"
        "Opportunity Owner;;Created Date;Close Date;Stage;Opportunity Number;Amount\n"
        "Ann;;01/20/2025;02/13/2025;Closed Won;OPP-1;1,000.50\nBob;;01/21/2025;02/14/2025;Proposal;OPP-2;2,000.50\n"
        "Total;;;;;;3,001.00\nConfidential Information - Do Not Distribute;;;;;;\n"
        "Copyright © 2000-2023 salesforce.com, inc. All rights reserved.;;;;;;\n"
    )
    raw = reader.read(text)
    assert raw.rows == 2
    recognition = recognised(reader, raw)
    assert recognition.name == "Salesforce opportunity report"
    assert recognition.day_first.value is False
    assert recognition.decimal.value == "."
    closed = recognition.tables[0]["closed_on"].mapping.formula
    assert closed == "case when lower(Stage) in ('closed lost', 'closed won') then Close_Date end"


def test_salesforce_stages_of_ones_own_are_learned_from_is_won_and_is_closed(reader: Reader) -> None:
    raw = reader.read(
        "Id,StageName,Amount,CloseDate,IsClosed,IsWon,CreatedDate\n"
        "1,Signé chez nous,10,2025-01-01,1,1,2024-01-01T00:00:00.000+0000\n"
        "2,Parti ailleurs,20,2025-01-02,true,false,2024-01-01T00:00:00.000+0000\n"
        "3,En discussion,30,2025-01-03,,,2024-01-01T00:00:00.000+0000\n"
    )
    outcome = recognised(reader, raw).tables[0]["outcome"].mapping
    assert {("Signé chez nous", "won"), ("Parti ailleurs", "lost")} <= set(outcome.values)
    assert outcome.otherwise == "open"
