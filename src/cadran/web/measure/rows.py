"""The rows behind a number: a page of them, filtered and sorted; the same as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any

import pyarrow as pa
from django.http import HttpResponse, StreamingHttpResponse

from cadran import numerals
from cadran.access import Ability
from cadran.answer import AnswerRow
from cadran.catalogue.kpi import Kind, Kpi
from cadran.directory import REP, TEAM, UNASSIGNED
from cadran.errors import AccessError, Issue, RequestError, Text
from cadran.newest_rows import Newest
from cadran.planner.request import Request
from cadran.present.behind import counted_table
from cadran.present.block import written
from cadran.present.export import to_csv, to_xlsx
from cadran.present.finding import in_period
from cadran.present.traced import Listing, amount_of, exported_fields, listing, shown_fields, title_of
from cadran.web.measure.dashboard import is_page_scope
from cadran.web.measure.dimensions import dimensions_of
from cadran.web.measure.figure import address, kpi_named, leaves
from cadran.web.measure.pickers import Choice, period_picker, scope_picker
from cadran.web.measure.pieces import Parts, drawn
from cadran.web.measure.selection import (
    DENOMINATOR,
    LEFT_OUT,
    NUMERATOR,
    PAGE,
    SIDES,
    Selection,
    chosen,
    count_of,
    page_of,
)
from cadran.web.measure.shown import shown
from cadran.web.people.audit import Action, log
from cadran.web.people.frame import NOT_OPEN, Frame, served
from cadran.web.people.gate import page

_CHUNK = 5_000  # rows of a file that are written at once
_MOST_IN_A_SHEET = 1_048_575
_NAMES_OF_SIDES = {
    "": Text("Toutes", "All"),
    NUMERATOR: Text("Au numérateur", "In the numerator"),
    DENOMINATOR: Text("Au dénominateur", "In the denominator"),
    LEFT_OUT: Text("Laissées de côté", "Left out"),
}
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Asked:
    """Which rows an address asks for. `within`: the value of a dimension that narrows them, as (dimension, value,
    label); `nobody`: those that belong to nobody."""

    kpi: Kpi
    request: Request
    formula: str
    within: tuple[str, str, str] | None
    nobody: bool

    def of(self, frame: Frame) -> tuple[str, str | None, str]:
        """The scope they belong to, its id, and the level at which they may belong to nobody."""
        return (UNASSIGNED, None, TEAM) if self.nobody else (frame.scope.level, frame.scope.key, REP)

    @property
    def kept(self) -> dict[str, str]:
        """What an address needs to name the same rows."""
        found = {"by": self.within[0], "value": self.within[1]} if self.within else {}
        return found | ({"of": UNASSIGNED} if self.nobody else {})


@dataclass(frozen=True)
class Look:
    """What a page shows of the rows asked for: some of those chosen, all of which are `count` and add up to `amount`;
    there are `all`, so many of them of each flag."""

    shown: pa.Table
    fields: tuple[str, ...]
    count: int
    amount: Decimal | None
    all: int
    flagged: Mapping[str, int]


def newest_rows(frame: Frame, kpi: Kpi, count: int) -> Newest:
    """The last rows behind the page's value; what the person may not see is not among them."""
    request = frame.question(kpi.id, by=(frame.scope.level,), intervals=False)
    return served.traces.newest(request, frame.viewer, frame.scope.level, frame.scope.key, REP, count)


def asked_for(frame: Frame, name: str) -> Asked:
    """Raises AccessError for a KPI there is not."""
    kpi = kpi_named(name)
    within, where = _within(frame, kpi)
    request = frame.question(kpi.id, by=(frame.scope.level,), where=where, intervals=False)
    return Asked(kpi, request, formulas_of(kpi), within, frame.request.GET.get("of") == UNASSIGNED)


def all_rows(frame: Frame, asked: Asked) -> pa.Table:
    """All of them; what the person may not see is not among them."""
    return served.traces.rows(asked.request, frame.viewer, *asked.of(frame))


def look(frame: Frame, asked: Asked, selection: Selection) -> Look:
    """The newest rows are read without the others, which most who open the page never ask for."""
    if selection == Selection():
        newest = served.traces.newest(asked.request, frame.viewer, *asked.of(frame), PAGE)
        fields = _fields(newest.rows, asked)
        return Look(newest.rows, fields, newest.count, newest.amount, newest.count, newest.flagged)
    rows = all_rows(frame, asked)
    fields = _fields(rows, asked)
    found = chosen(rows, selection, fields)
    flagged = {flag: count_of(rows, flag) for flag in SIDES.values()}
    return Look(page_of(found, selection), fields, found.num_rows, amount_of(found), rows.num_rows, flagged)


