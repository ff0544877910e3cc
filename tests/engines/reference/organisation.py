"""Whose a fact is: the reps it is credited to, and the scopes they stand in on its day (data-model.md, "Attribution to
people", "Nothing vanishes", "Shared credit"; kpis.md, section 2, rule 7).

Readings of the text, where it leaves room:
- The root of the tree is the company itself: nothing is gathered into it, so that its line holds only what belongs to
  reps who stand in it directly.
- What the shares of a fact leave of 1 is nobody's.
- A team that no table knows is no scope: what belongs to it is unassigned.
- With today's organisation, "today" is the evening the answer is as of.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from tests.engines.companies import Company, Row

Credit = tuple[str | None, Decimal]
NOBODY = None


class Organisation:
    """Who is who in a company."""

    def __init__(self, company: Company) -> None:
        self.reps = {row["rep_id"] for row in company["reps"]}
        self.parents = {row["team_id"]: row["parent_team_id"] for row in company["teams"]}
        self.stays = sorted(company["memberships"], key=lambda stay: stay["starts_on"])
        self.is_current = company.choices["organisation"] == "current"
        tops = [team for team, parent in self.parents.items() if parent is None]
        self.root = tops[0] if len(tops) == 1 and len(self.parents) > 1 else None
        self.credits: dict[tuple[str, str], list[Credit]] = {}
        for row in company["credits"]:
            self.credits.setdefault((row["fact"], row["fact_id"]), []).append((row["rep_id"], row["share"]))

    def credited(self, fact: str, key: str, row: Row) -> list[Credit]:
        """The reps of a fact, each with a share of it."""
        given = self.credits.get((fact, key))
        if not given:
            return [(row["rep_id"], Decimal(1))]
        left = 1 - sum((share for _, share in given), Decimal(0))
        return [*given, (NOBODY, left)] if abs(left) > Decimal("0.000000001") else given

    def scopes(self, level: str) -> list[str | None]:
        """Every scope of a level, nobody among them."""
        if level == "company":
            return [None]
        return [*sorted(self.reps if level == "rep" else self.parents), NOBODY]

    def is_optional(self, level: str, unit: str | None) -> bool:
        """Whether a scope may be left out of an answer where it holds nothing."""
        return level != "company" and (unit is NOBODY or (level == "team" and unit == self.root))

    def units(self, level: str, rep: str | None, day: date, as_of: date) -> Iterator[str | None]:
        """The scopes of a level that a rep's fact of that day belongs to."""
        if level == "company":
            yield None
        elif level == "rep":
            yield rep if rep in self.reps else NOBODY
        else:
            yield from self._teams(rep, as_of if self.is_current else day)

    def _teams(self, rep: str | None, day: date) -> Iterator[str | None]:
        """The team of that day, or the last one before it, and those above."""
        started = [stay["team_id"] for stay in self.stays if stay["rep_id"] == rep and stay["starts_on"] <= day]
        team = started[-1] if started and started[-1] in self.parents else NOBODY
        yield team
        while team is not NOBODY and self.parents[team] not in (NOBODY, self.root):
            team = self.parents[team]
            yield team
