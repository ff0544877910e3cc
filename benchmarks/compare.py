"""Are two scorecards the same? Their common cells are compared; what only one has is counted.

A cell may be missing on one side by definition: the hand-written plans leave out cells without rows, and count a sales
cycle from the deal's creation where no first contact is known, as this project does too.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

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
LEFT JOIN keys_rep r ON t.unit = 'rep' AND r.id = t.unit_id
LEFT JOIN keys_team k ON t.unit = 'team' AND k.id = t.unit_id
"""
_OURS = """
CREATE TABLE ours AS
SELECT kpi, scope, coalesce(scope_id, '') AS scope_id, period_start AS period, value, previous, target, attainment
FROM read_parquet($1) WHERE value IS NOT NULL
"""
_COMPARED = """
CREATE MACRO differs(a, b) AS
  a IS DISTINCT FROM b AND (a IS NULL OR b IS NULL OR abs(a - b) > 1e-9 * greatest(1, abs(b)));
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


def compare(workspace: Workspace, ours: Path, theirs: Path) -> list[dict[str, object]]:
    """One row per KPI: common cells, cells of one side only, and the common cells that differ by more than 1e-9."""
    connection = duckdb.connect()
    with workspace.lake() as lake:
        for domain in ("rep", "team"):
            keys = lake.connection.sql(f"SELECT id, key FROM lake.keys_{domain}").to_arrow_table()
            connection.register(f"keys_{domain}", keys)
    connection.execute("CREATE TABLE names (theirs VARCHAR, ours VARCHAR)")
    connection.executemany("INSERT INTO names VALUES (?, ?)", list(NAMES.items()))
    connection.execute(_OURS, [str(ours)])
    connection.execute(_HAND_WRITTEN, [str(theirs)])
    return connection.sql(_COMPARED).to_arrow_table().to_pylist()
