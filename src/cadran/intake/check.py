"""What can be wrong with a row, as conditions over its columns: errors send it to quarantine, doubts mark a value.

| an error is                                          | a doubt is                                        |
| a cell that cannot be read as its column's type      | the first of two dates that are out of order      |
| a required column left empty                         | a date more than ten years ahead                  |
| a currency that does not exist, or two at once       | a choice that is not required and not known (a    |
| a date before 1900, a share outside [0, 1]           | sale's kind is always an error: empty means one)  |
| a level outside 1-5, a rate that is not positive     | an NPS score outside 0-10                         |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from cadran.intake.cells import literal
from cadran.intake.clean import Cleaned
from cadran.intake.plan import Fill
from cadran.periods.period import add_months
from cadran.store.schema import quoted
from cadran.tables.contract import Column, Table, Type

# An empty kind of document means an invoice: a word that is not understood must not become that.
_EMPTY_HAS_A_MEANING = (("sales", "kind"),)
_OWN_RULES = {
    ("assessments", "level"): ("level_out_of_range", "level NOT BETWEEN 1 AND 5"),
    ("exchange_rates", "rate"): ("rate_not_positive", "rate <= 0"),
}
_OLDEST = date(1900, 1, 1)
_YEARS_AHEAD = 10
_DATES = (Type.DATE, Type.TIMESTAMP)


@dataclass(frozen=True)
class Check:
    """A row is at fault in `column` where `condition` holds; `code` is SQL too, most often a constant."""

    column: str
    code: str
    condition: str


def error_checks(fill: Fill, cleaned: Cleaned) -> tuple[Check, ...]:
    """Every check of a fill whose failure sends the row to quarantine."""
    return (*_unreadable(fill, cleaned), *_missing(fill, cleaned), *_impossible(fill, cleaned))


def doubt_checks(fill: Fill, cleaned: Cleaned, today: date) -> tuple[Check, ...]:
    """Every check of a fill whose failure marks a value as doubtful."""
    return (
        *_disordered(fill.table, fill.columns),
        *_far_ahead(fill, cleaned, today),
        *_odd_scores(fill),
        *_unknown(fill, cleaned),
    )


def counted_by(fill: Fill) -> tuple[str, ...]:
    """The columns of a fill that a fact is counted by, where a row may lack them. A lead is nobody's client yet; a deal
    that only says its first contact has no other date to begin with."""
    table, given = fill.table, fill.columns
    client = "account_id" if table.key != ("lead_id",) else ""
    date = table.dated_by if table.dated_by and table.dated_by in given else "first_contact_on"
    wanted = (client, "rep_id", date) if table.is_fact else ()
    return tuple(name for name in wanted if name in table and name in given and not table[name].required)


def key_is_given(fill: Fill) -> bool:
    """False where the key comes from the row's contents."""
    return not fill.table.keyless or fill.table.key[0] in fill.columns


def mask(table: Table, checks: Iterable[Check]) -> str:
    """A bit per column (`Table.position`) at fault."""
    conditions: dict[str, list[str]] = {}
    for check in checks:
        conditions.setdefault(check.column, []).append(check.condition)
    bits = [
        f"CASE WHEN {' OR '.join(each)} THEN {1 << table.position(column)} ELSE 0 END"
        for column, each in conditions.items()
    ]
    return f"CAST({' | '.join(bits) or '0'} AS BIGINT)"


def _unreadable(fill: Fill, cleaned: Cleaned) -> Iterator[Check]:
    for name in sorted(cleaned.unread):
        if not _may_be_unknown(fill.table, fill.table[name]):
            yield Check(name, quoted("!" + name), f"{quoted('!' + name)} IS NOT NULL")


def _missing(fill: Fill, cleaned: Cleaned) -> Iterator[Check]:
    from_contents = () if key_is_given(fill) else fill.table.key
    for name in fill.table.required:
        if name not in from_contents and name not in cleaned.seen.full:
            unread = f" AND {quoted('!' + name)} IS NULL" if name in cleaned.unread else ""
            yield Check(name, "'missing_value'", f"({quoted(name)} IS NULL{unread})")


def _impossible(fill: Fill, cleaned: Cleaned) -> Iterator[Check]:
    for name in fill.columns:
        column = fill.table[name]
        first, _ = cleaned.seen.days.get(name, (date.min, date.max))
        if column.type in _DATES and first < _OLDEST:
            yield Check(name, "'date_too_old'", f"{quoted(name)} < DATE '{_OLDEST}'")
        if column.type is Type.SHARE:
            yield Check(name, "'share_out_of_range'", f"{quoted(name)} NOT BETWEEN 0 AND 1")
        if rule := _OWN_RULES.get((fill.table.name, name)):
            yield Check(name, literal(rule[0]), rule[1])


def _disordered(table: Table, columns: Iterable[str]) -> Iterator[Check]:
    given = set(columns)
    for first, last in table.ordered:
        if {first, last} <= given:
            yield Check(first, "'dates_out_of_order'", f"{quoted(first)} > {quoted(last)}")


def _far_ahead(fill: Fill, cleaned: Cleaned, today: date) -> Iterator[Check]:
    """A distant, optional end is how people write "no end": it is not doubtful."""
    limit = add_months(today, 12 * _YEARS_AHEAD)
    for name in fill.columns:
        column = fill.table[name]
        _, last = cleaned.seen.days.get(name, (date.min, date.max))
        if column.type in _DATES and (column.required or name != "ends_on") and last > limit:
            yield Check(name, "'far_future'", f"{quoted(name)} > DATE '{limit}'")


def _odd_scores(fill: Fill) -> Iterator[Check]:
    if fill.table.name == "feedback" and "score" in fill.columns:
        yield Check("score", "'score_out_of_range'", "(kind = 'nps' AND score NOT BETWEEN 0 AND 10)")


def _unknown(fill: Fill, cleaned: Cleaned) -> Iterator[Check]:
    for name in sorted(cleaned.unread):
        if _may_be_unknown(fill.table, fill.table[name]):
            yield Check(name, quoted("!" + name), f"{quoted('!' + name)} IS NOT NULL")


def _may_be_unknown(table: Table, column: Column) -> bool:
    """Whether a choice that is not understood leaves the row in, without it."""
    return column.type is Type.CHOICE and not column.required and (table.name, column.name) not in _EMPTY_HAS_A_MEANING
