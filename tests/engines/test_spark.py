"""Spark as an engine: whole answers, only questions, and one clear sentence for whatever goes wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from sqlglot import parse_one

from cadran.engines.engine import Engine
from cadran.engines.spark import SparkEngine
from cadran.engines.spark_sql import Staged, staged, written
from cadran.errors import EngineError
from tests.company import close, company, values
from tests.engines.spark_cluster import SparkCluster
from tests.engines.twin import in_place

LINES = "id int, amount numeric(18,4), sold_at timestamptz"
ROWS = [
    (1, "10.5", "2026-01-31 23:30:00+00"),
    (2, "-3", "2026-02-10 10:00:00+00"),
    (3, None, "2026-02-10 10:00:00+00"),
]


@pytest.fixture(scope="module")
def filled(spark: SparkCluster) -> SparkCluster:
    spark.fill("plain", {"lines": (LINES, ROWS)})
    return spark


@pytest.fixture
def engine(filled: SparkCluster) -> Iterator[SparkEngine]:
    opened = SparkEngine.connect(filled.url)
    yield opened
    opened.close()


def test_it_is_an_engine(engine: SparkEngine) -> None:
    like: Engine = engine
    assert (like.name, like.dialect, like.lacks) == ("Spark", "spark", frozenset())


def test_sums_stay_decimals(engine: SparkEngine) -> None:
    (row,) = engine.query("SELECT sum(amount) AS a, sum(id) AS b FROM plain.lines").to_pylist()
    assert row == {"a": Decimal("7.5000"), "b": 6}


def test_a_long_product_loses_no_place(engine: SparkEngine) -> None:
    """Spark's own rule rounds it to fewer places than DuckDB keeps."""
    product = "CAST(1234567.8901 AS DECIMAL(18,4)) * CAST(0.12345678 AS DECIMAL(20,8))"
    (row,) = engine.query(f"SELECT {product} AS a").to_pylist()
    assert row["a"] == Decimal("1234567.8901") * Decimal("0.12345678")


@pytest.mark.parametrize("source", ['table = "plain.lines"', 'query = "SELECT * FROM parquet.`{path}`"'])
def test_a_table_or_a_file_is_read_in_place(filled: SparkCluster, tmp_path: Path, source: str) -> None:
    """Half past eleven on 31 January in London: a sale of February in Paris."""
    company(tmp_path, {})
    columns = 'columns = { sale_id = "id", amount = "amount", sold_on = "sold_at" }'
    section = source.format(path=filled.path("plain", "lines"))
    workspace = in_place(tmp_path, filled.url, {"sales": f"{section}\n{columns}"})
    assert values(workspace, "revenue", "2026-02") == {"Entreprise": Decimal("7.5")}
    close(workspace)


def test_it_can_be_interrupted(engine: SparkEngine) -> None:
    def stop() -> None:
        time.sleep(4)
        engine.interrupt()

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(EngineError) as raised:
        engine.query("SELECT sum(a.id * b.id % 7) AS a FROM range(3000000) AS a CROSS JOIN range(3000000) AS b")
    thread.join()
    assert raised.value.code == "engine_interrupted"


def test_what_it_would_read_is_refused(engine: SparkEngine) -> None:
    with pytest.raises(EngineError) as raised:
        engine.scans("SELECT 1")
    assert "--plan" in raised.value.to("fr")


