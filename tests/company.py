"""A small company made of plain rows, for tests: no files, no intake, straight into the store."""

from __future__ import annotations

import atexit
import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from cadran.access import EVERYTHING, Viewer
from cadran.answer import Answer, AnswerRow
from cadran.ask import answer as answer_from
from cadran.ask import ask
from cadran.engines.duckdb import DuckDBEngine
from cadran.periods.period import parse_period
from cadran.planner.request import Request
from cadran.session import Session, session
from cadran.store import ledger
from cadran.store.delivery import DeliveredFile, Delivery, Replacement, Staged, Tally
from cadran.store.schema import logical_type, quoted
from cadran.store.state import Context
from cadran.tables.contract import Table, Type
from cadran.tables.model import SALES_MODEL
from cadran.workspace import Workspace

Row = Mapping[str, Any]


def table(text: str) -> list[dict[str, str | None]]:
    """Rows drawn as a table: names on the first line, cells between bars, "-" for a cell left empty.

    order_id | account_id | sold_on    | amount
    O1       | C1         | 2026-01-05 | 1000
    """
    first, *others = [line for line in text.splitlines() if line.strip()]
    names = [name.strip() for name in first.split("|")]
    drawn = [[cell.strip() for cell in line.split("|")] for line in others]
    return [{n: None if c == "-" else c for n, c in zip(names, cells, strict=True)} for cells in drawn]


def company(
    folder: Path,
    tables: Mapping[str, Sequence[Row]],
    *,
    name: str = "Essai",
    thresholds: Mapping[str, Any] | None = None,
    **choices: Any,
) -> Workspace:
    """A workspace that holds these rows. `today` defaults to 1 January 2027: everything in 2026 is over."""
    shutil.copytree(_empty_store(), folder / "store")
    chosen = {"name": name, "today": date(2027, 1, 1), **choices}
    sections = {"company": chosen, "thresholds": thresholds or {}}
    lines = [
        line
        for section, given in sections.items()
        for line in (f"[{section}]", *(f"{key} = {_toml(value)}" for key, value in given.items()))
    ]
    (folder / "cadran.toml").write_text("\n".join(lines), "utf-8")
    workspace = Workspace.open(folder)
    deliver(workspace, tables)
    return workspace


@cache
def _empty_store() -> Path:
    """An empty store, laid out once and copied for every company: that is most of the work of a small one."""
    folder = Path(mkdtemp(prefix="empty-company-"))
    Workspace.create(folder / "company", name="Empty")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder / "company" / "store"