def _fields(rows: pa.Table, asked: Asked) -> tuple[str, ...]:
    return shown_fields(rows, asked.formula) if rows.num_columns else ()


def formulas_of(kpi: Kpi) -> str:
    return " ".join(f"{each.formula} {each.where or ''}" for leaf in leaves(kpi) for each in leaf.populations)


def _within(frame: Frame, kpi: Kpi) -> tuple[tuple[str, str, str] | None, str | None]:
    """The dimension's value that an address names, and the condition it stands for."""
    name, value = frame.request.GET.get("by", ""), frame.request.GET.get("value")
    if not name or value is None:
        return None, None
    known = {each.name: each for each in dimensions_of(frame, kpi)}
    if name not in known:
        raise AccessError(NOT_OPEN)
    quoted = value.replace("'", "''")
    condition = f"{name} = '{quoted}'" if value else f"{name} is null"
    return (name, value, known[name].label.to(frame.lang)), condition


@page(Ability.MEASURE)
def kpi_rows(frame: Frame, kpi: str) -> HttpResponse:
    asked, name = asked_for(frame, kpi), frame.reader.kpi(kpi)
    is_light = Selection.of(frame.request.GET) == Selection()  # all rows are read to sort or choose among them
    return shown(frame, "measure/rows.html", lambda: _draw(frame, asked), is_light=is_light, name=name)


def _draw(frame: Frame, asked: Asked) -> Parts:
    return {"main": drawn(frame, "measure/rows_main.html", _main(frame, asked))}


def _main(frame: Frame, asked: Asked) -> dict[str, Any]:
    selection = Selection.of(frame.request.GET)
    found = look(frame, asked, selection)
    return {
        "name": frame.reader.kpi(asked.kpi.id),
        "headline": headline(frame, asked, found.all),
        "within": asked.within,
        "nobody": asked.nobody,
        "periods": period_picker(frame, asked.kept),
        "scopes": scope_picker(frame, asked.kept),
        "sides": tuple(_sides(frame, asked, found, selection)),
        "parts": tuple(_parts(frame, asked, selection)),
        "selection": selection,
        "kept": asked.kept | {"period": frame.period_name, "scope": frame.scope.name_in_address},
        "listing": listing(found.shown, found.fields, frame.reader) if found.fields else Listing((), ()),
        "sorts": _sorts(frame, asked, found, selection),
        "count": found.count,
        "all": found.all,
        "total": written_total(frame, found.amount),
        "pages": _pages(frame, asked, selection, found.count),
        "exports": tuple(_exports(frame, asked, selection)),
        "kpi_address": address(frame, "kpi", asked.kpi.id),
    }


def headline(frame: Frame, asked: Asked, count: int) -> str:
    """« Chiffre d’affaires : 1 000 000 € au T1 2026, en 491 lignes »."""
    when = in_period(frame.period, frame.lang, frame.reader.fiscal_month)
    row = None if asked.nobody else _value(frame, asked)
    value = f"{written(row.value, row, frame.reader)} " if row else ""
    lines, name = numerals.number(count, frame.lang), frame.reader.kpi(asked.kpi.id)
    return _HEADLINE.to(frame.lang).format(name=name, value=value, when=when, lines=lines)


def _value(frame: Frame, asked: Asked) -> AnswerRow | None:
    return next(iter(served.answers.ask(asked.request, frame.viewer).rows_of(is_page_scope(frame))), None)


_HEADLINE = Text(
    f"{{name}}{numerals.FIXED}: {{value}}{{when}}, en {{lines}} lignes", "{name}: {value}{when}, in {lines} rows"
)


def written_total(frame: Frame, amount: Decimal | None) -> str:
    return "" if amount is None else numerals.money(amount, frame.reader.currency, frame.lang)


def _sides(frame: Frame, asked: Asked, found: Look, selection: Selection) -> Iterator[Choice]:
    """Numerator and denominator apart, where there are both; what was left out, where anything was."""
    counts = {side: found.flagged.get(flag, 0) for side, flag in SIDES.items()}
    offered = [side for side in counts if counts[side]]
    if offered in ([], [NUMERATOR]):
        return
    for side in ("", *offered):
        count = numerals.number(counts.get(side, found.all), frame.lang)
        to = _to(frame, asked, selection, side=side)
        yield Choice(f"{_NAMES_OF_SIDES[side].to(frame.lang)} {count}", to, selection.side == side)


def _parts(frame: Frame, asked: Asked, selection: Selection) -> Iterator[Choice]:
    """The KPIs that a derived one is made of."""
    if asked.kpi.kind is not Kind.DERIVED:
        return
    yield Choice(_NAMES_OF_SIDES[""].to(frame.lang), _to(frame, asked, selection, part=""), not selection.part)
    for leaf in leaves(asked.kpi):
        to = _to(frame, asked, selection, part=leaf.id)
        yield Choice(frame.reader.kpi(leaf.id), to, selection.part == leaf.id)


