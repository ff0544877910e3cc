"""Databases are kept for whoever needs one next, and nothing of the one before is left in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from cadran.store import connection
from cadran.store.connection import Database, connect, forget


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    forget()
    yield
    forget()


def _opened(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Told of every database that is opened anew."""
    found: list[int] = []
    opens = connection.with_extensions

    def opening(*names: str) -> duckdb.DuckDBPyConnection:
        found.append(len(found))
        return opens(*names)

    monkeypatch.setattr(connection, "with_extensions", opening)
    return found


def test_a_database_is_used_again_without_what_was_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = _opened(monkeypatch)
    first = connect(tmp_path / "a", threads=1)
    first.connection.execute("CREATE TEMP TABLE mine AS SELECT 1")
    first.connection.execute("ATTACH ':memory:' AS lake")
    first.connection.execute("BEGIN")
    first.connection.execute("CREATE TABLE lake.half AS SELECT 1")
    first.release("lake")
    second = connect(tmp_path / "b", threads=2)
    assert opened == [0]
    assert second.connection.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (0,)
    told = second.connection.execute("SELECT current_setting('threads'), current_setting('temp_directory')").fetchone()
    assert told == (2, str(tmp_path / "b"))
    names = second.connection.execute("SELECT database_name FROM duckdb_databases() ORDER BY ALL").fetchall()
    assert names == [("memory",), ("system",), ("temp",)]


def test_two_at_once_have_a_database_each(tmp_path: Path) -> None:
    first, second = connect(tmp_path), connect(tmp_path)
    first.connection.execute("ATTACH ':memory:' AS lake")
    second.connection.execute("ATTACH ':memory:' AS lake")
    first.connection.execute("CREATE TABLE lake.mine AS SELECT 1")
    assert second.connection.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (0,)


def test_few_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = _opened(monkeypatch)
    several: list[Database] = [connect(tmp_path) for _ in range(3)]
    for each in several:
        each.release("lake")
    for _ in range(3):
        connect(tmp_path)
    assert opened == [0, 1, 2, 3]


@pytest.mark.parametrize("left", ["CREATE TABLE memory.left_behind AS SELECT 1", "CREATE VIEW v AS SELECT 1"])
def test_one_that_something_was_left_in_is_not_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    opened = _opened(monkeypatch)
    first = connect(tmp_path)
    first.connection.execute(left)
    first.release("lake")
    connect(tmp_path)
    assert opened == [0, 1]


def test_none_is_taken_over_from_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = _opened(monkeypatch)
    connect(tmp_path).release("lake")
    monkeypatch.setattr("cadran.store.connection.os.getpid", lambda: -1)
    connect(tmp_path)
    assert opened == [0, 1]


def test_one_that_has_spilled_is_followed_by_a_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = _opened(monkeypatch)
    first = connect(tmp_path / "a", threads=1, memory_limit="40MB")
    first.connection.execute("CREATE TEMP TABLE much AS SELECT hash(range) AS h, range FROM range(6000000)")
    assert list((tmp_path / "a").iterdir())
    first.release("lake")
    second = connect(tmp_path / "b", threads=1)
    assert second.connection.execute("SELECT current_setting('temp_directory')").fetchone() == (str(tmp_path / "b"),)
    assert opened == [0, 1]
