"""The company's own past curves, for companies that chose to set the pace of their objectives by them.

One more question, asked of the company as a whole whoever is asking: they see of it the share that was reached by
now, never an amount. It is not asked where business days set the pace, nor when no period is running.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from cadran.catalogue.kpi import Additivity
from cadran.cube import MONEY_SCALE
from cadran.directory import COMPANY
from cadran.errors import Issue, Text
from cadran.figures import Figures
from cadran.objectives.past_curve import PastCurve
from cadran.periods.period import Grain, whole_grain
from cadran.planner.request import Request
from cadran.planner.resolve import Resolution
from cadran.settings import Settings

if TYPE_CHECKING:
    from cadran.answer import Answer

AskCompany = Callable[[Request], "Answer"]

NO_PAST = Issue(
    "no_past_to_go_by",
    Text(
        "Pas de passé comparable un an plus tôt : l’attendu à date suit les jours ouvrés.",
        "No past to go by one year before: expected to date follows business days.",
    ),
)


def past_curves(
    settings: Settings, request: Request, resolution: Resolution, kpis: tuple[str, ...], ask_company: AskCompany
) -> dict[str, PastCurve]:
    """The curve of each additive KPI of `kpis` over last year's days of the running period; none where business days
    set the pace."""
    running = [asked for asked in resolution.periods if asked.comparison.partial and asked.current is not None]
    added = tuple(kpi for kpi in kpis if resolution.definitions[kpi].additivity is Additivity.ADDITIVE)
    if settings.company.pace != "past_curve" or not running or not added:
        return {}
    comparison = running[0].comparison  # only one period holds the evening asked about
    past = comparison.last_year_full
    grain = Grain(request.grain) if request.grain else whole_grain(comparison.current, settings.company.fiscal_month)
    daily = request.at(
        kpis=added,
        start=past.start,
        end=past.end,
        levels=(COMPANY,),
        dimensions=(),
        grain="day",
        compare=frozenset(),
        intervals=False,
    )
    found = ask_company(daily)
    windows = [asked.current for asked in found.periods]
    return {kpi: PastCurve(past, [_amount(found.figures[kpi], w) for w in windows], grain) for kpi in added}


def _amount(figures: Figures, window: int | None) -> Decimal | None:
    """What the company counted on one day."""
    if window is None or (figures.no_data is not None and figures.no_data[window]):
        return None
    if figures.exact is not None:
        return Decimal(int(figures.exact[0, window])).scaleb(-MONEY_SCALE)
    value = float(figures.value[0, window])
    return None if np.isnan(value) else Decimal(str(value))
