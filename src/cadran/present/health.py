"""Data health, in tables: what each table holds, names nobody declared, rows at odds, what each KPI can answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from cadran.errors import Lang, Text
from cadran.numerals import number
from cadran.present.grid import Grid, record_grid
from cadran.tables.model import SALES_MODEL

if TYPE_CHECKING:
    from cadran.health import Health

_TITLES = {
    "table": Text("Table", "Table"),
    "rows": Text("Lignes", "Rows"),
    "first": Text("Du", "From"),
    "last": Text("Au", "To"),
    "missing": Text("Colonnes vides", "Empty columns"),
    "doubtful": Text("Valeurs douteuses", "Doubtful values"),
    "column": Text("Colonne", "Column"),
    "parent": Text("Absents de", "Missing from"),
    "names": Text("Noms", "Names"),
    "examples": Text("Exemples", "Examples"),
    "remark": Text("Remarque", "Remark"),
    "problem": Text("Problème", "Problem"),
    "kpi": Text("Indicateur", "KPI"),
    "answers": Text("Répond", "Answers"),
    "why": Text("Ce qui manque", "What is missing"),
}
_DATA = Text("Données", "Data")
_UNKNOWN = Text(
    "Noms inconnus (ils comptent, tels qu’ils sont écrits)", "Unknown names (they count, as they are written)"
)
_INCOHERENT = Text("Lignes qui se contredisent", "Rows that contradict each other")
_FAULTS = Text("Correspondance avec l’entrepôt", "Mapping of the warehouse")
_UNREAD = Text(
    "Importées mais pas lues, car l’entrepôt les remplace : {tables}.",
    "Imported but not read, for the warehouse stands for them: {tables}.",
)
_KPIS = Text("Indicateurs", "KPIs")
_LACKING = Text("Indicateurs sans réponse, et pourquoi", "KPIs without an answer, and why")
_NOTHING_OF = Text("Aucune ligne : {tables}.", "No row: {tables}.")
_QUARANTINED = Text(
    "{rows} lignes en quarantaine : cadran quarantine list.", "{rows} rows in quarantine: cadran quarantine list."
)


def data_grid(health: Health, lang: Lang) -> Grid:
    notes = []
    if health.empty:
        notes.append(_NOTHING_OF.to(lang).format(tables=", ".join(_table(name, lang) for name in health.empty)))
    if health.quarantined:
        notes.append(_QUARANTINED.to(lang).format(rows=number(health.quarantined, lang)))
    if health.unread:
        notes.append(_UNREAD.to(lang).format(tables=", ".join(_table(name, lang) for name in health.unread)))
    keys = ("table", "rows", "first", "last", "missing", "doubtful")
    return record_grid(_DATA.to(lang), data_records(health, lang), _titles(keys, lang), lang, notes)


def data_records(health: Health, lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            "table": _table(each.name, lang),
            "rows": each.rows,
            "first": date.fromisoformat(each.first) if each.first else None,
            "last": date.fromisoformat(each.last) if each.last else None,
            "missing": ", ".join(_column(each.name, name, lang) for name in each.missing),
            "doubtful": ", ".join(f"{_column(each.name, name, lang)} {number(n, lang)}" for name, n in each.doubtful),
        }
        for each in health.tables
    ]


def unknown_grid(health: Health, lang: Lang) -> Grid:
    keys = ("table", "column", "names", "rows", "parent", "examples")
    return record_grid(_UNKNOWN.to(lang), unknown_records(health, lang), _titles(keys, lang), lang)


def unknown_records(health: Health, lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            "table": _table(each.table, lang),
            "column": _column(each.table, each.column, lang),
            "names": each.names,
            "rows": each.rows,
            "parent": _table(each.parent, lang),
            "examples": ", ".join(each.examples) + (", …" if each.names > len(each.examples) else ""),
        }
        for each in health.unknown
    ]


def incoherent_grid(health: Health, lang: Lang) -> Grid:
    keys = ("table", "rows", "remark", "examples")
    return record_grid(_INCOHERENT.to(lang), incoherent_records(health, lang), _titles(keys, lang), lang)


def incoherent_records(health: Health, lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            "table": _table(each.table, lang),
            "column": _column(each.table, each.column, lang),
            "rows": each.rows,
            "remark": each.remark.to(lang),
            "examples": ", ".join(each.examples),
        }
        for each in health.incoherent
    ]


def faults_grid(health: Health, lang: Lang) -> Grid:
    return record_grid(_FAULTS.to(lang), fault_records(health, lang), _titles(("table", "problem"), lang), lang)


def fault_records(health: Health, lang: Lang) -> list[dict[str, Any]]:
    return [{"table": _table(each.table, lang), "problem": each.issue.to(lang)} for each in health.faults]


def kpis_grid(health: Health, labels: Mapping[str, str], lang: Lang) -> Grid:
    keys = ("kpi", "answers", "why")
    records = [record | {"kpi": labels.get(record["kpi"], record["kpi"])} for record in kpi_records(health, lang)]
    return record_grid(_KPIS.to(lang), records, _titles(keys, lang), lang)


def lacking_grid(health: Health, labels: Mapping[str, str], lang: Lang) -> Grid:
    """The KPIs that cannot answer, and what each lacks."""
    lacking = [each for each in kpi_records(health, lang) if not each["answers"]]
    records = [record | {"kpi": labels.get(record["kpi"], record["kpi"])} for record in lacking]
    return record_grid(_LACKING.to(lang), records, _titles(("kpi", "why"), lang), lang)


def kpi_records(health: Health, lang: Lang) -> list[dict[str, Any]]:
    return [
        {"kpi": each.kpi, "answers": each.issue is None, "why": each.issue.to(lang) if each.issue else ""}
        for each in health.kpis
    ]


def document(health: Health, lang: Lang) -> dict[str, Any]:
    """Everything, for machines."""
    return {
        "tables": data_records(health, lang),
        "empty": list(health.empty),
        "unknown_names": unknown_records(health, lang),
        "incoherent": incoherent_records(health, lang),
        "mapping": fault_records(health, lang),
        "not_read": list(health.unread),
        "quarantined": health.quarantined,
        "kpis": kpi_records(health, lang),
    }


def _titles(keys: tuple[str, ...], lang: Lang) -> dict[str, str]:
    return {key: _TITLES[key].to(lang) for key in keys}


def _table(name: str, lang: Lang) -> str:
    return SALES_MODEL[name].label.to(lang)


def _column(table: str, column: str, lang: Lang) -> str:
    return SALES_MODEL[table][column].label.to(lang)
