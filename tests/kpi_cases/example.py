"""A small company drawn as tables, and what each KPI must say of it: both short enough to be added up in the head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from cadran.answer import AnswerRow
from tests.company import company, rows, table

# Two teams; Ana and Bob sell in the north, Cleo in the south, and nobody ever moved.
NORTH_AND_SOUTH = {
    "reps": """
        rep_id | name
        ana    | Ana
        bob    | Bob
        cleo   | Cleo
        """,
    "teams": """
        team_id | name
        north   | North
        south   | South
        """,
    "memberships": """
        rep_id | team_id | starts_on
        ana    | north   | 2020-01-01
        bob    | north   | 2020-01-01
        cleo   | south   | 2020-01-01
        """,
}


@dataclass(frozen=True)
class Example:
    """`expected` is a table too: kpi | period | scope | value | numerator | denominator. The scope is "company",
    "team North" or "rep Ana"; the value a number or a fraction, "-" where it is undefined."""

    tables: Mapping[str, str]
    expected: str
    choices: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kpis(self) -> set[str]:
        return {str(line["kpi"]) for line in table(self.expected)}

    def check(self, folder: Path) -> None:
        """Asks every line of `expected` and tells all the differences at once."""
        drawn = {name: table(text) for name, text in {**NORTH_AND_SOUTH, **self.tables}.items()}
        workspace = company(folder, drawn, **self.choices)
        lines = table(self.expected)
        answers: dict[tuple[str, str], AnswerRow] = {}
        for period in {str(line["period"]) for line in lines}:
            kpis = ",".join(dict.fromkeys(str(line["kpi"]) for line in lines if line["period"] == period))
            for row in rows(workspace, kpis, period, levels="company,team,rep"):
                scope = "company" if row.scope == "company" else f"{row.scope} {row.scope_name}"
                answers[f"{row.kpi} {period}", scope] = row
        wrong = [
            f"{line['kpi']} {line['period']} {line['scope']}: {name} is {found}, not {wanted}"
            for line in lines
            for name, found, wanted in _compared(answers, line)
            if not _same(found, wanted)
        ]
        assert not wrong, "\n".join(wrong)


def _compared(
    answers: Mapping[tuple[str, str], AnswerRow], line: Mapping[str, str | None]
) -> list[tuple[str, object, str | None]]:
    row = answers.get((f"{line['kpi']} {line['period']}", str(line["scope"])))
    if row is None:
        return [("the row", "missing", None)]
    return [(name, getattr(row, name), line[name]) for name in ("value", "numerator", "denominator")]


def _same(found: object, wanted: str | None) -> bool:
    """Equal up to the four decimals of money and of terms."""
    if found is None or wanted is None:
        return found is None and wanted is None
    return abs(Fraction(str(found)) - Fraction(wanted.replace(" ", ""))) <= Fraction("0.00005")