def _to(frame: Frame, asked: Asked, selection: Selection, **changes: object) -> str:
    return frame.at(**asked.kept | selection.address(**changes))


@dataclass(frozen=True)
class Sort:
    """A column's head: its title, what a click sorts by, how it is sorted now (an `aria-sort`, or nothing)."""

    title: str
    right: bool
    address: str
    now: str
    field: str


def _sorts(frame: Frame, asked: Asked, found: Look, selection: Selection) -> tuple[Sort, ...]:
    fields = found.fields
    heads = listing(found.shown.slice(0, 0), fields, frame.reader).columns
    current = selection.sort or (f"-{fields[0]}" if fields else "")

    def sort(key: str) -> Sort:
        head = next(each for each in heads if each.key == key)
        now = {key: "ascending", f"-{key}": "descending"}.get(current, "")
        then = key if current == f"-{key}" else f"-{key}"
        return Sort(head.title, head.right, _to(frame, asked, selection, sort=then), now, key)

    return tuple(sort(each.key) for each in heads)


@dataclass(frozen=True)
class Pages:
    """Where a long list stands: rows `first` to `last`; addresses of the pages around, empty at the ends."""

    first: int
    last: int
    before: str
    after: str


def _pages(frame: Frame, asked: Asked, selection: Selection, count: int) -> Pages | None:
    if count <= PAGE:
        return None
    last_page = (count - 1) // PAGE + 1
    at = min(selection.page, last_page)
    return Pages(
        (at - 1) * PAGE + 1,
        min(count, at * PAGE),
        _to(frame, asked, selection, page=at - 1) if at > 1 else "",
        _to(frame, asked, selection, page=at + 1) if at < last_page else "",
    )


def _exports(frame: Frame, asked: Asked, selection: Selection) -> Iterator[Choice]:
    for kind, name in (("csv", "CSV"), ("xlsx", "Excel")):
        given: dict[str, Any] = asked.kept | selection.address()
        yield Choice(name, address(frame, "kpi_export", asked.kpi.id, kind, **given))


@page(Ability.MEASURE)
def kpi_export(frame: Frame, kpi: str, kind: str) -> HttpResponse | StreamingHttpResponse:
    """The rows that the page shows, all of them, with the same side, text and order. It goes into the audit log."""
    if kind not in _TYPES:
        raise AccessError(NOT_OPEN)
    asked, selection = asked_for(frame, kpi), Selection.of(frame.request.GET)
    everything = all_rows(frame, asked)
    rows = chosen(everything, selection, _fields(everything, asked))
    if kind == "xlsx" and rows.num_rows > _MOST_IN_A_SHEET:
        raise RequestError(_TOO_LONG)
    about = f"{kpi} {frame.period_name} {frame.scope.name_in_address} {rows.num_rows} {kind}"
    log(frame.request, Action.EXPORTED, about)
    fields = exported_fields(rows)
    response = _csv(rows, fields) if kind == "csv" else _xlsx(frame, rows, fields)
    response["Content-Disposition"] = f'attachment; filename="{kpi}-{_file_name(frame.period_name)}.{kind}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _file_name(period: str) -> str:
    return period.replace("/", "_")


def _csv(rows: pa.Table, fields: tuple[str, ...]) -> StreamingHttpResponse:
    return StreamingHttpResponse(_lines(rows, fields), content_type=_TYPES["csv"])


def _lines(rows: pa.Table, fields: tuple[str, ...]) -> Iterator[str]:
    yield to_csv([], fields)
    for start in range(0, rows.num_rows, _CHUNK):
        yield to_csv(rows.slice(start, _CHUNK).to_pylist(), fields, header=False)


def _xlsx(frame: Frame, rows: pa.Table, fields: tuple[str, ...]) -> HttpResponse:
    table = counted_table(rows.column_names)
    titles = {name: title_of(name, table, frame.lang) for name in fields}
    out = BytesIO()
    records = (record for start in range(0, rows.num_rows, _CHUNK) for record in rows.slice(start, _CHUNK).to_pylist())
    to_xlsx(records, titles, out)
    return HttpResponse(out.getvalue(), content_type=_TYPES["xlsx"])


_TOO_LONG = Issue(
    "too_many_rows",
    Text("Une feuille Excel tient au plus 1 048 576 lignes.", "An Excel sheet holds at most 1,048,576 rows."),
    Text("Prenez le CSV, ou une période plus courte.", "Take the CSV, or a shorter period."),
)
