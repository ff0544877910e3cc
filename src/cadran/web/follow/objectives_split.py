"""An objective shared out over the columns of the year and over teams and reps, to the cent, shown before it is saved.

First over the columns, then each column over the teams, then each team's part over its reps: every level adds up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from cadran.directory import REP, TEAM
from cadran.errors import Issue, RequestError, Text
from cadran.objectives.splitting import Weight, split
from cadran.periods.period import Period, shift_months
from cadran.web.follow.objectives_board import Board, Who
from cadran.web.follow.objectives_numbers import Unreadable, read_cell, step_of

EQUAL, LAST_YEAR, DAYS = "equal", "last_year", "days"
BASES = (EQUAL, LAST_YEAR, DAYS)

Shares = dict[tuple[Who, Period], Decimal]
_Key = TypeVar("_Key", Who, Period)
_Values = Mapping[tuple[str, str, Period], Decimal]


@dataclass(frozen=True)
class Wanted:
    """How an amount is to be shared: over time and over people, each on a basis; `to_reps` goes on to the reps."""

    amount: Decimal
    over_time: str
    over_people: str
    to_reps: bool


def shares_of(board: Board, wanted: Wanted) -> Shares:
    """The share of every scope in every column, the head's own included. Raises RequestError where there is nobody to
    share among, or the KPI does not add up."""
    head = board.head
    if head is None or not board.is_additive or not head.may_set:
        raise RequestError(_NOT_SHARED)
    if wanted.over_time not in BASES or wanted.over_people not in BASES:
        raise RequestError(_UNKNOWN_BASIS)
    needs_past = LAST_YEAR in (wanted.over_time, wanted.over_people)
    weigh = _Weights(board, _last_year(board) if needs_past else {})
    parts = _split(wanted.amount, board.columns, lambda period: weigh.column(head, period, wanted.over_time), board)
    shares: Shares = {}
    for period, part in parts.items():
        shares[head, period] = part
        _hand_on(board, weigh, wanted, head, period, shares)
    return shares


def wanted_of(board: Board, posted: Mapping[str, str]) -> Wanted:
    """Raises RequestError for an amount that is none."""
    try:
        amount = read_cell(posted.get("amount", ""), board.kpi.unit, board.frame.reader)
    except Unreadable as error:
        raise RequestError(Issue("wrong_amount", error.told)) from error
    if amount is None:
        raise RequestError(_NO_AMOUNT)
    return Wanted(amount, posted.get("over_time", EQUAL), posted.get("over_people", EQUAL), "to_reps" in posted)


def _hand_on(board: Board, weigh: _Weights, wanted: Wanted, above: Who, period: Period, shares: Shares) -> None:
    """The share of a scope in a column to those under it."""
    below = [who for who in _under(board, above) if weigh.days(who, period)]
    below = below if wanted.to_reps else [who for who in below if who.level == TEAM]
    if not below:
        return
    parts = _split(shares[above, period], below, lambda who: weigh.person(who, period, wanted.over_people), board)
    for who, part in parts.items():
        shares[who, period] = part
        if who.level == TEAM and who != above:
            _hand_on(board, weigh, wanted, who, period, shares)


def _split(
    amount: Decimal, keys: Iterable[_Key], weight: Callable[[_Key], Weight], board: Board
) -> dict[_Key, Decimal]:
    """`split` among what a text stands for."""
    by_name = {key.address if isinstance(key, Who) else key.start.isoformat(): key for key in keys}
    found = split(amount, {name: weight(key) for name, key in by_name.items()}, step_of(board.kpi.unit))
    return {by_name[name]: share for name, share in found.items()}


def _under(board: Board, above: Who) -> tuple[Who, ...]:
    """The teams right under a scope, and the reps listed in it."""
    directory = board.frame.directory
    if above.level != TEAM:
        lone = tuple(who for who in board.rows if who.level == REP and not who.team)
        return (*board.top_teams, *lone)
    number = directory.team_keys[above.key]
    teams = [team for team in directory.shown_teams() if team.parent == number]
    return (*(board.who(TEAM, team.key) for team in teams), *board.members(above.key))


@dataclass(frozen=True)
class _Weights:
    """How much each scope and column weighs. `past`: the KPI one year before, by scope and column."""

    board: Board
    past: _Values

    def column(self, head: Who, period: Period, basis: str) -> Weight:
        if basis == LAST_YEAR:
            return self._past(head, period)
        return 1 if basis == EQUAL else self.board.calendar.business_days(period)

    def person(self, who: Who, period: Period, basis: str) -> Weight:
        """Of the year before the whole year weighs: who sells in spring is not left without an autumn."""
        if basis == LAST_YEAR:
            return sum((self._past(who, each) for each in self.board.columns), Fraction(0))
        return 1 if basis == EQUAL else self.days(who, period)

    def days(self, who: Who, period: Period) -> int:
        """The business days a rep is there, or all of a team's reps together."""
        if who.level == TEAM:
            return sum(self.days(each, period) for each in _under(self.board, who))
        present = self.board.force.presence(who.key).within(period)
        return sum(self.board.calendar.business_days(part) for part in present)

    def _past(self, who: Who, period: Period) -> Fraction:
        """Nothing where nothing, or less, was counted."""
        return max(Fraction(self.past.get((who.level, who.key, period), 0)), Fraction(0))


def _last_year(board: Board) -> dict[tuple[str, str, Period], Decimal]:
    """The KPI's value one year before each column."""
    before = {shift_months(period, -12): period for period in board.columns}
    answer = board.frame.ask(
        board.kpi.id,
        by=board.frame.levels(),
        grain=board.grain.value,
        start=min(before).start,
        end=max(before).end,
        intervals=False,
    )
    return {
        (row.scope, row.scope_id or "", before[Period(row.period_start, row.period_end)]): Decimal(str(row.value))
        for row in answer.rows
        if row.value is not None
    }


_NOT_SHARED = Issue(
    "not_shared",
    Text("Cet objectif ne se répartit pas.", "This objective cannot be shared out."),
    Text(
        "Choisissez un indicateur qui s’additionne, comme le chiffre d’affaires, et une équipe ou l’entreprise.",
        "Choose a KPI that adds up, such as revenue, and a team or the company.",
    ),
)
_UNKNOWN_BASIS = Issue(
    "unknown_basis", Text("Cette façon de répartir n’existe pas.", "There is no such way to share out.")
)
_NO_AMOUNT = Issue(
    "no_amount",
    Text("Il manque le montant à répartir.", "The amount to share out is missing."),
    Text("Écrivez par exemple 3 600 000.", "Write for example 3,600,000."),
)
