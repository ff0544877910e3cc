"""What must be said beside a number: why it is missing, doubtful, partial, or covers less than it seems."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import numpy as np

from cadran.catalogue.kpi import IntervalMethod
from cadran.errors import Issue, Text
from cadran.figures import Figures
from cadran.numerals import day, whole_or_cents
from cadran.planner import extras
from cadran.planner.windows import Asked
from cadran.remarks import undated
from cadran.settings import Thresholds

REBUILT = Issue(
    "rebuilt",
    Text(
        "Reconstitué : montants et étapes d’aujourd’hui, à une date passée.",
        "Rebuilt: today’s amounts and stages, at a past date.",
    ),
)
_NO_DATA = Issue("no_data", Text("Pas de données sur cette période.", "No data for this period."))


def notes(
    figures: Figures, index: int, asked: Asked, sample: int | None, limits: Thresholds, currency: str
) -> Iterator[Issue]:
    """The notes of one cell and period, the gravest first; a derived KPI has those of its parts, each once."""
    yield from dict.fromkeys(_notes(figures, index, asked, sample, limits, currency))


def _notes(
    figures: Figures, index: int, asked: Asked, sample: int | None, limits: Thresholds, currency: str
) -> Iterator[Issue]:
    window = asked.current
    if figures.unavailable:
        yield figures.unavailable
        return
    if window is None or (figures.no_data is not None and figures.no_data[window]):
        yield _NO_DATA
        return
    if sample is not None and 0 < sample < smallest(figures, limits):
        yield _too_small(sample)
    found = {name: float(np.nan_to_num(array[index, window])) for name, array in figures.extras.items()}
    yield from _left_aside(found, currency)
    yield from figures.said.get(window, ())
    if figures.undated is not None and figures.undated.rows[index]:
        yield undated(int(figures.undated.rows[index]), figures.undated.column)
    yield from figures.remarks
    for part in figures.parts:
        yield from _notes(part, index, asked, _sample(part, index, window), limits, currency)


def _sample(figures: Figures, index: int, window: int) -> int | None:
    if figures.sample is None or np.isnan(figures.sample[index, window]):
        return None
    return int(figures.sample[index, window])


def known_then(evening: date, snapshot: int) -> Issue:
    """A past state told from the snapshot known on that evening."""
    return Issue(
        "known_then",
        Text(
            f"Montants et étapes connus au soir du {day(evening, 'fr')} (état n° {snapshot} des données).",
            f"Amounts and stages as known on the evening of {day(evening, 'en')} (snapshot {snapshot}).",
        ),
    )


def smallest(figures: Figures, limits: Thresholds) -> int:
    """The sample under which a value is no basis for a judgement."""
    method = figures.kpi.interval
    if method is IntervalMethod.BOOTSTRAP:
        return limits.minimum_mean_sample
    return 0 if method is IntervalMethod.NONE else limits.minimum_rate_sample


def is_provisional(figures: Figures, index: int, asked: Asked, limits: Thresholds) -> bool:
    """A cohort that is not ripe, a contract whose outcome is pending, a first year of data for new clients."""
    window = asked.current
    if window is None or figures.unavailable:
        return False
    if any(is_provisional(part, index, asked, limits) for part in figures.parts):
        return True
    if figures.early is not None and figures.early[window]:
        return True
    if figures.maturity is not None and figures.maturity[index, window] < limits.maturity:
        return True
    pending = figures.extras.get(extras.PENDING)
    return pending is not None and bool(pending[index, window] > 0)


def _left_aside(found: dict[str, float], currency: str) -> Iterator[Issue]:
    if found.get(extras.LEFT_OUT):
        yield _left_out(int(found[extras.LEFT_OUT]))
    if found.get(extras.PENDING):
        yield _pending(int(found[extras.PENDING]))
    if found.get(extras.NO_CLIENT):
        yield _no_client(found[extras.NO_CLIENT], currency)
    whole = found.get(extras.WHOLE)
    if whole and not np.isclose(found[extras.COVERED], whole):
        yield _covers(found[extras.COVERED] / whole)


def _too_small(sample: int) -> Issue:
    message = Text(f"Échantillon trop petit (n = {sample}).", f"Sample too small (n = {sample}).")
    return Issue("sample_too_small", message)


def _left_out(rows: int) -> Issue:
    s = "s" if rows > 1 else ""
    french = f"{rows} ligne{s} exclue{s} : une valeur dont cet indicateur a besoin est douteuse."
    return Issue("rows_left_out", Text(french, f"{rows} row{s} left out: a value this KPI needs is doubtful."))


def _pending(rows: int) -> Issue:
    s, verb = ("s", "are") if rows > 1 else ("", "is")
    french = f"{rows} contrat{s} en attente d’issue, compté{s} ni gagné{s} ni perdu{s}."
    return Issue("pending", Text(french, f"{rows} contract{s} {verb} still undecided, counted on neither side."))


def _no_client(amount: float, currency: str) -> Issue:
    exact = Decimal(repr(amount)).quantize(Decimal("0.01"))
    french, english = (whole_or_cents(exact, currency, lang) for lang in ("fr", "en"))
    return Issue("no_client", Text(f"{french} sans client.", f"{english} without a client."))


def _covers(share: float) -> Issue:
    percent = round(share * 100, 1)
    french = f"{percent:g}".replace(".", ",")
    return Issue(
        "covers_part",
        Text(f"Porte sur {french}\u202f% du chiffre d’affaires.", f"Covers {percent:g}% of revenue."),
    )
