"""Are two scorecards the same? Their common cells are compared; what only one has is counted.

A cell may be missing on one side by definition: the hand-written plans leave out cells without rows, and count a sales
cycle from the deal's creation where no first contact is known, as this project does too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from cadran.workspace import Workspace

# The names of SCORECARD.md and ours.
NAMES = {
    "active_customers": "active_clients",
    "new_customers": "new_clients",
    "retention": "retention_rate",
    "cohort_conversion": "opportunity_conversion",
    "cycle_mean_days": "sales_cycle_days",
    "cycle_median_days": "sales_cycle_median",
}

_HAND_WRITTEN = """
CREATE TABLE theirs AS
SELECT coalesce(names.ours, t.kpi) AS kpi, t.unit AS scope, coalesce(r.key, k.key, '') AS scope_id, t.period,
       t.value, t.previous, t.target, t.attainment
FROM read_parquet($1) t
LEFT JOIN names ON names.theirs = t.kpi
LEFT JOIN keys_rep r ON r.id = CASE t.unit WHEN 'rep' THEN t.unit_id END
LEFT JOIN keys_team k ON k.id = CASE t.unit WHEN 'team' THEN t.unit_id END
"""
_OURS = """
CREATE TABLE ours AS
SELECT kpi, scope, coalesce(scope_id, '') AS scope_id, period_start AS period, value, previous, target, attainment
FROM read_parquet($1) WHERE value IS NOT NULL
"""
_DIFFERS = """
CREATE MACRO differs(a, b) AS
  a IS DISTINCT FROM b AND (a IS NULL OR b IS NULL OR abs(a - b) > 1e-9 * greatest(1, abs(b)));
"""
_COMPARED = """
SELECT kpi,
       count(*) FILTER (in_both) AS common,
       count(*) FILTER (t.value IS NULL) AS only_ours,
       count(*) FILTER (t.value IS NULL AND o.value <> 0) AS not_zero,
       count(*) FILTER (o.value IS NULL) AS only_theirs,
       count(*) FILTER (in_both AND differs(o.value, t.value)) AS values,
       count(*) FILTER (o.previous + t.previous IS NOT NULL AND differs(o.previous, t.previous)) AS previous,
       count(*) FILTER (in_both AND (differs(o.target, t.target) OR differs(o.attainment, t.attainment))) AS targets
FROM ours o FULL JOIN theirs t USING (kpi, scope, scope_id, period),
     LATERAL (SELECT o.value IS NOT NULL AND t.value IS NOT NULL AS in_both)
GROUP BY kpi ORDER BY kpi
"""

_AGREED = """
SELECT count(*) AS cells,
       count(*) FILTER (o.kpi IS NULL OR t.kpi IS NULL OR differs(o.value, t.value) OR differs(o.previous, t.previous)
                        OR differs(o.target, t.target) OR differs(o.attainment, t.attainment)) AS different
FROM read_parquet($1) o FULL JOIN read_parquet($2) t
  ON o.kpi = t.kpi AND o.scope = t.scope AND o.scope_id IS NOT DISTINCT FROM t.scope_id
  AND o.period_start = t.period_start
"""


def agreement(one: Path, other: Path) -> tuple[int, int]:
    """Of two answers of this project: the cells of either, and how many are not the same in both, to 1e-9."""
    connection = duckdb.connect()
    connection.execute(_DIFFERS)
    found = connection.execute(_AGREED, [str(one), str(other)]).fetchone()
    assert found is not None, "an aggregate without groups has one row"
    return int(found[0]), int(found[1])


def interned(workspace: Workspace) -> dict[str, pa.Table]:
    """The numbers of reps and teams in a store, beside the company's own ids."""
    with workspace.lake() as lake:
        return {
            domain: lake.connection.sql(f"SELECT id, key FROM lake.keys_{domain}").to_arrow_table()
            for domain in ("rep", "team")
        }


def as_written(files: Path) -> dict[str, pa.Table]:
    """The same where nobody numbered them: the company's own ids, which are numbers here."""
    return {
        domain: duckdb.sql(
            f"SELECT {domain}_id AS id, CAST({domain}_id AS VARCHAR) AS key FROM read_parquet('{files}/{domain}s/*')"
        ).to_arrow_table()
        for domain in ("rep", "team")
    }


def compare(keys: Mapping[str, pa.Table], ours: Path, theirs: Path) -> list[dict[str, object]]:
    """One row per KPI: common cells, cells of one side only, and the common cells that differ by more than 1e-9.
    `keys`: what a hand-written plan calls reps and teams, beside what they are called here."""
    connection = duckdb.connect()
    for domain, table in keys.items():
        connection.register(f"keys_{domain}", table)
    connection.execute("CREATE TABLE names (theirs VARCHAR, ours VARCHAR)")
    connection.executemany("INSERT INTO names VALUES (?, ?)", list(NAMES.items()))
    connection.execute(_OURS, [str(ours)])
    connection.execute(_HAND_WRITTEN, [str(theirs)])
    connection.execute(_DIFFERS)
    return connection.sql(_COMPARED).to_arrow_table().to_pylist()


def show_equality(rows: list[dict[str, object]]) -> None:
    print("\nCells against the hand-written plan: in common, of one side only, and different by more than 1e-9\n")
    columns = ("common", "only_ours", "not_zero", "only_theirs", "values", "previous", "targets")
    print(f"{'':26}" + "".join(f"{name:>12}" for name in columns))
    for row in rows:
        print(f"{row['kpi']!s:26}" + "".join(f"{row[name]!s:>12}" for name in columns))
