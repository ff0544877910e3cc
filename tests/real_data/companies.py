"""A data set as a company: its real files through the real intake, by the mapping files beside this module."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from cadran.answer import AnswerRow, Number
from cadran.company import Company
from cadran.intake.load import import_files
from cadran.intake.report import ImportReport
from cadran.workspace import Workspace
from tests.real_data.controls import DATA

HERE = Path(__file__).parent


@dataclass(frozen=True, eq=False)
class Imported:
    """A company and what its one import said. `start` and `end` span all of its data."""

    company: Company
    report: ImportReport
    start: date
    end: date

    def ask(self, kpi: str, **question: object) -> tuple[AnswerRow, ...]:
        """One KPI over all of the data, unless a `period`, or a `start` and an `end`, say otherwise."""
        if "period" not in question:
            question = {"start": self.start, "end": self.end, **question}
        return self.company.ask([kpi], intervals=False, **question).rows  # type: ignore[arg-type]

    def value(self, kpi: str, **question: object) -> Number | None:
        """The company's value."""
        (row,) = self.ask(kpi, by=["company"], **question)
        return row.value

    def by_quarter(self, kpi: str, **question: object) -> dict[str, Number | None]:
        """The company's value by calendar quarter: "2017-Q1" -> value."""
        rows = self.ask(kpi, by=["company"], grain="quarter", **question)
        return {quarter(row.period_start): row.value for row in rows}

    def by_name(self, kpi: str, level: str, **question: object) -> dict[str, Number | None]:
        """Values by the name of a team or rep."""
        return {row.scope_name: row.value for row in self.ask(kpi, by=[level], **question)}

    def by_dimension(self, kpi: str, name: str) -> dict[str, Number | None]:
        """The company's values by what a dimension says ("" where it says nothing)."""
        return {row.dimensions[name] or "": row.value for row in self.ask(kpi, by=["company", name])}

    def read(self, table: str) -> int:
        """Rows read for a table, over all files."""
        return sum(count.read for count in self.report.counts if count.table == table)

    def loaded(self, table: str) -> int:
        return sum(count.loaded for count in self.report.counts if count.table == table)

    def warned(self, table: str, code: str, column: str | None = None) -> int:
        """Rows of a table that a remark of the import is about."""
        found = (w for w in self.report.warnings if (w.table, w.code, w.column) == (table, code, column))
        return sum(warning.rows for warning in found)


def quarter(day: date) -> str:
    """The calendar quarter of a day, as the controls write it."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def import_set(
    folder: Path,
    name: str,
    files: Iterable[str],
    span: tuple[date, date],
    choices: Mapping[str, str],
    *,
    mapped: bool = True,
) -> Imported:
    """One import of a set's files, by the set's mappings or (not `mapped`) by recognition alone. `choices` are settings
    of the company; its clock stands at the end of `span`."""
    paths = [DATA / name / file for file in files]
    if not DATA.is_dir():
        pytest.skip("the shared data are not beside the checkout")
    start, end = span
    workspace = Workspace.create(folder / name, name=name, lang="en", today=end, **choices)
    for mapping in (HERE / "mappings" / name).glob("*.yaml") if mapped else ():
        shutil.copy(mapping, workspace.mappings)
    own = HERE / "kpis" / f"{name}.yaml"
    if own.exists():
        shutil.copy(own, workspace.folder / "kpis")
    report = import_files(workspace, paths, author="test")
    return Imported(Company(workspace), report, start, end)
