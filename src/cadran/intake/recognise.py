"""Recognise a file: a mapping remembered for it, else a preset that knows its headers, else words and contents."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatch

import duckdb

from cadran.errors import Issue, Text
from cadran.intake.candidates import best_table, complete, more_columns
from cadran.intake.conventions import Conventions
from cadran.intake.dimensions import dimensions, teams
from cadran.intake.habits import ambiguity, day_order, decimal_sign
from cadran.intake.match import includes_tax, must_be_net
from cadran.intake.outcomes import closed_only, learned_words, outcome_column
from cadran.intake.presets.preset import Preset, PresetColumn, PresetTable, best_preset, load_presets
from cadran.intake.profile import Profile, profiles
from cadran.intake.raw import Raw
from cadran.intake.recognition import Origin, RecognisedColumn, RecognisedTable, Recognition
from cadran.tables.mapping import ColumnMapping, FileMapping, find_header, fold
from cadran.tables.model import SALES_MODEL


def recognise(
    connection: duckdb.DuckDBPyConnection,
    raw: Raw,
    presets: Sequence[Preset] | None = None,
    remembered: Sequence[FileMapping] = (),
    *,
    conventions: Conventions,
    table: str | None = None,
) -> Recognition:
    """What `raw` is. `presets` are those that ship with the product unless given; `table`: the one table to look for.
    `conventions`: of its cells, for whoever asks about them again.

    Never refuses: `Recognition.to_mapping` does, when too little was recognised."""
    known = next((mapping for mapping in remembered if fits(mapping, raw)), None)
    if known is not None and (table is None or table in {fill.table for fill in known.tables}):
        return _as_remembered(raw, known)
    looked_at = profiles(connection, raw)
    origin, name, locale, tables = _find(connection, raw, looked_at, presets, table)
    if tables:
        tables = (*tables, *_further_tables(connection, raw, tables, looked_at))
    day_first = day_order(conventions, raw, tables, looked_at, locale)
    return Recognition(
        raw=raw,
        origin=origin,
        name=name,
        tables=tables,
        decimal=decimal_sign(conventions, raw, tables, locale),
        day_first=day_first,
        notes=(*_tax_notes(raw, tables), *_without_an_id(raw, tables), *ambiguity(raw, day_first)),
    )


def fits(mapping: FileMapping, raw: Raw) -> bool:
    """Whether a remembered mapping is one for this file: by the names of file and sheet, and every header it names."""
    if mapping.pattern and not fnmatch(fold(raw.file.name), fold(mapping.pattern)):
        return False
    if mapping.sheet and not fnmatch(fold(raw.sheet or ""), fold(mapping.sheet)):
        return False
    named = [c.header for fill in mapping.tables for c in fill.columns.values() if c.header is not None]
    return bool(named) and all(find_header(raw.headers, header) is not None for header in named)


def _as_remembered(raw: Raw, mapping: FileMapping) -> Recognition:
    tables = tuple(
        RecognisedTable(
            fill.table,
            tuple(RecognisedColumn(name, column, 1.0) for name, column in fill.columns.items()),
            1.0,
            fill.derived,
            fill.where,
        )
        for fill in mapping.tables
    )
    return Recognition(raw, "remembered", mapping.name, tables, mapping=mapping)


_Found = tuple[Origin, str, str | None, tuple[RecognisedTable, ...]]


def _find(
    connection: duckdb.DuckDBPyConnection,
    raw: Raw,
    looked_at: Sequence[Profile],
    presets: Sequence[Preset] | None,
    table: str | None,
) -> _Found:
    """By a preset, or by words and contents: origin, name, locale, tables."""
    wanted = [p for p in (load_presets() if presets is None else presets) if table in (None, p.tables[0].table)]
    fitting = best_preset(wanted, raw.headers)
    if fitting is not None:
        preset, share = fitting
        bound = tuple(_bind(connection, raw, fill, looked_at, share) for fill in preset.tables)
        usable = tuple(found for found in bound if not found.missing)
        if usable and usable[0].table == preset.tables[0].table:
            first = more_columns(usable[0], looked_at, preset.prefix)
            return "preset", preset.name, preset.locale, (first, *usable[1:])
    found = best_table(connection, raw, looked_at, table)
    name = raw.file.path.stem + (f" {raw.sheet}" if raw.sheet else "")
    return ("content", name, None, (found,)) if found else ("none", name, None, ())


# --- presets


def _bind(
    connection: duckdb.DuckDBPyConnection, raw: Raw, fill: PresetTable, looked_at: Sequence[Profile], share: float
) -> RecognisedTable:
    """A preset's table over the headers that this file has."""
    found = RecognisedTable(fill.table, (), round(0.8 + 0.2 * share, 2), fill.derived, fill.where)
    for name, column in fill.columns.items():
        if name != "outcome" and not column.when_closed and (mapping := _mapping(raw, fill, name, column)) is not None:
            found = found.with_columns(RecognisedColumn(name, mapping, 1.0, _examples(raw, mapping, looked_at)))
    if "outcome" in fill.columns:
        found = _bind_outcome(connection, raw, found, fill.columns["outcome"], looked_at)
        found = _bind_when_closed(raw, found, fill)
    return found


