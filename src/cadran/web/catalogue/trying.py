"""What a draft gives on the company's data, or everything that is wrong with it: what stands beside the form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from cadran.answer import AnswerRow
from cadran.ask import ask
from cadran.catalogue.checks import EMPTY_TEXT
from cadran.catalogue.drafts import Draft
from cadran.catalogue.kpi import Kpi
from cadran.catalogue.problems import Problem
from cadran.errors import CadranError, Issue
from cadran.periods.period import Period, add_months, label_of
from cadran.present.block import Block, block, written
from cadran.present.grid import Reader
from cadran.web.catalogue.words import FIELDS
from cadran.web.measure.dashboard import is_page_scope
from cadran.web.people.frame import Frame, served

_MONTHS = 12
_AROUND = 40  # characters of a formula shown before and after what is wrong
_FORMULAS = frozenset({"formula", "where", "leaves_out", "measure"})
_WORD = re.compile(r"\w+|\S")


@dataclass(frozen=True)
class Wrong:
    """A problem in the reader's language. `field` is the form's, `name` its name, `key` what stands in the YAML;
    `before`, `here` and `after` are the piece of the formula around it, empty where it has no place."""

    message: str
    advice: str
    key: str
    field: str
    name: str
    position: int | None
    before: str = ""
    here: str = ""
    after: str = ""


@dataclass(frozen=True)
class Month:
    name: str
    value: str


@dataclass(frozen=True)
class Tried:
    """`wrong`: everything that is to be put right; `block` is the figure, None where there can be none yet;
    `explained`, in words and in SQL."""

    wrong: tuple[Wrong, ...] = ()
    block: Block | None = None
    months: tuple[Month, ...] = ()
    explained: str = ""


def tried(draft: Draft, frame: Frame) -> Tried:
    """A draft asked through the one door, in a catalogue that holds it: as the person may see it, at the page's period
    and scope. Texts that are still to be written do not stand in the way, and are not told before what
    does."""
    in_the_way = tuple(problem for problem in draft.problems if problem.code != EMPTY_TEXT)
    wrong = tuple(told(in_the_way or draft.problems, draft.kpi, frame))
    if draft.kpi is None or in_the_way:
        return Tried(wrong)
    try:
        return replace(_figures(draft, draft.kpi, frame), wrong=wrong)
    except CadranError as error:
        return Tried(tuple(told(error.issues, draft.kpi, frame)))


def told(issues: Iterable[Issue], kpi: Kpi | None, frame: Frame) -> Iterator[Wrong]:
    """Each problem once, in the order of the text."""
    return (_wrong(issue, kpi, frame) for issue in dict.fromkeys(issues))


def _figures(draft: Draft, kpi: Kpi, frame: Frame) -> Tried:
    workspace = served.workspace.with_catalogue(draft.catalogue)
    level = frame.scope.level
    request = frame.question(kpi.id, by=[level], compare=("previous", "last_year"))
    answer = ask(workspace, request, frame.viewer)
    months = _months(kpi, frame)
    by_month = frame.question(kpi.id, by=[level], grain="month", start=months.start, end=months.end, intervals=False)
    rows = answer.rows_of(is_page_scope(frame))
    past = ask(workspace, by_month, frame.viewer).rows_of(is_page_scope(frame))
    reader = replace(frame.reader, labels={kpi.id: kpi.label.to(frame.lang)})
    return Tried(
        block=block(kpi, rows[0], past, reader, frame.as_of) if rows else None,
        months=tuple(_month(row, reader) for row in past),
        explained=answer.explain(frame.lang),
    )


def _months(kpi: Kpi, frame: Frame) -> Period:
    """The twelve that end with the page's period, or with the last evening."""
    last = min(frame.period.last_day, frame.as_of).replace(day=1)
    return Period(add_months(last, 1 - _MONTHS), add_months(last, 1))


def _month(row: AnswerRow, reader: Reader) -> Month:
    name = label_of(Period(row.period_start, row.period_end), reader.lang, reader.fiscal_month)
    return Month(name, written(row.value, row, reader))


def _wrong(issue: Issue, kpi: Kpi | None, frame: Frame) -> Wrong:
    problem = issue if isinstance(issue, Problem) else Problem(issue.code, issue.message, issue.advice)
    key = problem.key or ""
    last = key.rpartition(".")[2]
    message, advice = issue.message.to(frame.lang), issue.advice.to(frame.lang)
    return Wrong(
        message, advice, key, last, str(FIELDS.get(last, "")), problem.position, *_piece(kpi, key, problem.position)
    )


def _piece(kpi: Kpi | None, key: str, position: int | None) -> tuple[str, str, str]:
    """What is wrong in a formula, with a little of what stands around it."""
    text = _text_at(kpi, key)
    if not text or position is None or position > len(text):
        return "", "", ""
    start = position - 1
    word = _WORD.match(text, start)
    end = word.end() if word else start + 1
    return text[max(0, start - _AROUND) : start], text[start:end], text[end : end + _AROUND]


def _text_at(kpi: Kpi | None, key: str) -> str:
    """The formula or condition a key of the draft leads to, where it is a single population's."""
    if kpi is None or not key.startswith(f"{kpi.id}."):
        return ""
    name = key.removeprefix(f"{kpi.id}.")
    holder = kpi.populations[0] if len(kpi.populations) == 1 else kpi
    return (getattr(holder, name, None) or "") if name in _FORMULAS else ""
