"""Why numbers are not what they were, as tables and as data: the steps, then what changed, then the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import UTC, date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cadran import numerals
from cadran.errors import Lang, Text
from cadran.periods.period import Period, label_of
from cadran.present.delivery import STATUS
from cadran.present.grid import Grid, Reader, record_grid
from cadran.present.words import COMPANY, TITLES, UNASSIGNED, YES_NO
from cadran.tables.model import SALES_MODEL

if TYPE_CHECKING:
    from cadran.difference import Difference, KpiDifference, RowChange

_SINCE = Text(
    "Ce qui a changé, de l’état n° {since} à l’état n° {until} des données",
    "What changed, from snapshot {since} to snapshot {until}",
)
_TITLES = {
    "kpi": TITLES["kpi"],
    "period": TITLES["period"],
    "scope": TITLES["scope"],
    "before": Text("Avant", "Before"),
    "after": Text("Après", "After"),
    "difference": Text("Écart", "Difference"),
    "by_rows": Text("par les lignes", "by rows"),
    "by_settings": Text("par les réglages", "by settings"),
    "by_definitions": Text("par les définitions", "by definitions"),
    "term": Text("Réglage ou définition", "Setting or definition"),
    "id": Text("N°", "No."),
    "name": Text("Import", "Import"),
    "moment": Text("Le", "On"),
    "status": Text("État", "State"),
    "what": Text("Ligne", "Row"),
    "table": Text("Table", "Table"),
    "key": Text("Clé", "Key"),
    "part": Text("Effet", "Effect"),
    "cells": Text("Contenu", "Contents"),
    "cause": Text("Cause", "Cause"),
}
_TERMS = Text("Réglages et définitions", "Settings and definitions")
_ROWS = Text("Les lignes", "The rows")
_IMPORTS = Text("Les imports", "The imports")
_NOTHING = Text("Aucun réglage, aucune définition, aucune ligne n’a changé.", "No setting, definition or row changed.")
_MORE = Text(
    "Les {shown} premières sur {rows} lignes. Pour toutes les avoir : --format csv.",
    "The first {shown} of {rows} rows. To have them all: --format csv.",
)
_THROUGH = Text(
    "{kpi} lit aussi : {tables}, où des lignes ont changé.", "{kpi} also reads {tables}, where rows changed."
)
_WHAT = {
    "appeared": Text("apparue", "appeared"),
    "disappeared": Text("disparue", "disappeared"),
    "changed": Text("modifiée", "changed"),
    "affected": Text("comptée autrement", "counted otherwise"),
}
_WHY = {
    "imported": Text("import n° {by}", "import {by}"),
    "undone": Text("annulation de l’import n° {by}", "undoing of import {by}"),
    "replaced": Text("remplacée par l’import n° {by}", "replaced by import {by}"),
}
_ADDED, _TAKEN = Text("indicateur ajouté", "KPI added"), Text("indicateur retiré", "KPI taken away")
_TERM_NAMES = {
    "in_numerator": Text("Au numérateur", "In the numerator"),
    "in_denominator": Text("Au dénominateur", "In the denominator"),
    "left_out": Text("Exclue", "Left out"),
}
_DOUBTS = Text("douteux", "in doubt")
_COLON = Text(f"{numerals.FIXED}: ", ": ")
_UNDEFINED = "–"


def grids(found: Difference, reader: Reader, limit: int, timezone: str) -> Iterator[Grid]:
    """The numbers; what was chosen or defined otherwise; the rows; the imports they come from."""
    yield numbers_grid(found, reader)
    if found.settings or found.definitions:
        yield record_grid(
            _TERMS.to(reader.lang),
            list(_terms(found, reader.lang)),
            _named("term before after", reader.lang),
            reader.lang,
        )
    rows = list(_widest(found))
    if rows:
        yield _rows_grid(rows, reader, limit, _through(found, reader))
    if found.imports:
        yield _imports_grid(found, reader.lang, timezone)


def numbers_grid(found: Difference, reader: Reader) -> Grid:
    """One line per number: then, now, and what made the difference."""
    lang = reader.lang
    names = "kpi period scope before after difference by_rows"
    names += " by_settings" if found.settings else ""
    names += " by_definitions" if found.definitions else ""
    title = _SINCE.to(lang).format(since=found.since, until=found.until)
    nothing = not (found.settings or found.definitions or any(number.rows for number in found.numbers))
    notes = [_NOTHING.to(lang)] if nothing else []
    records = [_number(each, reader) for each in found.numbers]
    grid = record_grid(title, records, _named(names, lang), lang, notes, right=names.split()[3:])
    return replace(grid, names=3)


def _named(names: str, lang: Lang) -> dict[str, str]:
    return {name: _TITLES[name].to(lang) for name in names.split()}


def _number(each: KpiDifference, reader: Reader) -> dict[str, Any]:
    place = each.place
    steps = ("difference", "by_rows", "by_settings", "by_definitions")
    return {
        "kpi": reader.kpi(each.kpi),
        "period": label_of(
            Period(place.period_start, place.period_end), reader.lang, reader.fiscal_month, reader.grain
        ),
        "scope": _scope(each, reader.lang),
        "before": numerals.value_of(each.before, each.unit, reader.currency, reader.lang),
        "after": numerals.value_of(each.after, each.unit, reader.currency, reader.lang),
        **{name: _gap(getattr(each, name), each.unit, reader) for name in steps},
    }


def _gap(value: Any, unit: str, reader: Reader) -> str:
    return _UNDEFINED if value is None else numerals.gap_of(value, unit, reader.currency, reader.lang)


def _scope(each: KpiDifference, lang: Lang) -> str:
    if each.place.scope == "unassigned":
        return UNASSIGNED.to(lang)
    return COMPANY.to(lang) if each.place.scope == "company" else each.scope_name


# -- settings, definitions, imports ------------------------------------------------------------------------------


def _terms(found: Difference, lang: Lang) -> Iterator[dict[str, str]]:
    for setting in found.settings:
        name = f"[{setting.section}] {setting.name}"
        yield {"term": name, "before": _written(setting.before, lang), "after": _written(setting.after, lang)}
    for change in found.definitions:
        name = f"{change.kpi}: {change.part}" if change.part else change.kpi
        if not change.part:
            name += f" ({(_ADDED if change.before is None else _TAKEN).to(lang)})"
        yield {"term": name, "before": _written(change.before, lang), "after": _written(change.after, lang)}


def _imports_grid(found: Difference, lang: Lang, timezone: str) -> Grid:
    zone = ZoneInfo(timezone)
    records = [
        {
            "id": each.id,
            "name": each.name,
            "moment": (each.undone_at or each.committed_at).replace(tzinfo=UTC).astimezone(zone),
            "status": STATUS[each.status].to(lang),
        }
        for each in found.imports
    ]
    return record_grid(_IMPORTS.to(lang), records, _named("id name moment status", lang), lang)


# -- rows --------------------------------------------------------------------------------------------------------


def _widest(found: Difference) -> Iterator[tuple[KpiDifference, RowChange]]:
    """Each row of a KPI and period once, as the first scope that holds it says it."""
    seen = set()
    for each in found.numbers:
        for row in each.rows:
            key = each.kpi, each.place.period_start, row.table, row.key
            if key not in seen:
                seen.add(key)
                yield each, row


def _rows_grid(rows: list[tuple[KpiDifference, RowChange]], reader: Reader, limit: int, notes: list[str]) -> Grid:
    lang = reader.lang
    records = [
        {
            "kpi": reader.kpi(each.kpi),
            "what": _WHAT[row.what].to(lang),
            "table": SALES_MODEL[row.table].label.to(lang),
            "key": row.key,
            "part": "" if row.part is None else _gap(row.part, each.unit, reader),
            "cells": _contents(row, lang),
            "cause": "" if row.why is None else _WHY[row.why].to(lang).format(by=row.by),
        }
        for each, row in rows[:limit]
    ]
    names = "what table key part cells cause"
    names = f"kpi {names}" if len({each.kpi for each, _ in rows}) > 1 else names
    if len(rows) > limit:
        notes = [_MORE.to(lang).format(shown=limit, rows=numerals.number(len(rows), lang)), *notes]
    return record_grid(_ROWS.to(lang), records, _named(names, lang), lang, notes, right=["part"])


def _through(found: Difference, reader: Reader) -> list[str]:
    lang = reader.lang
    said = {each.kpi: each.through for each in found.numbers if each.through}
    return [
        _THROUGH.to(lang).format(
            kpi=reader.kpi(kpi), tables=", ".join(SALES_MODEL[name].label.to(lang) for name in tables)
        )
        for kpi, tables in said.items()
    ]


def _contents(row: RowChange, lang: Lang) -> str:
    """What changed in the row, and the terms it entered or left; of one that came or went, what it says."""
    arrows = [(_column(row.table, each.column, lang), each.before, each.after) for each in row.cells]
    flags = ((_TERM_NAMES[name].to(lang), getattr(row.before, name), getattr(row.after, name)) for name in _TERM_NAMES)
    arrows += [(label, was, is_) for label, was, is_ in flags if None not in (was, is_) and was != is_]
    changes = [(label, f"{_written(was, lang)} → {_written(is_, lang)}") for label, was, is_ in arrows]
    said = ((_column(row.table, name, lang), _written(value, lang)) for name, value in row.says.items())
    return " ; ".join(f"{label}{_COLON.to(lang)}{text}" for label, text in changes or said)


def _column(table: str, name: str, lang: Lang) -> str:
    model = SALES_MODEL[table]
    return model[name].label.to(lang) if name in model else _DOUBTS.to(lang)


def _written(value: Any, lang: Lang) -> str:
    match value:
        case None | ():
            return _UNDEFINED
        case bool():
            return YES_NO[value].to(lang)
        case Text():
            return value.to(lang)
        case date():
            return numerals.day(value, lang)
        case Decimal():
            return numerals.number(value, lang)
        case tuple() | list():
            return ", ".join(_written(each, lang) for each in value)
        case dict():
            return _written(value.get(lang), lang) if lang in value else str(value)
    return str(value)


# -- as data -----------------------------------------------------------------------------------------------------


def document(found: Difference) -> dict[str, Any]:
    """The JSON: undefined is null, a row's part is what it adds to the difference."""
    return {
        "since": found.since,
        "until": found.until,
        "as_of": found.request.as_of,
        "settings": [_plain(each) for each in found.settings],
        "definitions": [_plain(each) for each in found.definitions],
        "imports": [_import(each) for each in found.imports],
        "numbers": [_document_of(each) for each in found.numbers],
    }