def _mapping(raw: Raw, fill: PresetTable, name: str, column: PresetColumn) -> ColumnMapping | None:
    if column.constant is not None:
        return ColumnMapping(constant=column.constant)
    header = _header(raw, column)
    table = SALES_MODEL[fill.table]
    if header is None or (must_be_net(table, table[name]) and includes_tax(header)):
        return None
    return ColumnMapping(header, values=column.values, otherwise=column.otherwise, date=column.date)


def _header(raw: Raw, column: PresetColumn) -> str | None:
    positions = (find_header(raw.headers, name) for name in column.headers)
    return next((raw.headers[position] for position in positions if position is not None), None)


def _examples(raw: Raw, mapping: ColumnMapping, looked_at: Sequence[Profile]) -> tuple[str, ...]:
    return next((p.examples for p in looked_at if p.header == mapping.header), ())


def _bind_outcome(
    connection: duckdb.DuckDBPyConnection,
    raw: Raw,
    found: RecognisedTable,
    column: PresetColumn,
    looked_at: Sequence[Profile],
) -> RecognisedTable:
    header = _header(raw, column)
    if header is None:
        return complete(connection, raw, found, looked_at)
    learned = learned_words(connection, raw, header, *column.learn) if column.learn else ()
    values = {fold(word): (word, ours) for word, ours in (*column.values, *learned)}
    profile = next(p for p in looked_at if p.header == header)
    return found.with_columns(outcome_column(profile, 1.0, tuple(values.values()), column.otherwise))


def _bind_when_closed(raw: Raw, found: RecognisedTable, fill: PresetTable) -> RecognisedTable:
    column = fill.columns.get("closed_on")
    header = _header(raw, column) if column and column.when_closed else None
    if header is None or "outcome" not in found:
        return found
    mapping = closed_only(found["outcome"].mapping, header)
    return found.with_columns(RecognisedColumn("closed_on", mapping, 0.9))


# --- what goes with the main table


def _further_tables(
    connection: duckdb.DuckDBPyConnection, raw: Raw, tables: Sequence[RecognisedTable], looked_at: Sequence[Profile]
) -> tuple[RecognisedTable, ...]:
    main = tables[0]
    if main.table == "reps":
        return teams(main, looked_at)
    if not SALES_MODEL[main.table].is_fact or main.missing:
        return ()
    there = {found.table for found in tables}
    return tuple(found for found in dimensions(connection, raw, main, looked_at) if found.table not in there)


def _tax_notes(raw: Raw, tables: Sequence[RecognisedTable]) -> tuple[Issue, ...]:
    used = {header for found in tables for header in found.headers}
    with_tax = [header for header in raw.headers if includes_tax(header) and header not in used]
    if not with_tax or not any("amount" in found.missing for found in tables):
        return ()
    message = Text(
        f"{raw.file.name} : « {with_tax[0]} » est un montant TTC ; les ventes se comptent hors taxes.",
        f'{raw.file.name}: "{with_tax[0]}" includes tax; sales are counted net of tax.',
    )
    advice = Text(
        "Ajoutez la colonne HT à l’export, ou dites le taux dans une correspondance : "
        f"amount: {{header: {with_tax[0]}, tax: {{rate: 0.20}}}}.",
        "Add the net column to the export, or give the rate in a mapping: "
        f"amount: {{header: {with_tax[0]}, tax: {{rate: 0.20}}}}.",
    )
    return (Issue("amount_with_tax", message, advice),)


def _without_an_id(raw: Raw, tables: Sequence[RecognisedTable]) -> tuple[Issue, ...]:
    """A name that stands in for a deal's missing number."""
    deals = next((found for found in tables if found.table == "opportunities"), None)
    number, name = (deals.get("opportunity_id"), deals.get("name")) if deals else (None, None)
    if number is None or name is None or number.header is None or number.header != name.header:
        return ()
    return (_name_as_id(raw, number.header),)


def _name_as_id(raw: Raw, header: str) -> Issue:
    return Issue(
        "name_as_id",
        Text(
            f"{raw.file.name} n’a pas de numéro d’affaire : « {header} » en tient lieu.",
            f'{raw.file.name} has no deal number: "{header}" stands in for it.',
        ),
        Text(
            "Ajoutez l’identifiant à l’export si deux affaires peuvent porter le même nom.",
            "Add the identifier to the export if two deals may bear the same name.",
        ),
    )
