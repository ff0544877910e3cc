"""An answer as tables.

| function | shape |
| --- | --- |
| `long_grid` | a row per KPI, period, scope and dimension values; a column per measure that any row has |
| `scorecard_grid` | a row per period and scope, a column per KPI with its attainment beside it |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from cadran import numerals
from cadran.catalogue.sources import PARENTS
from cadran.errors import Issue, Lang, Text
from cadran.present.grid import Cell, Column, Grid, Reader, Row, Tone, written
from cadran.present.words import (
    COMPANY,
    KNOWN_EACH,
    KNOWN_THEN,
    MARKS,
    NOT_GIVEN,
    PARTIAL,
    REBUILT,
    STATUS,
    TITLES,
    TOO_SMALL,
    UNASSIGNED,
)
from cadran.tables.model import SALES_MODEL

if TYPE_CHECKING:
    from cadran.answer import AnswerRow


_TONES = {"exceeded": Tone.BETTER, "at_risk": Tone.WATCH, "behind": Tone.WORSE}
_SHAPED = frozenset({"exceeded", "reached", "on_pace", "at_risk", "behind", "provisional"})
Write = Callable[["AnswerRow", Reader], Cell]


def long_grid(rows: Sequence[AnswerRow], reader: Reader, as_of: date) -> Grid:
    """Every measure of every row. KPI, period and scope have a column only where they differ."""
    names = [*_names(rows, reader), *_dimensions(rows, reader.lang)]
    columns = [*names, *_measures(rows, reader)]
    return Grid(
        title=_title(rows, reader, as_of),
        columns=tuple(column for column, _ in columns),
        rows=tuple(Row(tuple(write(row, reader) for _, write in columns), row.scope) for row in rows),
        notes=_notes(rows, reader),
        names=len(names),
    )


def _names(rows: Sequence[AnswerRow], reader: Reader) -> list[tuple[Column, Write]]:
    several_periods = len({(row.period_start, row.period_end) for row in rows}) > 1
    found: list[tuple[Column, Write]] = []
    if len({row.kpi for row in rows}) > 1:
        found.append((_column("kpi", reader), lambda row, reader: Cell(reader.kpi(row.kpi))))
    if several_periods:
        found.append((_column("period", reader), lambda row, reader: Cell(reader.period(row))))
    indent = "  " if {"team", "rep"} <= {row.scope for row in rows} else ""
    found.append(
        (
            _column("scope", reader),
            lambda row, reader: Cell((indent if row.level == "rep" else "") + _scope(row, reader.lang)),
        )
    )
    return found


def _dimensions(rows: Sequence[AnswerRow], lang: Lang) -> list[tuple[Column, Write]]:
    names = dict.fromkeys(name for row in rows for name in row.dimensions)
    return [(Column(f"dimensions.{name}", _dimension_title(name, lang)), _dimension(name)) for name in names]


def _dimension(name: str) -> Write:
    return lambda row, reader: Cell(written(row.dimensions.get(name), reader.lang) or NOT_GIVEN.to(reader.lang))


def _dimension_title(name: str, lang: Lang) -> str:
    """`product.category` -> Famille; a column of several tables keeps its own name."""
    parent, _, column = name.rpartition(".")
    tables = [table for parent_name, table in PARENTS.values() if parent in ("", parent_name)]
    labels = {SALES_MODEL[table][column].label.to(lang) for table in tables if column in SALES_MODEL[table]}
    return labels.pop() if len(labels) == 1 else name


def _measures(rows: Sequence[AnswerRow], reader: Reader) -> list[tuple[Column, Write]]:
    """The columns that any row fills, the value first. A missing change beside a comparison is « n.s. »."""
    asked = {name for name, has in _ASKED.items() if any(has(row) for row in rows)}
    return [
        (_column(key, reader, right=key != "status"), write)
        for key, write in _MEASURES.items()
        if _SHOWN_WITH.get(key, key) in asked
    ]


def scorecard_grid(rows: Sequence[AnswerRow], reader: Reader, as_of: date) -> Grid:
    """One line per scope (and period), one column per KPI; beside it its attainment, if it has objectives anywhere."""
    kpis = tuple(dict.fromkeys(row.kpi for row in rows))
    with_target = {row.kpi for row in rows if row.attainment is not None}
    lines: dict[tuple[object, ...], dict[str, AnswerRow]] = {}
    for row in rows:
        lines.setdefault((row.period_start, row.period_end, row.level, row.scope, row.scope_id), {})[row.kpi] = row
    names = [each for each in _names(rows, reader) if each[0].key != "kpi"]
    columns = [column for column, _ in names]
    for kpi in kpis:
        columns.append(Column(kpi, reader.kpi(kpi), right=True))
        if kpi in with_target:
            columns.append(Column(f"{kpi}.attainment", TITLES["attainment"].to(reader.lang), right=True))
    return Grid(
        title=_title(rows, reader, as_of),
        columns=tuple(columns),
        rows=tuple(_scorecard_row(line, names, kpis, with_target, reader) for line in lines.values()),
        notes=_notes(rows, reader),
        names=len(names),
    )


def _scorecard_row(
    line: Mapping[str, AnswerRow],
    names: Sequence[tuple[Column, Write]],
    kpis: Sequence[str],
    with_target: set[str],
    reader: Reader,
) -> Row:
    any_row = next(iter(line.values()))
    cells = [write(any_row, reader) for _, write in names]
    for kpi in kpis:
        row = line.get(kpi)
        cells.append(_value(row, reader, brief=True) if row else Cell(""))
        if kpi in with_target:
            cells.append(_standing(row, reader) if row else Cell(""))
    return Row(tuple(cells), any_row.scope)


# -- one cell ----------------------------------------------------------------------------------------------------


def _value(row: AnswerRow, reader: Reader, brief: bool = False) -> Cell:
    text = numerals.value_of(row.value, row.unit, reader.currency, reader.lang, brief)
    return Cell(text if row.value is None else text + _marks(row))


def _attainment(row: AnswerRow, reader: Reader) -> Cell:
    if row.attainment is None:
        return Cell("")
    return Cell(numerals.percent(row.attainment, reader.lang, trim=True), _tone(row))


def _standing(row: AnswerRow, reader: Reader) -> Cell:
    """The attainment with the shape of its status: colour alone would say nothing to many."""
    cell = _attainment(row, reader)
    status = _shown_status(row)
    shape = STATUS[status].to(reader.lang)[0] if cell.text and status in _SHAPED else ""
    return Cell(f"{cell.text} {shape}".rstrip(), cell.tone)


def _status(row: AnswerRow, reader: Reader) -> Cell:
    status = _shown_status(row)
    return Cell(STATUS[status].to(reader.lang) if status in STATUS else "", _tone(row))


def _shown_status(row: AnswerRow) -> str:
    """What is still provisional is not judged by its attainment: half of its outcomes may be yet to come."""
    return "provisional" if row.is_provisional and row.attainment is not None else row.status or ""


def _tone(row: AnswerRow) -> Tone:
    """Too few clients or deals are shown without a colour."""
    few = any(note.code == TOO_SMALL for note in row.notes)
    return Tone.PLAIN if few else _TONES.get(_shown_status(row), Tone.PLAIN)


def _in_unit(name: str) -> Write:
    def write(row: AnswerRow, reader: Reader) -> Cell:
        value = getattr(row, name)
        if value is None:
            return Cell("")
        return Cell(numerals.value_of(value, row.unit, reader.currency, reader.lang))

    return write


def _gap(row: AnswerRow, reader: Reader) -> Cell:
    return Cell("" if row.gap is None else numerals.gap_of(row.gap, row.unit, reader.currency, reader.lang))


def _change(name: str) -> Write:
    return lambda row, reader: Cell(numerals.change_of(getattr(row, name), row.unit, reader.lang))


def _interval(row: AnswerRow, reader: Reader) -> Cell:
    return Cell(numerals.interval_of(row.low, row.high, row.unit, reader.currency, reader.lang))


def _sample(row: AnswerRow, reader: Reader) -> Cell:
    return Cell("" if row.sample_size is None else numerals.number(row.sample_size, reader.lang))


_MEASURES: dict[str, Write] = {
    "value": _value,
    "target": _in_unit("target"),
    "attainment": _attainment,
    "gap": _gap,
    "status": _status,
    "previous": _in_unit("previous"),
    "change_previous": _change("change_previous"),
    "last_year": _in_unit("last_year"),
    "change_last_year": _change("change_last_year"),
    "interval": _interval,
    "sample_size": _sample,
}

# When a column is worth showing at all.
_ASKED: dict[str, Callable[[AnswerRow], bool]] = {
    "value": lambda row: True,
    "target": lambda row: row.target is not None,
    "attainment": lambda row: row.attainment is not None,
    "gap": lambda row: row.gap is not None,
    "previous": lambda row: row.previous is not None,
    "last_year": lambda row: row.last_year is not None,
    "interval": lambda row: row.low is not None and row.high is not None,
    "sample_size": lambda row: row.sample_size is not None and row.unit in ("rate", "days", "score"),
}
_SHOWN_WITH = {"status": "target", "change_previous": "previous", "change_last_year": "last_year"}


# -- words around the table --------------------------------------------------------------------------------------


def _column(key: str, reader: Reader, right: bool = False) -> Column:
    return Column(key, TITLES[key].to(reader.lang), right)


def _scope(row: AnswerRow, lang: Lang) -> str:
    if row.scope == "unassigned":
        return UNASSIGNED.to(lang)
    return COMPANY.to(lang) if row.scope == "company" else str(row.scope_name or row.scope_id)


def _title(rows: Sequence[AnswerRow], reader: Reader, as_of: date) -> str:
    """« Chiffre d'affaires, T1 2026, au 20/03/2026 »: what is the same in every row."""
    kpis = {row.kpi for row in rows}
    periods = {(row.period_start, row.period_end): row for row in rows}
    parts = [reader.kpi(next(iter(kpis)))] if len(kpis) == 1 else []
    if len(periods) == 1:
        parts.append(reader.period(next(iter(periods.values()))))
    if any(row.is_partial for row in rows):
        parts.append(PARTIAL.to(reader.lang).format(day=numerals.day(as_of, reader.lang)))
    return ", ".join(parts)


