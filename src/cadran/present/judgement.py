"""When a figure may be coloured (look.md, rule 2): a gap to a reference that is significant, and nothing doubtful."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cadran.catalogue.kpi import Better, Kpi, Unit
from cadran.present.words import TOO_SMALL

if TYPE_CHECKING:
    from cadran.answer import AnswerRow

BETTER, WORSE, WATCH, PLAIN = "better", "worse", "watch", ""


def is_small(row: AnswerRow) -> bool:
    """Too few rows to judge the value by."""
    return any(note.code == TOO_SMALL for note in row.notes)


def shown_status(row: AnswerRow, kpi: Kpi) -> str:
    """The status as it is shown. What is provisional is not judged, nor what is too small a sample, nor a value whose
    interval holds the objective; there is no status without a target."""
    if row.target is None or row.value is None:
        return ""
    if row.is_provisional:
        return "provisional"
    doubtful = row.low is not None and row.high is not None and not tone_of_gap(row, kpi)
    return "" if is_small(row) or doubtful else row.status or ""


def tone_of_change(row: AnswerRow, kpi: Kpi, reference: object) -> str:
    """The colour of a change since another period: only where the 95 % interval leaves the reference out. A total has
    no interval: ink."""
    if reference is None or row.low is None or row.high is None or is_small(row) or row.is_provisional:
        return PLAIN
    return side(row.low, row.high, float(str(reference)), kpi.better)


def tone_of_gap(row: AnswerRow, kpi: Kpi) -> str:
    """The colour of the gap to the objective. An amount is what it is; where there is an interval it must leave the
    objective out."""
    if row.gap is None or row.target is None or is_small(row) or row.is_provisional:
        return PLAIN
    if row.low is not None and row.high is not None:
        return side(row.low, row.high, float(row.target), kpi.better)
    if kpi.unit not in (Unit.MONEY, Unit.COUNT):
        return PLAIN
    if row.status == "exceeded":
        return BETTER
    return {"behind": WORSE, "at_risk": WATCH}.get(row.status or "", PLAIN)


def side(low: float, high: float, reference: float, better: Better) -> str:
    """On which side of a reference an interval lies; neither when it holds it."""
    above = low > reference
    if not above and not high < reference:
        return PLAIN
    return BETTER if above == (better is Better.HIGHER) else WORSE