# -- its words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("1 / 0", None),
        ("7 / 2", 3.5),
        ("round(CAST(2.345 AS DECIMAL(18,4)), 2)", 2.35),
        ("round(1 / 3, 2)", 0.33),
        ("date_diff('day', DATE '2026-01-31', DATE '2026-03-01')", 29),
        ("date_diff('month', DATE '2026-01-31', DATE '2026-02-01')", 1),
        ("date_diff('month', DATE '2025-12-31', DATE '2027-01-01')", 13),
        ("date_diff('month', DATE '2026-02-01', DATE '2026-01-31')", -1),
        ("8 / (4 / 2) / 2", 2.0),
        ("least(3, null, 2)", 2),
        ("CASE WHEN 'a%b' LIKE 'a\\%b' THEN 1 ELSE 0 END", 0),
        ("CASE WHEN 'a\\b' LIKE 'a\\%' THEN 1 ELSE 0 END", 1),
        ("CASE WHEN 'O''Brien\\' = 'O''Brien\\' THEN 1 ELSE 0 END", 1),
        ("CASE WHEN NULL IS NOT DISTINCT FROM NULL THEN 1 ELSE 0 END", 1),
        ("(SELECT percentile_cont(0.8) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2), (10)) AS v(x))", 6.8),
        ("(SELECT median(x) FILTER (WHERE x < 9) FROM (VALUES (1), (2), (10)) AS v(x))", 1.5),
        ("(SELECT avg(x) FROM (VALUES (1.0), (1.0), (2.0)) AS v(x))", 4 / 3),
    ],
)
def test_formulas_mean_what_they_mean_in_duckdb(engine: SparkEngine, formula: str, value: float | None) -> None:
    tree = parse_one(f"SELECT {formula} AS a", dialect="duckdb")
    (row,) = engine.query(tree).to_pylist()
    assert row["a"] == value or float(row["a"]) == pytest.approx(value)
    if value is not None:
        assert float(duckdb.sql(f"SELECT {formula}").fetchall()[0][0]) == pytest.approx(value)


def test_teams_in_a_circle_end() -> None:
    tree = parse_one(
        'WITH RECURSIVE "above" AS (SELECT "t"."id", "t"."id" AS "up" FROM "t" UNION '
        'SELECT "a"."id", "t"."parent" AS "up" FROM "above" AS "a" JOIN "t" AS "t" ON "a"."up" = "t"."id") '
        'SELECT * FROM "above"',
        dialect="duckdb",
    )
    sql = written(tree)
    assert "UNION ALL" in sql
    assert "`a`.`depth` < 64" in sql
    assert sql.count("RECURSIVE") == 1


# -- its steps -----------------------------------------------------------------------------------------------------


def test_steps_are_views_and_what_is_read_twice_is_kept() -> None:
    tree = parse_one(
        'WITH "lines" AS (SELECT * FROM crm."rows"), "rows" AS MATERIALIZED (SELECT "a" FROM "lines"), '
        '"s0" AS (SELECT "rows"."a" FROM "rows" JOIN "rows" AS "r" ON "r"."a" = "rows"."a") SELECT * FROM "s0"',
        dialect="duckdb",
    )
    parts = staged(tree, "7")
    assert parts.views == (
        ("lines_7", "SELECT * FROM crm.`rows`", False),
        ("rows_7", "SELECT `a` FROM `lines_7` AS `lines`", True),
        ("s0_7", "SELECT `rows`.`a` FROM `rows_7` AS `rows` JOIN `rows_7` AS `r` ON `r`.`a` = `rows`.`a`", False),
    )
    assert parts.last == "SELECT * FROM `s0_7` AS `s0`"


def test_a_statement_without_steps_is_one_select() -> None:
    assert staged(parse_one("SELECT 1 AS a"), "7") == Staged((), "SELECT 1 AS a")


def test_nothing_is_left_of_the_steps(engine: SparkEngine) -> None:
    tree = parse_one('WITH "x" AS (SELECT id FROM plain.lines) SELECT count(*) AS n FROM "x" a JOIN "x" b USING (id)')
    assert engine.query(tree).to_pylist() == [{"n": 3}]
    with pytest.raises(EngineError):
        engine.query(parse_one('WITH "x" AS (SELECT nothing FROM plain.lines) SELECT * FROM "x" a, "x" b'))
    assert engine._session.sql("SHOW VIEWS").toArrow().num_rows == 0
