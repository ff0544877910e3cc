from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from sqlglot import parse_one

from cadran.engines.duckdb import DuckDBEngine
from cadran.engines.engine import Engine
from cadran.errors import EngineError
from cadran.store.lake import Lake
from cadran.store.ledger import commit
from tests.store.deliveries import deliver


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as connection:
        yield DuckDBEngine(connection)


def test_it_is_an_engine(engine: Engine) -> None:
    assert (engine.name, engine.dialect, engine.lacks) == ("DuckDB", "duckdb", frozenset())


@pytest.mark.parametrize("statement", ["SELECT 1 AS one", parse_one("SELECT 1 AS one")])
def test_an_answer_is_one_arrow_table(engine: DuckDBEngine, statement: str) -> None:
    answer = engine.query(statement)
    assert isinstance(answer, pa.Table)
    assert answer.to_pydict() == {"one": [1]}


def test_money_stays_decimal(engine: DuckDBEngine) -> None:
    answer = engine.query("SELECT sum(x) AS total FROM (VALUES (0.1::DECIMAL(18,4)), (0.2::DECIMAL(18,4))) t(x)")
    assert str(answer["total"][0].as_py()) == "0.3000"


def test_the_engine_s_message_comes_in_one_line(engine: DuckDBEngine) -> None:
    with pytest.raises(EngineError) as refusal:
        engine.query("SELECT nope FROM (SELECT 1 AS yes)")
    assert refusal.value.code == "engine_failed"
    assert "nope" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_plan_tells_each_reading_of_a_table_and_runs_nothing() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE sold AS SELECT range AS amount, range % 2 AS rep, 1 AS idle FROM range(10)")
        connection.execute("CREATE TABLE reps AS SELECT range AS rep FROM range(2)")
        engine = DuckDBEngine(connection)
        scans = engine.scans(
            "SELECT sum(amount) FROM sold JOIN reps USING (rep) WHERE amount >= 5 AND error('run') IS NULL"
        )
    read = {scan.table.rpartition(".")[2]: scan for scan in scans}
    assert {name: set(scan.columns) for name, scan in read.items()} == {"sold": {"amount", "rep"}, "reps": {"rep"}}
    assert (read["sold"].conditions, read["reps"].rows) == (("amount>=5",), 2)


@pytest.mark.parametrize("statement", ["CREATE TABLE x (a INTEGER)", ""])
def test_only_questions_are_answered(engine: DuckDBEngine, statement: str) -> None:
    with pytest.raises(EngineError, match="only takes a question"):
        engine.query(statement)


def test_a_python_variable_is_not_a_table(tmp_path: Path) -> None:
    secret = pa.table({"a": [1]})
    with Lake.create(tmp_path / "store", threads=1) as lake, pytest.raises(EngineError, match="secret does not exist"):
        DuckDBEngine(lake.connection).query("SELECT * FROM secret")
    assert secret.num_rows == 1


def test_a_long_query_can_be_interrupted_from_another_thread(engine: DuckDBEngine) -> None:
    timer = threading.Timer(0.2, engine.interrupt)
    timer.start()
    started = time.monotonic()
    with pytest.raises(EngineError, match="interrupted"):
        engine.query("SELECT count(*) FROM range(10_000_000) a, range(10_000_000) b WHERE a.range % 7 = b.range % 5")
    assert time.monotonic() - started < 10


def test_threads_have_cursors_of_their_own(engine: DuckDBEngine) -> None:
    def question(number: int) -> int:
        return int(engine.query(f"SELECT sum(range) + {number} AS total FROM range(100000)")["total"][0].as_py())

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(question, range(40)))
    assert answers == [4_999_950_000 + number for number in range(40)]


def test_a_large_union_always_comes_back(tmp_path: Path) -> None:
    """Streamed, such a statement can hang for ever (field notes); the watchdog turns that into a failure."""
    with Lake.create(tmp_path / "store", threads=2, memory_limit="1GB") as lake:
        rows = [{"sale_id": f"S{n}", "amount": n, "rep_id": f"R{n % 7}"} for n in range(200)]
        commit(lake, deliver(lake, {"sales": rows}))
        part = "SELECT rep_id, sum(amount) AS amount, count(DISTINCT row_key) FROM lake.main.sales GROUP BY rep_id"
        engine = DuckDBEngine(lake.connection)
        watchdog = threading.Timer(60, engine.interrupt)
        watchdog.start()
        try:
            for _ in range(5):
                assert engine.query(" UNION ALL ".join([part] * 40)).num_rows == 280
        finally:
            watchdog.cancel()


def test_queries_of_one_transaction_do_not_see_an_import_landing(tmp_path: Path) -> None:
    count = "SELECT count(*) AS n FROM lake.main.sales"
    with Lake.create(tmp_path / "store", threads=1) as writer, Lake.open(writer.folder, read_only=True) as reader:
        engine = DuckDBEngine(reader.connection)
        with reader.transaction():
            before = engine.query(count)["n"][0].as_py()
            commit(writer, deliver(writer, {"sales": [{"sale_id": "S1", "amount": 1}]}))
            during = engine.query(count)["n"][0].as_py()
        after = engine.query(count)["n"][0].as_py()
    assert (before, during, after) == (0, 0, 1)


def test_too_little_memory_is_said_and_what_helps(tmp_path: Path) -> None:
    with duckdb.connect(config={"memory_limit": "20MB", "threads": 1}) as connection:
        connection.execute("SET temp_directory = ''")  # nowhere to put what does not fit
        with pytest.raises(EngineError) as refusal:
            DuckDBEngine(connection).query("SELECT list(range) AS everything FROM range(20_000_000)")
    assert refusal.value.code == "engine_out_of_memory"
    assert "answer_megabytes" in refusal.value.to("fr")
