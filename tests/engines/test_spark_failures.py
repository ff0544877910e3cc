"""What goes wrong with a Spark is told in one clear sentence: no trace, no secret, no cell, no SQL."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlglot import exp, parse_one

from cadran.cli.main import answer
from cadran.engines import postgresql, spark_sql
from cadran.engines.spark import SparkEngine, _place, _reason
from cadran.engines.spark_sql import is_question
from cadran.errors import EngineError
from tests.company import company
from tests.engines.spark_cluster import TOKEN, SparkCluster
from tests.engines.twin import in_place
from tests.engines.wire import wire_to

TABLE = "plain_failures.lines"
SALES = 'columns = { sale_id = "id", amount = "amount", sold_on = "day" }'


@pytest.fixture(scope="module")
def filled(spark: SparkCluster) -> SparkCluster:
    rows = [(1, "10.5", "2026-02-10", "ACME: 42")]
    spark.fill("plain_failures", {"lines": ("id int, amount numeric(18,4), day date, word text", rows)})
    return spark


@pytest.fixture
def engine(filled: SparkCluster) -> Iterator[SparkEngine]:
    opened = SparkEngine.connect(filled.url)
    yield opened
    opened.close()


# -- through the command line --------------------------------------------------------------------------------------


def told(folder: Path, url: str, capfd: pytest.CaptureFixture[str], table: str = TABLE) -> str:
    """What `cadran ask` says of a Spark that gives no answer: one message, and nothing else."""
    if not (folder / "cadran.toml").exists():
        company(folder, {})
    in_place(folder, url, {"sales": f'table = "{table}"\n{SALES}'})
    capfd.readouterr()
    code = answer(["ask", "revenue", "--period", "2026-02", "--workspace", str(folder), "--lang", "en"])
    out, err = capfd.readouterr()
    assert code != 0
    assert out == ""
    for never in (TOKEN, "token=", "Traceback", "org.apache", "pyspark", "grpc", "SELECT"):
        assert never not in err
    assert len(err.strip().splitlines()) <= 2, err
    return err


def test_a_spark_that_works_is_asked(filled: SparkCluster, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The same question as below, with nothing wrong: what is told there is not told of everything."""
    company(tmp_path, {})
    in_place(tmp_path, filled.url, {"sales": f'table = "{TABLE}"\n{SALES}'})
    assert answer(["ask", "revenue", "--period", "2026-02", "--workspace", str(tmp_path), "--lang", "en"]) == 0
    assert "10.50" in capfd.readouterr().out


