"""The rows behind a number, as people read them: no technical key, no empty column, no column that says one thing."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cadran.errors import Lang, Text
from cadran.numerals import number
from cadran.present.grid import Grid, record_grid
from cadran.present.words import TITLES
from cadran.tables.contract import Table
from cadran.tables.model import SALES_MODEL

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = Text("Les lignes derrière le chiffre", "The rows behind the number")
_MORE = Text(
    "Les {shown} premières sur {rows} lignes. Pour toutes les avoir : --format csv.",
    "The first {shown} of {rows} rows. To have them all: --format csv.",
)
TITLES_OF_ROWS = {
    "kpi": TITLES["kpi"],
    "period_start": Text("Du", "From"),
    "period_end": Text("Au (exclu)", "To (excluded)"),
    "rep": Text("Commercial", "Rep"),
    "team": Text("Équipe", "Team"),
    "in_numerator": Text("Au numérateur", "In the numerator"),
    "in_denominator": Text("Au dénominateur", "In the denominator"),
}
_MADE_KEY = re.compile(r"[0-9a-f]{32}")  # of a line whose file gave it no key
_TECHNICAL = frozenset({"row_key", "rep_id"})
_SAYS_LITTLE_ALONE = frozenset({"kpi", "period_start", "period_end", "in_numerator", "in_denominator"})


def behind_grid(rows: pa.Table, lang: Lang, limit: int) -> Grid:
    """The first `limit` rows; the note says how many there are."""
    shown = rows.slice(0, limit)
    records: list[dict[str, Any]] = shown.to_pylist()
    table = counted_table(rows.column_names)
    worth = [name for name in rows.column_names if _is_worth_a_column(name, table, records)]
    names = [name for name in worth if name in table.key] or worth[:1]
    titles = {name: _title(name, table, lang) for name in dict.fromkeys((*names, *worth))}
    notes = [_MORE.to(lang).format(shown=limit, rows=number(rows.num_rows, lang))] if rows.num_rows > limit else []
    return replace(record_grid(_ROWS.to(lang), records, titles, lang, notes), names=len(names))


def counted_table(columns: list[str]) -> Table:
    """The table the rows come from: the one that has most of their columns."""
    return max(SALES_MODEL.values(), key=lambda table: sum(name in table for name in columns))


def _is_worth_a_column(name: str, table: Table, records: list[dict[str, Any]]) -> bool:
    values = {record[name] for record in records} - {None}
    if name in _TECHNICAL or not values:
        return False
    if table.keyless and name in table.key and all(_MADE_KEY.fullmatch(str(value)) for value in values):
        return False
    return len(values) > 1 or name not in _SAYS_LITTLE_ALONE


def _title(name: str, table: Table, lang: Lang) -> str:
    if name in TITLES_OF_ROWS:
        return TITLES_OF_ROWS[name].to(lang)
    return table[name].label.to(lang) if name in table else name