def _toml(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def deliver(
    workspace: Workspace,
    tables: Mapping[str, Sequence[Row]],
    *,
    source: str | None = None,
    replace: Replacement | None = None,
) -> int:
    """One import of these rows; returns its number."""
    close(workspace)
    with workspace.lake(read_only=False) as lake:
        staged = []
        for table_name, rows in tables.items():
            table = SALES_MODEL[table_name]
            columns = ", ".join(f"{quoted(c.name)} {logical_type(c)}" for c in table.columns)
            lake.connection.execute(
                f"CREATE OR REPLACE TEMP TABLE given_{table_name} "
                f"(row_key VARCHAR, {columns}, doubts BIGINT, file_no INTEGER)"
            )
            values = [_values(table, number, row) for number, row in enumerate(rows)]
            marks = ", ".join("?" * (len(table.columns) + 3))
            if values:
                lake.connection.executemany(f"INSERT INTO given_{table_name} VALUES ({marks})", values)
            staged.append(Staged(table_name, f"given_{table_name}"))
        delivery = Delivery(
            name="test",
            source=source,
            files=(DeliveredFile(0, "test.csv", "0" * 64, 0),),
            staged=tuple(staged),
            tallies=tuple(Tally(0, name, len(rows), 0, 0, 0, 0) for name, rows in tables.items()),
            quarantine=None,
            replace=replace,
            author="test",
            mapping="",
            warnings=(),
            context=Context(workspace.settings.canonical(), workspace.catalogue.canonical()),
        )
        return ledger.commit(lake, delivery).id


def _values(table: Table, number: int, row: Row) -> list[Any]:
    given = {_key(table): f"{table.name}-{number}", **row} if table.keyless or len(table.key) == 1 else dict(row)
    unknown = given.keys() - set(table.column_names) - {"doubts"}
    assert not unknown, f"{table.name} has no {unknown}"
    key = "\x1f".join("" if given.get(name) is None else str(given[name]) for name in table.key)
    cells = [_cell(table, name, given.get(name)) for name in table.column_names]
    doubts = sum(1 << table.position(name) for name in row.get("doubts", ()))
    return [key, *cells, doubts, 0]


def _key(table: Table) -> str:
    return table.key[0]


def _cell(table: Table, name: str, value: Any) -> Any:
    if value is None or table[name].type not in (Type.MONEY, Type.NUMBER, Type.SHARE):
        return value
    return Decimal(str(value))


def asked_of_engine(monkeypatch: pytest.MonkeyPatch, words: str) -> list[str]:
    """The statements with these words that are asked of the engine from now on."""
    told: list[str] = []
    result = DuckDBEngine._result

    def heard(engine: DuckDBEngine, text: str) -> Any:
        if words in text:
            told.append(text)
        return result(engine, text)

    monkeypatch.setattr(DuckDBEngine, "_result", heard)
    return told


def question(workspace: Workspace, kpis: str, period: str, **changes: Any) -> Request:
    """A request over one period ("2026-Q1"), as of the workspace's own clock unless told otherwise."""
    window = parse_period(period, workspace.settings.company.fiscal_month)
    given = {"as_of": workspace.settings.as_of(), "intervals": False, **changes}
    if "compare" in given:
        given["compare"] = frozenset(given["compare"])
    for name in ("levels", "dimensions"):
        if isinstance(given.get(name), str):
            given[name] = tuple(given[name].split(","))
    return Request(tuple(kpis.split(",")), window.start, window.end, **given)


def ask_anew(workspace: Workspace, request: Request, viewer: Viewer = EVERYTHING) -> Answer:
    """The answer of a folder opened for this one request: nothing was planned or told before."""
    return ask(Workspace.open(workspace.folder), request, viewer)


def answer(workspace: Workspace, kpis: str, period: str, viewer: Viewer = EVERYTHING, **changes: Any) -> Answer:
    return ask(workspace, question(workspace, kpis, period, **changes), viewer)


def rows(
    workspace: Workspace, kpis: str, period: str, viewer: Viewer = EVERYTHING, **changes: Any
) -> tuple[AnswerRow, ...]:
    """The rows of an answer. What is known today is asked of one session, kept open: opening is what takes long."""
    return rows_of(workspace, question(workspace, kpis, period, **changes), viewer)


def rows_of(workspace: Workspace, request: Request, viewer: Viewer = EVERYTHING) -> tuple[AnswerRow, ...]:
    """The same of a request that is spelled out."""
    if request.known_on is not None:
        return ask(workspace, request, viewer).rows
    opened = opened_for(workspace, request)
    return answer_from(replace(opened, context=replace(opened.context, as_of=request.as_of)), request, viewer).rows


_OPEN: dict[Workspace, tuple[ExitStack, Session]] = {}
_MOST_OPEN = 3


def opened_for(workspace: Workspace, request: Request) -> Session:
    """The workspace's open session, until something is delivered or others were opened since."""
    if workspace not in _OPEN:
        while len(_OPEN) >= _MOST_OPEN:
            close(next(iter(_OPEN)))
        stack = ExitStack()
        _OPEN[workspace] = stack, stack.enter_context(session(workspace, request))
    return _OPEN[workspace][1]


def close(workspace: Workspace) -> None:
    if workspace in _OPEN:
        _OPEN.pop(workspace)[0].close()


def close_all() -> None:
    """Before the servers that they are with end, and before the interpreter does."""
    for workspace in list(_OPEN):
        close(workspace)


def values(workspace: Workspace, kpi: str, period: str, **changes: Any) -> dict[Any, Any]:
    """Value by scope name (company alone: by "Entreprise"), or by dimension value where one is asked for."""
    found = {}
    for row in rows(workspace, kpi, period, **changes):
        key: Any = row.scope_name
        if row.dimensions:
            key = tuple(row.dimensions.values()) if len(row.dimensions) > 1 else next(iter(row.dimensions.values()))
        if "grain" in changes:
            key = (key, row.period_start.isoformat())
        found[key] = row.value
    return found
