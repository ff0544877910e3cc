"""A company as Python programs use it: `cadran.open(folder)`, then `ask`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Self

from cadran.access import EVERYTHING, Viewer
from cadran.answer import Answer
from cadran.answers import Answers
from cadran.catalogue.loader import Catalogue
from cadran.difference import Difference, difference
from cadran.question import moment, question
from cadran.session import viewer_by_address
from cadran.workspace import Workspace


class Company:
    """One company's folder, opened. Nothing is kept open between two questions; the latest answers are kept at hand."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._answers = Answers(workspace)

    @classmethod
    def open(cls, path: Path | str) -> Self:
        return cls(Workspace.open(Path(path)))

    @property
    def catalogue(self) -> Catalogue:
        """The KPIs that can be asked for."""
        return self.workspace.catalogue

    def ask(
        self,
        kpis: Iterable[str],
        *,
        by: Iterable[str] = (),
        grain: str | None = None,
        period: str | None = None,
        start: date | str | None = None,
        end: date | str | None = None,
        where: str | None = None,
        compare: Iterable[str] = (),
        as_of: date | str | None = None,
        known_on: date | str | int | None = None,
        viewer: str | None = None,
        intervals: bool = True,
    ) -> Answer:
        """The KPIs' values, as `cadran ask` gives them.

        `by`: levels (company, team, rep) and dimensions (segment, product.category ...). The window is `period`
        ("2026-Q1") or [start, end). `compare`: previous, last_year, target. `viewer`: the e-mail of the person who
        asks; the owner of the folder when None. Raises RequestError, FormulaError, AccessError, CurrencyError.
        """
        asked = question(
            self.workspace.settings,
            kpis,
            by=by,
            grain=grain,
            period=period,
            start=start,
            end=end,
            where=where,
            compare=compare,
            as_of=as_of,
            known_on=known_on,
            intervals=intervals,
        )
        return self._answers.ask(asked, self._viewer(viewer))

    def changes(
        self,
        kpis: Iterable[str],
        *,
        since: date | str | int,
        until: date | str | int | None = None,
        by: Iterable[str] = (),
        grain: str | None = None,
        period: str | None = None,
        start: date | str | None = None,
        end: date | str | None = None,
        where: str | None = None,
        as_of: date | str | None = None,
        viewer: str | None = None,
    ) -> Difference:
        """Why the KPIs are not what they were on the evening of `since` (a day, or a snapshot's number): the rows, the
        settings and the definitions that changed until now, or until `until`. Raises what `ask` raises."""
        asked = question(
            self.workspace.settings,
            kpis,
            by=by,
            grain=grain,
            period=period,
            start=start,
            end=end,
            where=where,
            as_of=as_of,
            intervals=False,
        )
        last = None if until is None else moment(until)
        return difference(self.workspace, asked, self._viewer(viewer), since=moment(since), until=last)

    def _viewer(self, email: str | None) -> Viewer:
        if email is None:
            return EVERYTHING
        return viewer_by_address(self.workspace, email)
