"""PostgreSQL as an engine: whole answers, nothing written, and one clear sentence for whatever goes wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlglot import parse_one

from cadran.engines.adbc import AdbcEngine, _place
from cadran.engines.engine import Engine
from cadran.engines.failures import failed
from cadran.engines.postgresql import written
from cadran.errors import EngineError
from tests.engines.cluster import Cluster


@pytest.fixture
def engine(cluster: Cluster) -> Iterator[AdbcEngine]:
    cluster.fill("plain", {"lines": ("id int PRIMARY KEY, amount numeric(18,4)", [(1, "10.5"), (2, "-3"), (3, None)])})
    opened = AdbcEngine.connect(cluster.url)
    yield opened
    opened.close()


def test_it_is_an_engine(engine: AdbcEngine) -> None:
    like: Engine = engine
    assert (like.name, like.dialect, like.lacks) == ("PostgreSQL", "postgres", frozenset())


def test_numerics_come_back_as_decimals(engine: AdbcEngine) -> None:
    query = "SELECT sum(amount) AS a, avg(amount) AS b, sum(id) AS c, sum(NULL::numeric) AS d FROM plain.lines"
    (row,) = engine.query(query).to_pylist()
    assert row == {"a": Decimal("7.5000"), "b": Decimal("3.75"), "c": 6, "d": None}


def test_a_number_that_is_none_is_refused(engine: AdbcEngine) -> None:
    with pytest.raises(EngineError, match="no number"):
        engine.query("SELECT 'NaN'::numeric AS a")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO plain.lines VALUES (9, 9)",
        "DELETE FROM plain.lines",
        "CREATE TABLE plain.more (a int)",
        "SELECT setval('plain.counter', 9)",
        "WITH gone AS (DELETE FROM plain.lines RETURNING id) SELECT * FROM gone",
    ],
)
def test_nothing_is_ever_written(engine: AdbcEngine, cluster: Cluster, statement: str) -> None:
    cluster.run("CREATE SEQUENCE IF NOT EXISTS plain.counter")
    with pytest.raises(EngineError):
        engine.query(statement)
    other = AdbcEngine.connect(cluster.url)
    assert other.query("SELECT count(*) AS n FROM plain.lines").to_pylist() == [{"n": 3}]
    other.close()


def test_a_session_sees_one_state_of_the_data(engine: AdbcEngine, cluster: Cluster) -> None:
    count = "SELECT count(*) AS n FROM plain.lines"
    before = engine.query(count).to_pylist()
    cluster.run("INSERT INTO plain.lines VALUES (4, 4)")
    assert engine.query(count).to_pylist() == before


def test_it_tells_what_it_would_read(engine: AdbcEngine) -> None:
    (scan,) = engine.scans(parse_one("SELECT sum(amount) FROM plain.lines WHERE id > 1"))
    assert scan.table == "lines"
    assert "amount" in scan.columns
    assert any("id > 1" in condition for condition in scan.conditions)


def test_it_can_be_interrupted(engine: AdbcEngine) -> None:
    def stop() -> None:
        time.sleep(0.5)
        engine.interrupt()

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(EngineError) as raised:
        engine.query("SELECT pg_sleep(30)")
    thread.join()
    assert raised.value.code == "engine_interrupted"


# -- what goes wrong -----------------------------------------------------------------------------------------------


def test_a_missing_table_or_column(engine: AdbcEngine) -> None:
    with pytest.raises(EngineError) as raised:
        engine.query("SELECT * FROM plain.nothing")
    assert raised.value.to("fr").startswith("PostgreSQL n’a pas pu répondre : relation")
    assert "schéma compris" in raised.value.to("fr")
    assert "\n" not in str(raised.value)


def test_after_a_failure_the_next_question_says_its_own(cluster: Cluster) -> None:
    engine = AdbcEngine.connect(cluster.url)
    with pytest.raises(EngineError):
        engine.query("SELECT nothing")
    with pytest.raises(EngineError) as raised:
        engine.query("SELECT 1 AS a FROM nowhere")
    assert "aborted" not in str(raised.value)
    engine.close()


def test_a_dropped_connection(engine: AdbcEngine, cluster: Cluster) -> None:
    engine.query("SELECT 1 AS a")
    cluster.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query <> ''")
    with pytest.raises(EngineError) as raised:
        engine.query("SELECT 1 AS a")
    assert raised.value.code == "engine_lost"
    assert "a été perdue" in raised.value.to("fr")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://ana:s3cret@127.0.0.1:1/base", "engine_unreachable"),
        ("postgresql://ana:s3cret@nowhere.invalid/base", "engine_unreachable"),
        ("postgresql://ana:s3cret@host:port/base", "engine_unreachable"),
        ("postgresql://ana@127.0.0.1:1/base?password=s3cret", "engine_unreachable"),
        ("postgresql://ana:s3cret/word@127.0.0.1:1/base", "engine_unreachable"),
        ("postgresql://ana:s3#cret@127.0.0.1:1/base", "engine_unreachable"),
        ("snowflake://ana:s3cret@account/base", "engine_no_driver"),
    ],
)
def test_a_secret_is_never_told(url: str, code: str) -> None:
    pytest.importorskip("adbc_driver_postgresql")
    with pytest.raises(EngineError) as raised:
        AdbcEngine.connect(url)
    assert raised.value.code == code
    told = raised.value.to("fr") + str(raised.value) + repr(raised.value.__cause__)
    assert not any(part in told for part in ("s3", "cret", "word"))
    assert "  " not in told


def test_a_wrong_password_or_database(cluster: Cluster) -> None:
    with pytest.raises(EngineError) as raised:
        AdbcEngine.connect(cluster.url.replace("/postgres?", "/elsewhere?"))
    assert raised.value.code == "engine_access_refused"
    cluster.run("CREATE ROLE locked LOGIN PASSWORD 'right'")
    cluster.demand_password("locked")
    with pytest.raises(EngineError) as raised:
        AdbcEngine.connect(cluster.url.replace("user=cadran", "user=locked&password=s3cret"))
    assert raised.value.code == "engine_access_refused"
    assert "s3cret" not in raised.value.to("fr")


def test_a_column_that_speaks_of_cancelling_is_no_interruption(engine: AdbcEngine) -> None:
    with pytest.raises(EngineError) as raised:
        engine.query("SELECT cancelled FROM plain.lines")
    assert raised.value.code == "engine_failed"


def test_a_cell_is_not_repeated(engine: AdbcEngine, cluster: Cluster) -> None:
    cluster.fill("odd", {"lines": ("amount text", [('ACME: "42"',)])})
    with pytest.raises(EngineError) as raised:
        engine.query("SELECT amount::numeric AS a FROM odd.lines")
    assert "22P02" in str(raised.value)
    assert "convertissez" in raised.value.to("fr")
    assert "42" not in raised.value.to("fr")
    assert "ACME" not in str(raised.value)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("FEHLER: ungültige Eingabesyntax für Typ integer: »Dupont 12k«. SQLSTATE: 22P02", "22P02"),
        ("Numeric value 'Dupont' is not recognized. SQLSTATE: 22018", "22018"),
        ("ERROR:  the client Dupont is blocked. SQLSTATE: P0001", "P0001"),
        ("Dupont is no number", "?"),
    ],
)
def test_no_driver_s_words_hold_a_value(said: str, told: str) -> None:
    issue = failed("Snowflake", "host/base", said)
    assert "Dupont" not in issue.to("fr") + issue.to("en")
    assert f"SQLSTATE {told}." in issue.message.en


def test_an_address_that_is_no_url_names_nothing() -> None:
    for address in ("user:s3cret@acme/base", "host=db user=ana password=s3cret dbname=base"):
        assert _place(address) == ("", "")


# -- its words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("1 / 0", None),
        ("7 / 2", 3.5),
        ("round(2.345, 2)", 2.35),
        ("round(1 / 3, 2)", 0.33),
        ("date_diff('day', DATE '2026-01-31', DATE '2026-03-01')", 29),
        ("date_diff('month', DATE '2026-01-31', DATE '2026-02-01')", 1),
        ("date_diff('month', DATE '2025-12-31', DATE '2027-01-01')", 13),
        ("date_diff('month', DATE '2026-02-01', DATE '2026-01-31')", -1),
        ("8 / (4 / 2) / 2", 2.0),
        ("least(3, null, 2)", 2),
    ],
)
def test_formulas_mean_what_they_mean_in_duckdb(engine: AdbcEngine, formula: str, value: float | None) -> None:
    import duckdb

    tree = parse_one(f"SELECT {formula} AS a", dialect="duckdb")
    (row,) = engine.query(written(tree)).to_pylist()
    assert row["a"] == value or float(row["a"]) == pytest.approx(value)
    if value is not None:
        assert float(duckdb.sql(f"SELECT {formula}").fetchall()[0][0]) == pytest.approx(value)
