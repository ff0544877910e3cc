"""Hand-written SQL for the other engines, made of the parts of the plans in `shared/bench`.

`tuned` is there in every dialect. `bits` is there for DuckDB alone: here it is for PostgreSQL, which has neither
`unnest` of many structs nor a cheap cast of a date to a month. Both sum doubles, which PostgreSQL does faster than
decimals, and take the month of a date without the detour over time zones.
"""

from __future__ import annotations

import sys
from types import ModuleType

from benchmarks.company import BENCH

_MONTHS = 60


def _plans() -> ModuleType:
    sys.path.insert(0, str(BENCH / "peers"))
    return __import__("tuned")


def tuned() -> str:
    """The plan `tuned` for PostgreSQL."""
    return _plain(_plans().sql("postgres"))


def bits() -> str:
    """The plan `bits` for PostgreSQL: a bit per month that a client bought in, summed up by place."""
    plans = _plans()
    whole = plans.sql("postgres")
    orders, rest = whole.split("a_rep AS MATERIALIZED (", 1)
    redone = rest[rest.index("redo_n AS MATERIALIZED (") : rest.index("s AS (")]
    deals = rest[rest.index("\np AS MATERIALIZED (") + 1 :]
    levels = "".join(_counted(unit, key) for unit, key in plans.LEVELS)
    revenue = _each(
        plans.LEVELS,
        "SELECT '{unit}' unit, {key} unit_id, m, sum(amt) revenue, sum(n)::bigint orders "
        "FROM m_rep JOIN reps USING (rep_id) GROUP BY 1, 2, 3",
    )
    return _plain(f"{orders}{_BITS}{levels}{redone}rev AS ({revenue}),{_READ}{deals}")


def spark_steps() -> tuple[list[tuple[str, str]], str]:
    """The plan `tuned` for Spark, step by step: (name, SELECT), and the SELECT that reads them."""
    steps, last = _plans().steps("spark")
    return steps, last


def spark_queries() -> list[str]:
    """A query per KPI and level, for Spark."""
    _plans()
    return [query for _, _, query in __import__("naive").queries("spark")]


_BITS = """
lim AS MATERIALIZED (SELECT date_trunc('quarter', min(d))::date d0, max(d2) d1 FROM o),
mon AS MATERIALIZED (SELECT i, (d0 + make_interval(months => i))::date m FROM lim, generate_series(0, 62) i),
clean AS MATERIALIZED (
  SELECT date_trunc('month', d)::date m, rep_id, acc, amt, 1 n FROM o WHERE d = d2 AND rep_id = r2 AND acc = a2
  UNION ALL SELECT m, rep_id, acc, amt, 0 FROM redo),
m_rep AS MATERIALIZED (SELECT m, rep_id, sum(amt) amt, sum(n) n FROM clean GROUP BY 1, 2),
b_rep AS MATERIALIZED (SELECT rep_id, acc, bit_or(1::bigint << i) b FROM clean JOIN mon USING (m) GROUP BY 1, 2),
b_team AS MATERIALIZED (SELECT team_id, acc, bit_or(b) b FROM b_rep JOIN reps USING (rep_id) GROUP BY 1, 2),
b_company AS MATERIALIZED (SELECT acc, bit_or(b) b FROM b_team GROUP BY 1),
fb AS MATERIALIZED (SELECT acc, b & -b fb FROM b_company),
"""
_READ = """
s AS (
  SELECT unit, unit_id, m, revenue, orders, a active, n fresh FROM rev JOIN (
    SELECT unit, unit_id, m, a, n
    FROM (SELECT * FROM u_company UNION ALL SELECT * FROM u_team UNION ALL SELECT * FROM u_rep) x JOIN mon USING (i)
    WHERE a > 0) y USING (unit, unit_id, m)),
ret AS MATERIALIZED (
  SELECT unit, unit_id, (d0 + make_interval(months => 3 * i))::date q, r::float8 / p AS val
  FROM (SELECT * FROM v_company UNION ALL SELECT * FROM v_team UNION ALL SELECT * FROM v_rep) x, lim
  WHERE p > 0 AND d0 + make_interval(months => 3 * i) <= d1),
"""


def _counted(unit: str, key: str) -> str:
    """Of one level: clients and new clients by month, clients and retained ones by quarter."""
    quarters = range(_MONTHS // 3)
    quarter = " | ".join(f"(CASE WHEN b & {7 << 3 * i} <> 0 THEN {1 << i} ELSE 0 END)" for i in quarters)
    months = _sums((("b", "a"), ("nb", "n")), range(_MONTHS))
    told = f"{months}, {_sums((('q', 'q'), ('r', 'r')), quarters)}"
    by_month = ", ".join(f"({i}, a{i}, n{i})" for i in range(_MONTHS))
    by_quarter = ", ".join(f"({i}, q{i - 1}, r{i})" for i in quarters[1:])
    return f"""
n_{unit} AS MATERIALIZED (
  SELECT {key} k, {told} FROM (
    SELECT {key}, b, b & fb nb, q, q & (q << 1) r
    FROM (SELECT {key}, b, fb, {quarter} q FROM b_{unit} JOIN fb USING (acc)) y OFFSET 0) x GROUP BY 1),
u_{unit} AS (SELECT '{unit}' unit, k unit_id, x.i, a, n FROM n_{unit}, LATERAL (VALUES {by_month}) x(i, a, n)),
v_{unit} AS (SELECT '{unit}' unit, k unit_id, x.i, p, r FROM n_{unit}, LATERAL (VALUES {by_quarter}) x(i, p, r)),
"""


def _sums(names: tuple[tuple[str, str], ...], places: range) -> str:
    return ", ".join(f"sum((({word} >> {i}) & 1)::int) {name}{i}" for word, name in names for i in places)


def _each(levels: list[tuple[str, str]], query: str) -> str:
    return " UNION ALL ".join(query.format(unit=unit, key=key) for unit, key in levels)


def _plain(query: str) -> str:
    """Sums of doubles, and months of timestamps: a date is else taken for a moment of some time zone."""
    query = query.replace("sum(amount) amt", "sum(CAST(amount AS float8)) amt")
    for part, columns in (("month", ("sold_on", "created_on", "closed_on", "d")), ("quarter", ("m", "min(d)"))):
        for column in columns:
            query = query.replace(f"date_trunc('{part}', {column})", f"date_trunc('{part}', {column}::timestamp)")
    return query
