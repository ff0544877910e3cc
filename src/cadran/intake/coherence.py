"""Rows that contradict each other, or speak of what is not: seen only when all the rows of a table stand together.

An import is told of its own rows at fault, `cadran doctor` of all of them; both ask here. The rows are loaded: what
the numbers make of them is said in the remark.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cadran.catalogue.sources import SOURCES
from cadran.errors import IntakeError
from cadran.intake.cells import literal
from cadran.objectives.target import TargetRow, parse_dimensions, resolve_windows
from cadran.store.delivery import Staged
from cadran.store.schema import current, id_as_text, is_interned, quoted, stored_as
from cadran.tables.contract import Column, Table
from cadran.tables.model import SALES_MODEL

if TYPE_CHECKING:
    from cadran.catalogue.loader import Catalogue

Query = Callable[[str], list[tuple[Any, ...]]]
CHECKED = ("memberships", "credits", "targets")
_TINY = "0.000000001"  # what shares may miss of 1 before somebody else gets it


@dataclass(frozen=True)
class Fault:
    """Rows of a table at fault in `column`; `query` gives their `row_key` and an `example`."""

    table: str
    code: str
    column: str
    query: str


@dataclass(frozen=True)
class Known:
    """What rows may speak of: the KPIs, the queries of the known keys of `reps` and `teams` (None where there are
    none at all), and the month the fiscal year starts in."""

    catalogue: Catalogue
    reps: str | None
    teams: str | None
    fiscal_month: int


def stored_rows(table: str) -> str:
    """The query of a stored table's current rows, ids as text."""
    model = SALES_MODEL[table]
    columns = [f"{_as_text(model, column)} AS {quoted(column.name)}" for column in model.columns]
    return f"SELECT row_key, _import, {', '.join(columns)} FROM {current(table)} t"


def _as_text(table: Table, column: Column) -> str:
    stored = f"t.{quoted(stored_as(table, column.name))}"
    return id_as_text(column.domain, stored) if is_interned(column) else stored


def known_keys(query: Query, parent: str, stored: Container[str], staged: Sequence[Staged] = ()) -> str | None:
    """The query of the keys of a table, in the store and in what is staged of it; None when there are none at all.
    `stored`: the tables of the store that hold any row. Once a table is delivered itself, what was only inferred from
    facts is no record: it would make every name that facts use known."""
    kept = [current(parent)] if parent in stored else []
    proper = [f"{each} WHERE NOT _derived" for each in kept] + [each.relation for each in staged if not each.derived]
    whole = kept + [each.relation for each in staged]
    for relations in filter(None, (proper, whole)):
        union = " UNION ALL ".join(f"SELECT row_key FROM {each}" for each in relations)
        if query(f"SELECT 1 FROM ({union}) LIMIT 1"):
            return union
    return None


def faults(query: Query, table: str, rows: str, known: Known) -> Iterator[Fault]:
    """What may be wrong among all the rows of `table` (one of CHECKED), which the query `rows` gives."""
    if table == "credits":
        yield Fault(table, "shares_do_not_add_up", "share", _SHARES.format(rows=rows))
    elif table == "memberships":
        yield Fault(table, "overlapping_memberships", "starts_on", _OVERLAPS.format(rows=rows))
    else:
        yield from _target_faults(query, rows, known)


_SHARES = (
    "SELECT row_key, fact_id || ' : ' || rtrim(rtrim(CAST(CAST(total * 100 AS DECIMAL(18,4)) AS VARCHAR), '0'), '.') "
    "|| ' %' AS example FROM (SELECT row_key, fact_id, sum(share) OVER (PARTITION BY fact, fact_id) AS total "
    f"FROM ({{rows}})) WHERE abs(total - 1) > {_TINY}"
)

