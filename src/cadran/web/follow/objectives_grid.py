"""The grid as it is shown: a field for each cell, what counts where it differs, how past periods came out, and sums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from cadran import numerals
from cadran.answer import AnswerRow
from cadran.catalogue.kpi import Unit
from cadran.directory import REP
from cadran.errors import Text
from cadran.objectives.proration import Objective
from cadran.periods.period import Period, label_of
from cadran.present.judgement import tone_of_gap
from cadran.web.follow.objectives_board import YEAR, Board, Who
from cadran.web.follow.objectives_form import Filled, cell_name
from cadran.web.follow.objectives_numbers import write_cell
from cadran.web.follow.objectives_sheet import Proposed


@dataclass(frozen=True)
class Head:
    """A column; `is_over` once its last evening is past."""

    name: str
    full_name: str
    is_over: bool


@dataclass(frozen=True)
class Cell:
    """`text` is what the field holds; `counts` what counts instead, where that is something else, in words, and
    `counts_as` the number alone; `was` what a proposal would change; `is_there` is False for a rep who is not there."""

    name: str
    label: str
    text: str
    counts: str
    counts_as: str
    attainment: str
    tone: str
    wrong: str
    was: str
    is_there: bool


@dataclass(frozen=True)
class Line:
    who: Who
    cells: tuple[Cell, ...]
    total: str
    total_note: str


@dataclass(frozen=True)
class Sum:
    """A line under the grid: teams or reps together, or by how much they differ from what was given."""

    name: str
    cells: tuple[str, ...]
    total: str
    is_difference: bool


@dataclass(frozen=True)
class Grid:
    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    sums: tuple[Sum, ...]
    may_set: bool
    has_total: bool
    finding: str
    too_many: bool


Results = Mapping[tuple[str, str, Period], AnswerRow]


def grid_of(board: Board, filled: Filled | None = None, proposed: Proposed | None = None) -> Grid:
    """`filled`: a form that was refused, whose texts are shown as they were typed. `proposed`: values that are not yet
    saved, in the place of those given."""
    results = _results(board) if proposed is None else {}
    found = {who: tuple(board.objective(who, period) for period in board.columns) for who in board.rows}
    if proposed is None:
        lines = tuple(_line(board, who, found[who], results, filled) for who in board.rows)
    else:
        lines = tuple(_line_proposed(board, who, proposed) for who in board.rows)
    return Grid(
        heads=tuple(_head(board, period) for period in board.columns),
        lines=lines,
        sums=tuple(_sums(board) if proposed is None else _sums_proposed(board, proposed)),
        may_set=any(who.may_set for who in board.rows),
        has_total=board.is_additive and board.cut != YEAR,
        finding=_finding(board, found)
        if proposed is None
        else _TO_CHECK.to(board.frame.lang).format(subject=_subject(board)),
        too_many=not board.shows_reps,
    )


def _head(board: Board, period: Period) -> Head:
    full = label_of(period, board.frame.lang, board.fiscal_month, board.grain)
    # The year stands in the headline: « T1 », « janvier ».
    brief = full.partition(" ")[0] if board.cut != YEAR else full
    return Head(brief, full, period.last_day <= board.frame.as_of)


def _line(board: Board, who: Who, found: tuple[Objective | None, ...], results: Results, filled: Filled | None) -> Line:
    cells = tuple(
        _cell(board, who, period, goal, results, filled) for period, goal in zip(board.columns, found, strict=True)
    )
    known = [goal.value for goal in found if goal]
    return Line(who, cells, _brief(board, sum(known, Decimal(0))) if known else "", _year_note(board, who, known))


def _cell(
    board: Board, who: Who, period: Period, goal: Objective | None, results: Results, filled: Filled | None
) -> Cell:
    name, place = cell_name(who, period, board.fiscal_month), board.place(who, period)
    given = board.given.value(place) if place else None
    text = write_cell(given, board.kpi.unit, board.frame.lang)
    wrong = ""
    if filled is not None:
        text = filled.texts.get(name, text)
        wrong = next((each.told for each in filled.wrong if each.cell == name), "")
    counts_as = _brief(board, goal.value) if goal and goal.value != given else ""
    row = results.get((who.level, who.key, period))
    judged = row is not None and row.attainment is not None
    return Cell(
        name=name,
        label=f"{who.name}, {label_of(period, board.frame.lang, board.fiscal_month, board.grain)}",
        text=text,
        counts=_counts(goal, given).to(board.frame.lang) if counts_as and goal else "",
        counts_as=counts_as,
        attainment=numerals.percent(row.attainment, board.frame.lang) if judged and row else "",
        tone=tone_of_gap(row, board.kpi) if judged and row else "",
        wrong=wrong,
        was="",
        is_there=place is not None,
    )


def _line_proposed(board: Board, who: Who, proposed: Proposed) -> Line:
    """A row as it would be: what was, beside what changes."""
    cells = []
    for period in board.columns:
        place, value = board.place(who, period), after(board, proposed, who, period)
        given = board.given.value(place) if place else None
        was = write_cell(given, board.kpi.unit, board.frame.lang) if value != given else ""
        label = f"{who.name}, {label_of(period, board.frame.lang, board.fiscal_month, board.grain)}"
        text = write_cell(value, board.kpi.unit, board.frame.lang)
        name = cell_name(who, period, board.fiscal_month)
        cells.append(Cell(name, label, text, "", "", "", "", "", was, place is not None))
    known = [value for period in board.columns if (value := after(board, proposed, who, period)) is not None]
    return Line(who, tuple(cells), _brief(board, sum(known, Decimal(0))) if known else "", "")


def after(board: Board, proposed: Proposed, who: Who, period: Period) -> Decimal | None:
    """What a cell would hold."""
    if (who, period) in proposed:
        return proposed[who, period]
    place = board.place(who, period)
    return board.given.value(place) if place else None


def _sums_proposed(board: Board, proposed: Proposed) -> Iterator[Sum]:
    """What the cells of teams, and those of reps, would add up to."""
    if board.head is None or not board.is_additive:
        return
    groups = ((_TEAMS, board.top_teams), (_REPS, tuple(who for who in board.rows if who.level == REP)))
    for name, group in groups:
        held = [[after(board, proposed, who, period) for who in group] for period in board.columns]
        sums = [
            sum((value for value in column if value is not None), Decimal(0))
            if any(v is not None for v in column)
            else None
            for column in held
        ]
        if any(value is not None for value in sums):
            yield Sum(name.to(board.frame.lang), *_written(board, sums, signed=False), is_difference=False)


def _counts(goal: Objective, given: Decimal | None) -> Text:
    """Why what counts is not what the field holds."""
    if given is not None:
        return Text("pour les jours de présence", "for the days there")
    if goal.parts:
        return Text("somme des membres", "sum of the members")
    return _DERIVED[goal.origin.value]


_DERIVED = {
    "given": Text("donné pour plus long", "given for longer"),
    "sum": Text("somme des périodes", "sum of its periods"),
    "share": Text("part selon les jours ouvrés", "share by business days"),
    "members": Text("somme des membres", "sum of the members"),
}


def _year_note(board: Board, who: Who, known: list[Decimal]) -> str:
    """The objective given for the year itself, where the columns do not add up to it."""
    place = board.place(who, board.year) if board.is_additive and board.cut != YEAR else None
    given = board.given.value(place) if place else None
    if given is None or (len(known) == len(board.columns) and sum(known, Decimal(0)) == given):
        return ""
    return Text("année : {}", "year: {}").to(board.frame.lang).format(_brief(board, given))


def _results(board: Board) -> dict[tuple[str, str, Period], AnswerRow]:
    """How each scope stood in the periods that are over."""
    over = [period for period in board.columns if period.last_day <= board.frame.as_of]
    if not over:
        return {}
    shown = {(who.level, who.key) for who in board.rows}
    answer = board.frame.ask(
        board.kpi.id,
        by=board.frame.levels(),
        grain=board.grain.value,
        start=over[0].start,
        end=over[-1].end,
        compare=("target",),
    )
    rows = answer.rows_of(lambda scope: (scope.kind, scope.key or "") in shown)
    return {(row.scope, row.scope_id or "", Period(row.period_start, row.period_end)): row for row in rows}


def _sums(board: Board) -> Iterator[Sum]:
    """What the head was given against what its teams and its reps have together."""
    head = board.head
    if head is None or not board.is_additive:
        return
    found = [board.assignment(head, period) for period in board.columns]
    for name, together, over in (
        (_TEAMS, [each.teams for each in found], [each.teams_over for each in found]),
        (_REPS, [each.reps for each in found], [each.reps_over for each in found]),
    ):
        if any(value is not None for value in together):
            lang = board.frame.lang
            yield Sum(name.to(lang), *_written(board, together, signed=False), is_difference=False)
            yield Sum(_GAP.to(lang), *_written(board, over, signed=True), is_difference=True)


def _written(board: Board, values: list[Decimal | None], *, signed: bool) -> tuple[tuple[str, ...], str]:
    known = [value for value in values if value is not None]
    write = _signed if signed else _brief
    cells = tuple("" if value is None else write(board, value) for value in values)
    return cells, write(board, sum(known, Decimal(0))) if known else ""


def _finding(board: Board, found: Mapping[Who, tuple[Objective | None, ...]]) -> str:
    """The first sentence: whether all of what was given has been handed on."""
    lang, head, subject = board.frame.lang, board.rows[0] if board.rows else None, _subject(board)
    goals = [goal for goal in found[head] if goal] if head else []
    if not goals or head is None:
        return _NOTHING_SET.to(lang).format(subject=subject)
    over = None
    if board.is_additive and head.level != "rep":
        parts = [board.assignment(head, period) for period in board.columns]
        known = [each.reps_over for each in parts if each.reps_over is not None]
        over = sum(known, Decimal(0)) if known else None
    if over is None:
        words = _SET_FOR if len(goals) == 1 else _SET_FOR_SOME
        return words.to(lang).format(subject=subject, n=len(goals), of=len(board.columns))
    sentence = _SHARED if over == 0 else (_OVER if over > 0 else _LEFT)
    return sentence.to(lang).format(subject=subject, gap=_in_words(board, abs(over)))


def _subject(board: Board) -> str:
    """What the page is about: « Chiffre d’affaires 2026 »."""
    lang = board.frame.lang
    return f"{board.kpi.label.to(lang)} {label_of(board.year, lang, board.fiscal_month, board.grain_of_year)}"


def _brief(board: Board, value: Decimal) -> str:
    return write_cell(
        value.quantize(Decimal("0.01")) if board.kpi.unit is Unit.MONEY else value, board.kpi.unit, board.frame.lang
    )


def _signed(board: Board, value: Decimal) -> str:
    return f"+{_brief(board, value)}" if value > 0 else _brief(board, value)


def _in_words(board: Board, value: Decimal) -> str:
    if board.kpi.unit is Unit.MONEY:
        return numerals.whole_or_cents(value, board.frame.reader.currency, board.frame.lang)
    return _brief(board, value)


_TEAMS = Text("Équipes ensemble", "Teams together")
_REPS = Text("Commerciaux ensemble", "Reps together")
_GAP = Text("Écart avec l’objectif", "Difference from the objective")
_TO_CHECK = Text("{subject} : à vérifier avant d’enregistrer", "{subject}: to be checked before it is saved")
_NOTHING_SET = Text("{subject} : aucun objectif n’est encore fixé", "{subject}: no objective is set yet")
_SET_FOR = Text("{subject} : {n} objectif sur {of} est fixé", "{subject}: {n} objective of {of} is set")
_SET_FOR_SOME = Text("{subject} : {n} objectifs sur {of} sont fixés", "{subject}: {n} objectives of {of} are set")
_SHARED = Text(
    "{subject} : l’objectif est réparti entre les commerciaux, au centime",
    "{subject}: the objective is shared out among the reps, to the cent",
)
_OVER = Text(
    "{subject} : les commerciaux portent {gap} de plus que l’objectif",
    "{subject}: the reps carry {gap} more than the objective",
)
_LEFT = Text(
    "{subject} : il reste {gap} à répartir entre les commerciaux",
    "{subject}: {gap} is still to be shared out among the reps",
)