@pytest.mark.parametrize("place", ["127.0.0.1:1", "nowhere.invalid"])
def test_a_wrong_host(place: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pyspark")
    assert f"The warehouse {place} does not answer." in told(tmp_path, f"sc://{place}/;token={TOKEN}", capfd)


def test_a_wrong_token(filled: SparkCluster, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said = told(tmp_path, filled.url.replace(TOKEN, "wr0ng"), capfd)
    assert "refuses access" in said
    assert "wr0ng" not in said


def test_a_missing_table(filled: SparkCluster, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said = told(tmp_path, filled.url, capfd, "plain_failures.nothing")
    assert "TABLE_OR_VIEW_NOT_FOUND `plain_failures`.`nothing`." in said
    assert "[tables]" in said


def test_a_connection_that_drops(
    filled: SparkCluster, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wire is cut after the session was opened, when the first table is asked about."""
    plain = SparkEngine.query
    with wire_to(filled.port) as wire:

        def query(engine: SparkEngine, statement: object) -> object:
            wire.cut()
            return plain(engine, statement)  # type: ignore[arg-type]

        monkeypatch.setattr(SparkEngine, "query", query)
        url = filled.url.replace(str(filled.port), str(wire.port))
        assert f"The connection to the warehouse localhost:{wire.port} was lost." in told(tmp_path, url, capfd)


# -- one statement -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "reason", "advice"),
    [
        ("SELECT * FROM no.thing", "TABLE_OR_VIEW_NOT_FOUND `no`.`thing`", "[tables]"),
        (f"SELECT nothing FROM {TABLE}", "UNRESOLVED_COLUMN.WITH_SUGGESTION `nothing`", "colonnes dans [tables]"),
        (f"SELECT nofunction(id) FROM {TABLE}", "UNRESOLVED_ROUTINE `nofunction`", "cadran doctor"),
        (f"SELECT CAST(word AS INT) FROM {TABLE}", "CAST_INVALID_INPUT", "convertissez-la"),
        (f"SELECT to_date(word, 'yyyy') FROM {TABLE}", "CANNOT_PARSE_TIMESTAMP", "convertissez-la"),
        (f"SELECT raise_error(word) FROM {TABLE}", "USER_RAISED_EXCEPTION", "cadran doctor"),
        (f"SELECT array(id) = 'ACME' FROM {TABLE}", "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES", "cadran doctor"),
        ("SELECT * FROM parquet.`/ACME/42`", "PATH_NOT_FOUND", "cadran doctor"),
        ("SELECT * FROM no.`s3a://ACME:42@bucket/lines`", "TABLE_OR_VIEW_NOT_FOUND", "[tables]"),
    ],
)
def test_a_failure_is_one_sentence(
    engine: SparkEngine, question: str, reason: str, advice: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(EngineError) as raised:
        engine.query(question)
    french, both = raised.value.to("fr"), raised.value.to("fr") + str(raised.value)
    assert french.startswith(f"Spark n’a pas pu répondre : {reason}.")
    assert advice in french
    for never in ("org.apache", "SQLSTATE", "SELECT", "ACME", "42"):
        assert never not in both
    assert "".join(capfd.readouterr()) == ""


def test_a_session_that_ended_is_a_lost_connection(engine: SparkEngine) -> None:
    engine.query("SELECT 1 AS a")
    engine._session.client.release_session()
    with pytest.raises(EngineError) as raised:
        engine.query("SELECT 1 AS a")
    assert raised.value.code == "engine_lost"


# -- without a server ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [f"sc://host:port/;token={TOKEN}", f"sc://host/path;token={TOKEN}"])
def test_an_address_that_is_none(url: str, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pyspark")
    with pytest.raises(EngineError) as raised:
        SparkEngine.connect(url)
    assert raised.value.code == "engine_unreachable"
    assert TOKEN not in raised.value.to("fr") + str(raised.value) + "".join(capfd.readouterr())


def test_a_client_without_what_it_needs_is_told_how_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """pyspark is there, but not all that it looks for when it is imported."""
    pytest.importorskip("pyspark")
    monkeypatch.setitem(sys.modules, "pyspark.sql.connect.session", None)
    with pytest.raises(EngineError) as raised:
        SparkEngine.connect("sc://localhost")
    assert raised.value.code == "engine_no_driver"
    assert "cadran[spark]" in str(raised.value)


class Broken:
    """A session whose wire fails, with a status or without one."""

    def __init__(self, status: str | None) -> None:
        self.status = status

    def sql(self, _: str) -> None:
        import grpc

        class Failure(grpc.RpcError):  # type: ignore[misc]
            def code(failure) -> object:
                return getattr(grpc.StatusCode, self.status) if self.status else None

        raise Failure(f"token={TOKEN}")


@pytest.mark.parametrize(
    ("status", "code"),
    [("UNAVAILABLE", "engine_lost"), ("UNAUTHENTICATED", "engine_access_refused"), (None, "engine_lost")],
)
def test_a_failure_of_the_wire_itself_is_one_sentence(status: str | None, code: str) -> None:
    pytest.importorskip("pyspark")
    with pytest.raises(EngineError) as raised:
        SparkEngine(Broken(status), "host").query("SELECT 1 AS a")
    assert raised.value.code == code
    assert TOKEN not in raised.value.to("fr") + str(raised.value)


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("`crm`.`deals 2026`", " `crm`.`deals 2026`"),
        ("crm.deals", " crm.deals"),
        (f"`parquet`.`s3a://key:{TOKEN}@bucket/lines`", ""),
        (f"`no`.`lines?sig={TOKEN}`", ""),
        (f"`/mnt/{TOKEN}/lines`", ""),
    ],
)
def test_only_a_name_is_repeated(named: str, told: str) -> None:
    errors = pytest.importorskip("pyspark.errors.exceptions.connect")
    error = errors.AnalysisException(
        "message", errorClass="TABLE_OR_VIEW_NOT_FOUND", messageParameters={"relationName": named}
    )
    assert _reason(error) == f"TABLE_OR_VIEW_NOT_FOUND{told}"


@pytest.mark.parametrize("write", [spark_sql.written, postgresql.written])
def test_a_difference_in_another_unit_is_refused(write: Callable[[exp.Expr], str]) -> None:
    """In neither engine's file is a week a number of months."""
    with pytest.raises(EngineError) as raised:
        write(parse_one("SELECT date_diff('week', a, b) AS n", dialect="duckdb"))
    assert raised.value.code == "engine_lacks"
    assert "date_diff('week')" in str(raised.value)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("sc://host", "host"),
        (f"sc://host:15002/;token={TOKEN};use_ssl=true", "host:15002"),
        (f"sc://host;token={TOKEN}", "host"),
        (f"sc://[::1]:15002/;token={TOKEN}", "[::1]:15002"),
        (f"sc://ana:{TOKEN}@host/", ""),
        (f"sc://{TOKEN}/more@host", ""),
        (f"sc://host?token={TOKEN}", ""),
    ],
)
def test_of_an_address_only_the_host_is_told(url: str, place: str) -> None:
    assert _place(url) == place


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("SELECT 1", True),
        ("WITH a AS (SELECT 1) SELECT * FROM a", True),
        ("SELECT 1; DROP TABLE a", False),
        ("DROP TABLE a", False),
        ("INSERT INTO a VALUES (1)", False),
        ("CREATE TABLE a AS SELECT 1", False),
        ("SET spark.sql.ansi.enabled = false", False),
        ("WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a", False),
        ("FROM a INSERT INTO b SELECT 1", False),
        ("SELECT (", False),
    ],
)
def test_only_questions_are_sent(text: str, is_one: bool) -> None:
    assert is_question(text) is is_one