def _notes(rows: Sequence[AnswerRow], reader: Reader) -> tuple[str, ...]:
    """Each note of a KPI once, as its widest scope says it, under the names of what differs between rows; then what
    the marks beside values mean."""
    kpis, scopes = len({row.kpi for row in rows}), len({(row.scope, row.scope_id) for row in rows})
    spans = _spans(rows, reader)
    found: dict[tuple[str, str], str] = {}
    for row in rows:
        about = [reader.kpi(row.kpi)] if kpis > 1 else []
        about += [_scope(row, reader.lang)] if scopes > 1 and row.scope != "company" else []
        for note in row.notes:
            key, message = (row.kpi, note.code), note.message
            if note.code == TOO_SMALL or key in found:
                continue
            if key in spans:
                about, message = [*about[: kpis > 1], spans[key]], _of_each(note)
            found[key] = _note(message.to(reader.lang), about, reader.lang)
    marks = "".join(_marks(row) for row in rows if row.value is not None)
    explained = [f"{mark} {words.to(reader.lang)}" for mark, words in MARKS.items() if mark in marks]
    return (*dict.fromkeys(found.values()), *explained)


def _spans(rows: Sequence[AnswerRow], reader: Reader) -> dict[tuple[str, str], str]:
    """Of several periods, the first and the last that a note about their state is said of, by KPI and note."""
    if len({(row.period_start, row.period_end) for row in rows}) < 2:
        return {}
    periods: dict[tuple[str, str], dict[str, None]] = {}
    for row in rows:
        for note in row.notes:
            if note.code in (KNOWN_THEN, REBUILT):
                periods.setdefault((row.kpi, note.code), {})[reader.period(row)] = None
    return {key: " – ".join(dict.fromkeys((*list(named)[:1], *list(named)[-1:]))) for key, named in periods.items()}


def _of_each(note: Issue) -> Text:
    return KNOWN_EACH if note.code == KNOWN_THEN else note.message


def _note(text: str, about: Sequence[str], lang: Lang) -> str:
    """« Panier moyen, Nord : 3 902,44 € sans client. »; a text that begins with the name itself stays as it is."""
    if not about or text.startswith((f"« {about[0]}", f'"{about[0]}')):
        return text
    return f"{', '.join(about)}{_colon(lang)}{text}"


def _marks(row: AnswerRow) -> str:
    """Doubt is drawn, not hidden: a mark beside the value."""
    too_small = any(note.code == TOO_SMALL for note in row.notes)
    return ("*" if row.is_provisional else "") + ("°" if too_small else "")


def _colon(lang: Lang) -> str:
    return f"{numerals.FIXED}: " if lang == "fr" else ": "