_OVERLAPS = """
SELECT row_key, concat(rep_id, ' : ', team_id, ' ', starts_on) AS example FROM (
    SELECT row_key, rep_id, team_id, starts_on, coalesce(ends_on, DATE '9999-12-31') AS until_day,
        lead(starts_on) OVER by_start AS following,
        max(coalesce(ends_on, DATE '9999-12-31')) OVER (by_start ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
            AS taken_until
    FROM ({rows}) WHERE starts_on < coalesce(ends_on, DATE '9999-12-31')
    WINDOW by_start AS (PARTITION BY rep_id ORDER BY starts_on, row_key))
WHERE following < until_day OR taken_until > starts_on
"""


def _target_faults(query: Query, rows: str, known: Known) -> Iterator[Fault]:
    ids = ", ".join(literal(kpi.id) for kpi in known.catalogue)
    yield _target("unknown_kpi", "kpi", f"kpi NOT IN ({ids})", "kpi", rows)
    window = "(coalesce(CAST(starts_on AS VARCHAR), ''), coalesce(CAST(ends_on AS VARCHAR), ''), coalesce(period, ''))"
    if found := list(_without_window(query, rows, known)):
        shown = "concat_ws(' ', kpi, scope_id, starts_on, ends_on, period)"
        yield _target("target_without_window", "period", f"{window} IN ({', '.join(found)})", shown, rows)
    yield _target("unknown_scope", "scope_id", _nobody(known), "concat_ws(' ', scope, scope_id)", rows)
    if found := list(_without_dimension(query, rows, known)):
        condition = f"(kpi, dimensions) IN ({', '.join(found)})"
        yield _target("unknown_dimension", "dimensions", condition, "concat(kpi, ' : ', dimensions)", rows)


def _target(code: str, column: str, condition: str, example: str, rows: str) -> Fault:
    return Fault("targets", code, column, f"SELECT row_key, {example} AS example FROM ({rows}) WHERE {condition}")


def _without_window(query: Query, rows: str, known: Known) -> Iterator[str]:
    """The bounds that make no window, as SQL tuples."""
    for starts_on, ends_on, period in query(f"SELECT DISTINCT starts_on, ends_on, period FROM ({rows})"):
        row = TargetRow("", "company", None, starts_on, ends_on, period, Decimal(0))
        if resolve_windows([row], known.fiscal_month).problems:
            yield _tuple([str(bound) if bound else "" for bound in (starts_on, ends_on, period)])


def _without_dimension(query: Query, rows: str, known: Known) -> Iterator[str]:
    """The breakdowns of a KPI that cannot be read, or that it cannot be split by, as SQL tuples."""
    for kpi, dimensions in query(f"SELECT DISTINCT kpi, dimensions FROM ({rows}) WHERE dimensions IS NOT NULL"):
        names = _splits(known.catalogue, kpi)
        try:
            is_wrong = bool(names) and not {name for name, _ in parse_dimensions(dimensions)} <= names
        except IntakeError:
            is_wrong = True
        if is_wrong:
            yield _tuple([kpi, dimensions])


def _splits(catalogue: Catalogue, kpi_id: str) -> set[str]:
    """The columns a KPI may be split by: those of its sources, of all sources where it is worked out from others;
    none for an unknown KPI."""
    if kpi_id not in catalogue:
        return set()
    sources = [population.of for population in catalogue.get(kpi_id).populations] or list(SOURCES)
    return {name for source in sources for name in SOURCES[source].column_types()}


def _nobody(known: Known) -> str:
    """A company's target that names somebody, a team's or a rep's that names nobody known."""
    wrong = ["(scope = 'company' AND scope_id IS NOT NULL)", "(scope <> 'company' AND scope_id IS NULL)"]
    for scope, keys in (("rep", known.reps), ("team", known.teams)):
        if keys:
            wrong.append(f"(scope = '{scope}' AND scope_id NOT IN (SELECT row_key FROM ({keys})))")
    return " OR ".join(wrong)


def _tuple(texts: Sequence[str]) -> str:
    return f"({', '.join(map(literal, texts))})"