def records(found: Difference, lang: Lang) -> list[dict[str, Any]]:
    """One record per number and row that made it differ; a number without one has a record of its own."""
    return [
        _plain(each.place)
        | {"kpi": each.kpi, "before": each.before, "after": each.after, "difference": each.difference}
        | {"by_rows": each.by_rows, "by_settings": each.by_settings, "by_definitions": each.by_definitions}
        | (_row_record(row, lang) if row else dict.fromkeys(_ROW_FIELDS))
        for each in found.numbers
        for row in each.rows or (None,)
    ]


_ROW_FIELDS = ("what", "table", "key", "part", "cells", "why", "by")


def _row_record(row: RowChange, lang: Lang) -> dict[str, Any]:
    cells = _contents(row, lang)
    return dict(zip(_ROW_FIELDS, (row.what.value, row.table, row.key, row.part, cells, row.why, row.by), strict=True))


def _document_of(each: KpiDifference) -> dict[str, Any]:
    plain = {name: value for name, value in _plain(each).items() if name not in ("place", "rows")}
    rows = [_plain(row) | {"part": row.part, "cells": [_plain(cell) for cell in row.cells]} for row in each.rows]
    return {"kpi": each.kpi, **_plain(each.place), **plain, "rows": rows}


def _import(record: Any) -> dict[str, Any]:
    names = ("id", "name", "source", "author", "status", "committed_at", "undone_at")
    return {name: getattr(record, name) for name in names}


def _plain(thing: Any) -> dict[str, Any]:
    """The fields of a dataclass; texts in both languages."""

    def value_of(value: Any) -> Any:
        if isinstance(value, Text):
            return {"fr": value.fr, "en": value.en}
        return _plain(value) if hasattr(value, "__dataclass_fields__") else value

    plain: Mapping[str, Any] = {each.name: value_of(getattr(thing, each.name)) for each in fields(thing)}
    return dict(plain)
