"""A KPI's page: what is found, its trend, its dial, its definition, what it is made of, the rows behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from cadran.access import Ability
from cadran.answer import Answer, AnswerRow
from cadran.directory import COMPANY, REP, TEAM, UNASSIGNED
from cadran.errors import Text
from cadran.periods.period import Grain, Period, label_of
from cadran.present.block import block, dial_of, written
from cadran.present.breakdown import MOST_PANELS, Key, ScopePanel, Split, name_of_scope, scope_panels, split_of
from cadran.present.charts.chart import COLON, Chart
from cadran.present.charts.trend import trend_chart
from cadran.present.finding import finding
from cadran.present.kpi_trend import trend_of
from cadran.present.marks.dial import dial
from cadran.present.meaning import meaning_of
from cadran.present.traced import listing, shown_fields
from cadran.web.measure.dashboard import is_page_scope
from cadran.web.measure.dimensions import dimensions_of
from cadran.web.measure.figure import GRAINS, Figure, address, figure, kpi_named, over_time, parts_of
from cadran.web.measure.freshness import newest_of
from cadran.web.measure.notes import Pinned, new_note, on_curve, pinned
from cadran.web.measure.pickers import Choice, period_picker, scope_picker
from cadran.web.measure.pieces import Parts, drawn
from cadran.web.measure.rows import formulas_of, newest_rows, written_total
from cadran.web.measure.shown import shown
from cadran.web.people.frame import Frame
from cadran.web.people.gate import page

_GRAINS = {"week": Text("Semaine", "Week"), "month": Text("Mois", "Month"), "quarter": Text("Trimestre", "Quarter")}
_LEVELS = {TEAM: Text("Équipe", "Team"), REP: Text("Commercial", "Rep")}
_DIAL = 148  # pixels
_ROWS = 20
_OFFERED = 4  # dimensions that stand in the switch; the others in a menu beside it


@dataclass(frozen=True)
class Breakdown:
    """What the value is split by: `panels` for scopes, `split` for a dimension or for scopes too many to draw;
    `unassigned` is what belongs to none of the scopes drawn."""

    label: str
    choices: tuple[Choice, ...]
    others: tuple[Choice, ...]
    panels: tuple[ScopePanel, ...]
    split: Split | None
    is_other: bool
    unassigned: Choice | None


@page(Ability.MEASURE)
def kpi(frame: Frame, kpi: str) -> HttpResponse:
    definition, grain = kpi_named(kpi), _grain(frame)
    notes = pinned(frame, kpi)
    return shown(
        frame,
        "measure/kpi.html",
        lambda: _draw(frame, kpi, grain, notes),
        beside=tuple((note.on, note.text, note.author) for note in notes),
        kpi=definition,
        name=frame.reader.kpi(kpi),
        grain=grain,
        notes=notes,
        note_form=new_note(frame),
    )


def _grain(frame: Frame) -> str:
    asked = frame.request.GET.get("grain", "")
    return asked if asked in GRAINS else "month"


def _draw(frame: Frame, kpi: str, grain: str, notes: Sequence[Pinned]) -> Parts:
    found, name = figure(frame, kpi), frame.reader.kpi(kpi)
    headline = finding(found.kpi, found.row, frame.reader, frame.as_of)
    return {
        "head": drawn(frame, "measure/kpi_head.html", _head(frame, name, headline)),
        "trend": drawn(frame, "measure/kpi_trend.html", _trend(frame, found, grain, notes)),
        "standing": drawn(frame, "measure/kpi_standing.html", _standing(frame, found)),
        "breakdown": drawn(frame, "measure/breakdown.html", _breakdown(frame, found, grain, name)),
        "rows": drawn(frame, "measure/kpi_rows.html", _rows(frame, found, headline)),
        "snapshot": found.answer.snapshot,
    }


def _head(frame: Frame, name: str, headline: str) -> dict[str, Any]:
    kept = {name: frame.request.GET[name] for name in ("grain", "by") if name in frame.request.GET}
    pickers = {"periods": period_picker(frame, kept), "scopes": scope_picker(frame, kept)}
    return pickers | {"name": name, "headline": headline}


def _grains(frame: Frame, chosen: str) -> Iterator[Choice]:
    by = frame.request.GET.get("by")
    for name, label in _GRAINS.items():
        yield Choice(label.to(frame.lang), frame.at(grain=name, by=by), name == chosen)


def _trend(frame: Frame, found: Figure, grain: str, notes: Sequence[Pinned]) -> dict[str, Any]:
    rows = over_time(frame, found.kpi, GRAINS[grain]).rows_of(is_page_scope(frame))
    flags = on_curve(frame, notes, [Period(row.period_start, row.period_end) for row in rows])

    def behind_point(period: Period) -> str:
        return address(frame, "kpi_rows", found.kpi.id, period=period)

    chart: Chart | None = None
    if rows:
        chart = trend_chart(trend_of(found.kpi, rows, frame.reader, GRAINS[grain], behind_point, flags, frame.as_of))
    return {"trend": chart, "grains": tuple(_grains(frame, grain))}


def _standing(frame: Frame, found: Figure) -> dict[str, Any]:
    """The value beside its objective, and what it means."""
    meaning = meaning_of(found.kpi, found.row, parts_of(frame, found.kpi), frame.settings, frame.reader)
    return {
        "kpi": found.kpi,
        "dial": dial(dial_of(found.kpi, found.row, frame.reader, _DIAL)),
        "standing": block(found.kpi, found.row, (), frame.reader, frame.as_of),
        "meaning": meaning,
        "newest": newest_of(frame, meaning.table),
        "snapshot": found.answer.snapshot,
    }


def _breakdown(frame: Frame, found: Figure, grain: str, name: str) -> dict[str, Any]:
    periods = over_time(frame, found.kpi, GRAINS[grain])
    return {"breakdown": breakdown(frame, found, periods, GRAINS[grain]), "name": name}


def _rows(frame: Frame, found: Figure, headline: str) -> dict[str, Any]:
    """The newest rows, and what all of them add up to."""
    newest = newest_rows(frame, found.kpi, _ROWS)
    fields = shown_fields(newest.rows, formulas_of(found.kpi)) if newest.rows.num_columns else ()
    return {
        "headline": headline,
        "period": label_of(frame.period, frame.lang, frame.settings.company.fiscal_month),
        "listing": listing(newest.rows, fields, frame.reader) if fields else None,
        "count": newest.count,
        "left": max(0, newest.count - _ROWS),
        "total": written_total(frame, newest.amount),
        "rows_address": address(frame, "kpi_rows", found.kpi.id),
    }


def breakdown(frame: Frame, found: Figure, periods: Answer, grain: Grain) -> Breakdown | None:
    """The switch of what the value can be split by, and the one that is chosen; None where it cannot be."""
    level = {COMPANY: TEAM, TEAM: REP}.get(frame.scope.level)
    dimensions = dimensions_of(frame, found.kpi)
    names = [level] if level and len(_below(frame, found, level)) > 1 else []
    names += [each.name for each in dimensions]
    if not names:
        return None
    labels = {name: label.to(frame.lang) for name, label in _LEVELS.items()}
    labels |= {each.name: each.label.to(frame.lang) for each in dimensions}
    asked = frame.request.GET.get("by", "")
    chosen = asked if asked in names else names[0]
    choices = [
        Choice(labels[name], frame.at(by=name, grain=frame.request.GET.get("grain")) + "#breakdown", name == chosen)
        for name in names
    ]
    panels, split = _split(frame, found, periods, grain, chosen, labels[chosen])
    return Breakdown(
        labels[chosen],
        tuple(choices[:_OFFERED]),
        tuple(choices[_OFFERED:]),
        panels,
        split,
        chosen in names[_OFFERED:],
        _unassigned(frame, found, chosen) if panels else None,
    )


def _split(
    frame: Frame,
    found: Figure,
    periods: Answer,
    grain: Grain,
    chosen: str,
    label: str,
) -> tuple[tuple[ScopePanel, ...], Split | None]:
    if chosen not in _LEVELS:
        return (), _by_dimension(frame, found, chosen, label)
    rows = _below(frame, found, chosen)
    named_rows = [row for row in rows if row.scope != UNASSIGNED]
    if len(named_rows) <= MOST_PANELS:
        months: dict[Key, list[AnswerRow]] = {}
        for row in periods.rows:
            months.setdefault((row.scope, row.scope_id), []).append(row)

        def page_of_scope(row: AnswerRow) -> str:
            return _page_of(frame, found, row)

        return scope_panels(found.kpi, named_rows, months, frame.reader, grain, page_of_scope), None
    named = [(name_of_scope(row, frame.reader), row, _page_of(frame, found, row)) for row in rows]
    return (), split_of(found.kpi, named, label, found.row, frame.reader)


def _unassigned(frame: Frame, found: Figure, level: str) -> Choice | None:
    row = next((row for row in _below(frame, found, level) if row.scope == UNASSIGNED), None)
    if row is None or not row.value:
        return None
    said = f"{name_of_scope(row, frame.reader)}{COLON.to(frame.lang)}{written(row.value, row, frame.reader)}"
    return Choice(said, _page_of(frame, found, row))


def _below(frame: Frame, found: Figure, level: str) -> list[AnswerRow]:
    """The scopes of a level under the page's own, as one answer holds them; what belongs to nobody, last."""
    directory = frame.directory
    if level == TEAM:
        keys: frozenset[str | None] = frozenset({*directory.team_keys, None})
    else:
        teams = directory.below(directory.team_keys[frame.scope.key or ""])
        on = directory.teams_on(min(frame.as_of, frame.period.last_day))
        keys = frozenset(rep.key for rep in directory.reps.values() if on.get(rep.number) in teams)
    return list(found.answer.rows_of(lambda scope: scope.level == level and scope.key in keys, found.kpi.id))


def _page_of(frame: Frame, found: Figure, row: AnswerRow) -> str:
    """A scope's own page of the KPI; of what belongs to nobody, its rows."""
    if row.scope == UNASSIGNED:
        return address(frame, "kpi_rows", found.kpi.id, of=UNASSIGNED)
    return address(frame, "kpi", found.kpi.id, scope=f"{row.scope}:{row.scope_id}")


def _by_dimension(frame: Frame, found: Figure, name: str, label: str) -> Split:
    answer = frame.ask(found.kpi.id, by=(frame.scope.level, name), compare=("last_year",))
    named = []
    for row in answer.rows_of(is_page_scope(frame)):
        value = row.dimensions[name] or ""
        if row.value is not None or row.last_year is not None:
            named.append((value, row, address(frame, "kpi_rows", found.kpi.id, by=name, value=value)))
    return split_of(found.kpi, named, label, found.row, frame.reader)
