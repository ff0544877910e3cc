"""An open company, as a command sees it: its folder, its language, and how numbers are written for its reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from cadran.cli.language import settle, spoken
from cadran.cli.options import Language
from cadran.workspace import Workspace

if TYPE_CHECKING:
    from cadran.access import Viewer
    from cadran.answer import Answer
    from cadran.difference import Difference
    from cadran.periods.period import Grain
    from cadran.planner.request import Request
    from cadran.present.grid import Reader


@dataclass(frozen=True)
class Session:
    workspace: Workspace

    @classmethod
    def open(cls, folder: Path, lang: Language | None) -> Session:
        """From here on the command speaks the company's language, unless the person asked for another."""
        workspace = Workspace.open(folder)
        settle(lang.value if lang else None, workspace.settings.lang)
        return cls(workspace)

    def reader(self, grain: Grain | None = None) -> Reader:
        from cadran.present.grid import Reader

        company, lang = self.workspace.settings.company, spoken()
        labels = {kpi.id: kpi.label.to(lang) for kpi in self.workspace.catalogue}
        return Reader(lang, company.currency, company.fiscal_month, grain, labels)

    def ask(self, request: Request, viewer: str | None) -> Answer:
        """The answer as the person with the address `viewer` may see it; without one, as the owner of the folder."""
        from cadran.ask import ask

        return ask(self.workspace, request, self._viewer(viewer))

    def changes(self, request: Request, viewer: str | None, since: date | int, until: date | int | None) -> Difference:
        """What made the answer differ, as that person may see it."""
        from cadran.difference import difference

        return difference(self.workspace, request, self._viewer(viewer), since=since, until=until)

    def _viewer(self, email: str | None) -> Viewer:
        from cadran.access import EVERYTHING

        if email is None:
            return EVERYTHING
        from cadran.session import viewer_by_address

        return viewer_by_address(self.workspace, email)
