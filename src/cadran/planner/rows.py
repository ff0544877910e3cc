"""The rows of a batch: a source's facts, each in its windows, with the rep and team it is credited to.

source            windows        organisation
sold_on  rep      day  bucket    rep  team  from  until
-------- ---      ---- ------    ---  ----  ----  -----
5 Jan      7      5/1      0       7     2   1/1    1/7     ->   bucket 0 | rep 7 | team 2 | ...
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from sqlglot import exp

from cadran.catalogue.sources import PARENTS, PERIOD_SYMBOLS, SOURCES, Source
from cadran.planner import sql
from cadran.planner.bench import first
from cadran.planner.plan import Batch, Mode, Window
from cadran.planner.sources import FAR, Context, as_day, build
from cadran.planner.sql import Expr, col
from cadran.tables.contract import Type

Step = tuple[str, Expr, bool]
Id: TypeAlias = int | str


@dataclass(frozen=True)
class Reach:
    """The part of the organisation a statement speaks of, by the store's own numbers or a warehouse's own ids.

    `visible_reps` / `visible_teams`: what the viewer may see (None: everything). `one_team_each`: no rep ever moved,
    so a team is found from the rep alone. `nested`: teams inside teams. `unknown_reps` appear on facts only; with
    `known_reps`, so does everybody else. `known_teams`: who is in another one is in no team (None: all are known).
    `current`: today's organisation is wanted, whatever the day of the fact. `root`: the team that is the whole company;
    nothing is gathered into it, so that it stands for its own direct reps only.
    """

    visible_reps: frozenset[Id] | None = None
    visible_teams: frozenset[Id] | None = None
    one_team_each: bool = False
    nested: bool = False
    unknown_reps: frozenset[Id] = frozenset()
    known_reps: frozenset[Id] | None = None
    known_teams: frozenset[Id] | None = None
    has_teams: bool = True
    current: bool = False
    root: Id | None = None


def window_steps(batch: Batch, context: Context) -> list[Step]:
    """`win`: bucket, period_start, period_end, last_day, as_of. `days`: day, bucket (a day may be in several)."""
    rows = [(sql.number(w.bucket), sql.text(str(w.period.start)), sql.text(str(w.period.end))) for w in batch.windows]
    start, end = (as_day(col(name, "v")) for name in ("first", "past"))
    columns = {
        "bucket": col("bucket", "v"),
        "period_start": start,
        "period_end": end,
        "last_day": exp.Sub(this=end.copy(), expression=sql.number(1)),
        "as_of": sql.day(context.as_of),
    }
    steps: list[Step] = [("win", sql.select(columns, sql.values("v", ("bucket", "first", "past"), rows)), True)]
    if batch.mode is Mode.FLOW:
        days = sql.call("range", col("period_start"), col("period_end"), sql.call("to_days", sql.number(1)))
        each = {"day": sql.cast(sql.call("unnest", days), "DATE"), "bucket": col("bucket")}
        steps.append(("days", sql.select(each, "win"), True))
    return steps


def membership_step(context: Context, reach: Reach) -> Step:
    """`spans`: rep_id, team_id, from_day, until_day. A gap belongs to the team before it; of teams begun on the same
    day, the one the store numbered last counts, here as for access (`Organisation.team_of`)."""
    starts = sql.coalesce(col("starts_on"), sql.day(FAR.replace(year=1)))
    following = exp.Window(
        this=sql.call("lead", starts),
        partition_by=[col("rep_id")],
        order=exp.Order(expressions=[exp.Ordered(this=each) for each in (starts.copy(), col("team_id"))]),
    )
    team: Expr = col("team_id")
    if reach.known_teams is not None:
        team = sql.when((_in(col("team_id"), reach.known_teams), team))
    columns = {
        "rep_id": col("rep_id"),
        "team_id": team,
        "from_day": starts.copy(),
        "until_day": sql.coalesce(following, sql.day(FAR)),
    }
    whole = sql.both(sql.not_null(col("rep_id")), sql.not_null(col("team_id")))
    spans = sql.select(columns, context.table("memberships"), where=whole)
    if reach.current:
        spans = sql.select(
            {
                "rep_id": col("rep_id"),
                "team_id": col("team_id"),
                "from_day": sql.day(FAR.replace(year=1)),
                "until_day": sql.day(FAR),
            },
            sql.aliased(spans, "s"),
            where=sql.both(
                sql.at_most(col("from_day"), sql.day(context.as_of)),
                sql.greater(col("until_day"), sql.day(context.as_of)),
            ),
        )
    return ("spans", spans, True)


def closure_step(context: Context, reach: Reach) -> Step:
    """`above`: team_id, ancestor_id, for every team and every team it is in (itself included, the root left out)."""
    up = col("parent_team_id", "t")
    not_root = exp.NEQ(this=up.copy(), expression=sql.written_id(reach.root)) if reach.root is not None else None
    itself = sql.select({"team_id": col("team_id"), "ancestor_id": col("team_id")}, context.table("teams"))
    higher = sql.select(
        {"team_id": col("team_id", "a"), "ancestor_id": col("parent_team_id", "t")},
        sql.table("above", "a"),
        where=sql.both(sql.not_null(up), not_root),
    )
    sql.join(higher, context.table("teams", "t"), sql.equal(col("ancestor_id", "a"), col("team_id", "t")), side="INNER")
    return ("above", exp.Union(this=itself, expression=higher, distinct=True), False)


def credit_step(context: Context, fact: str) -> Step:
    """`shares`: fact_id, rep_id, share; what the shares of a fact leave of 1 goes to nobody (rep_id null)."""
    given = sql.select(
        {"fact_id": col("fact_id"), "rep_id": col("rep_id"), "share": col("share")},
        context.table("credits"),
        where=sql.equal(col("fact"), sql.text(fact)),
    )
    left = exp.Sub(this=sql.number(1), expression=exp.Sum(this=col("share")))
    rest = sql.select(
        {"fact_id": col("fact_id"), "rep_id": context.no_id(), "share": sql.cast(left, "DECIMAL(18,12)")},
        context.table("credits"),
        where=sql.equal(col("fact"), sql.text(fact)),
        group=[col("fact_id")],
    )
    tiny = sql.greater(exp.Abs(this=left.copy()), exp.Literal.number("0.000000001"))
    rest.set("having", exp.Having(this=tiny))
    return ("shares", sql.union_all([given, rest]), True)


class RowsBuilder:
    """Writes the SELECT of a batch's rows, the columns it is split by included."""

    def __init__(self, batch: Batch, context: Context, reach: Reach, *, with_team: bool) -> None:
        self.batch, self.context, self.reach, self.with_team = batch, context, reach, with_team
        self.source: Source = SOURCES[batch.source]

    def query(self, extra: Iterable[str] = ()) -> exp.Select:
        """bucket, rep, team?, weight?, period symbols that are used, and every wanted column by its full name."""
        wanted = self._wanted(extra)
        columns: dict[str, Expr] = {"bucket": self._bucket(), "rep": self._rep()}
        if self.with_team:
            columns["team"] = col("team_id", "m")
        if self.batch.weighted:
            columns["weight"] = sql.cast(sql.coalesce(col("share", "c"), sql.number(1)), "DECIMAL(18,12)")
        columns |= {name: col(name, "w") for name in sorted(PERIOD_SYMBOLS) if name in self.batch.wanted}
        columns |= self._opening()
        columns |= {name: self._column(name) for name in wanted}
        columns |= self._dimensions()
        facts = sql.aliased(self._facts(wanted), "s")
        return self._joined(sql.select(columns, facts, where=sql.both(self._where(), self._visible(), self._dated())))

    def collapsed(self) -> list[Step]:
        """The rows of a batch with a `collapse`: lines, gathered first, then with bucket, rep and team."""
        collapse = self.batch.collapse
        assert collapse is not None
        wanted = self._wanted(collapse.keys)
        day = {self.batch.on: self._on()} | ({"rep_id": col("rep_id", "s")} if self._has_rep() else {})
        columns = day | {name: self._column(name) for name in wanted if name not in day} | self._dimensions()
        facts = sql.aliased(self._facts(wanted), "s")
        lines = self._with_parents(sql.select(columns, facts, where=sql.both(self.batch.where, self._dated())))
        told = [] if collapse.by is None else [key for key in (*day, *collapse.keys) if key != collapse.by]
        keys = [key for key in dict.fromkeys((*day, *collapse.keys, *self._dimensions())) if key not in told]
        gathered: dict[str, Expr] = {key: col(key) for key in keys}
        gathered |= {key: exp.Min(this=self._narrow(key)) for key in told}  # the same in all rows of a group
        gathered |= {partial.name: first(partial) for partial in collapse.partials}
        columns = {"bucket": self._bucket(), "rep": self._rep()}
        columns |= {"team": col("team_id", "m")} if self.with_team else {}
        columns |= {name: col(name, "s") for name in gathered if name != "rep_id"}
        rows = sql.select(columns, sql.table("gathered", "s"), where=self._visible())
        return [
            ("lines", lines, False),
            ("gathered", sql.select(gathered, "lines", group=[col(key) for key in keys]), False),
            ("rows", self._with_team(self._with_windows(rows)), True),
        ]

    def _narrow(self, key: str) -> Expr:
        """The day, or the store's number of a rep or client. These count from 1: half of a BIGINT holds them, and as
        there may be millions of groups, the whole is faster by a twentieth."""
        return col(key) if key == self.batch.on else sql.cast(col(key), "INTEGER")

    def _where(self) -> Expr | None:
        """The request's filter; whose a fact is, is who is credited with it."""
        if self.batch.where is None or not self.batch.weighted:
            return self.batch.where
        owner = col("rep_id", "s")
        found: Expr = self.batch.where.transform(lambda node: self._credited() if node == owner else node)
        return found

    def _wanted(self, extra: Iterable[str]) -> list[str]:
        """The source's and its parents' columns that are read, by full name."""
        return sorted((self.batch.wanted | set(extra)) - PERIOD_SYMBOLS.keys() - {"weight", "at_open", "at_close"})

    def _facts(self, wanted: Iterable[str]) -> exp.Select:
        own = frozenset(name for name in wanted if "." not in name) | self._structural()
        return build(self.batch.source, self.context, own)

    def _dimensions(self) -> dict[str, Expr]:
        """d0, d1 ...: the columns the answer is split by."""
        columns: dict[str, Expr] = {}
        for number, name in enumerate(self.batch.dimensions):
            columns[f"d{number}"] = self._column(name)
        return columns

    def _structural(self) -> frozenset[str]:
        """The columns the rows need besides those formulas name."""
        names = {self.batch.on} | ({self.batch.closes} if self.batch.closes else set())
        if self.batch.mode is Mode.OPENING:
            names = {"starts_on", "covers_to"}
        if self._has_rep():
            names.add("rep_id")
        names |= {column for column, (parent, _) in PARENTS.items() if parent in self._parents()}
        return frozenset(names)

    def _parents(self) -> set[str]:
        used = {name.split(".")[0] for name in self.batch.wanted if "." in name}
        if self.batch.where is not None:
            used |= {node.table for node in self.batch.where.find_all(exp.Column) if node.table not in ("", "s")}
        return used

    def _column(self, name: str) -> Expr:
        if name == "rep_id":
            return self._credited()
        if "." not in name:
            return col(name, "s")
        parent, column = name.split(".", 1)
        return col(column, parent)

    def _day(self) -> Expr:
        """The day that decides the team: the fact's own, or that of the state looked at."""
        if self.batch.mode is Mode.FLOW:
            return self._on()
        return col("period_start" if self.batch.mode is Mode.OPENING else "last_day", "w")

    def _on(self) -> Expr:
        column = col(self.batch.on, "s")
        types = dict(self.source.worked_out) | {c.name: c.type for c in self.source.table.columns}
        return as_day(column) if types.get(self.batch.on) is Type.TIMESTAMP else column

    def _bucket(self) -> Expr:
        if self._single() is not None:
            return sql.number(self.batch.windows[0].bucket)
        return col("bucket", "d" if self.batch.mode is Mode.FLOW else "w")

    def _single(self) -> Window | None:
        """The only window of a flow: no join is needed to number it."""
        alone = len(self.batch.windows) == 1 and self.batch.mode is Mode.FLOW
        symbols = self.batch.wanted & PERIOD_SYMBOLS.keys()
        return self.batch.windows[0] if alone and not symbols else None

    def _credited(self) -> Expr:
        if not self.batch.weighted:
            return col("rep_id", "s")
        return sql.when((sql.not_null(col("fact_id", "c")), col("rep_id", "c")), otherwise=col("rep_id", "s"))

    def _has_rep(self) -> bool:
        return "rep_id" in self.source.table

    def _rep(self) -> Expr:
        if not self._has_rep():
            return self.context.no_id()
        rep = self._credited()
        if self.reach.known_reps is not None:
            return sql.when((_in(self._credited(), self.reach.known_reps), rep))
        if not self.reach.unknown_reps:
            return rep
        unknown = sql.one_of(self._credited(), _listed(self.reach.unknown_reps))
        return sql.when((exp.Not(this=unknown), rep))

    def _opening(self) -> dict[str, Expr]:
        if self.batch.mode is not Mode.OPENING:
            return {}
        return {name: self._in_force(day) for name, day in (("at_open", "period_start"), ("at_close", "last_day"))}

    def _in_force(self, day: str) -> Expr:
        both = sql.both(
            sql.at_most(col("starts_on", "s"), col(day, "w")), sql.at_least(col("covers_to", "s"), col(day, "w"))
        )
        assert both is not None
        return exp.Paren(this=both)

    def _dated(self) -> Expr | None:
        if self.batch.mode is not Mode.FLOW:
            return None
        first = min(window.period.start for window in self.batch.windows)
        end = max(window.period.end for window in self.batch.windows)
        return sql.both(sql.at_least(self._on(), sql.day(first)), sql.less(self._on(), sql.day(end)))

    def _visible(self) -> Expr | None:
        reps, teams = self.reach.visible_reps, self.reach.visible_teams
        if reps is None and teams is None:
            return None
        options: list[Expr] = []
        if reps is not None:
            options.append(_in(self._rep(), reps))
        if teams is not None:
            options.append(_in(col("team_id", "m"), teams))
        return exp.Paren(this=sql.either(*options))

    def _joined(self, query: exp.Select) -> exp.Select:
        self._with_windows(query)
        if self.batch.weighted:
            sql.join(query, sql.table("shares", "c"), sql.equal(col("row_key", "s"), col("fact_id", "c")))
        return self._with_team(self._with_parents(query))

    def _with_windows(self, query: exp.Select) -> exp.Select:
        if self.batch.mode is not Mode.FLOW:
            return sql.join(query, sql.table("win", "w"), self._state(), side="INNER")
        if self._single() is not None:
            return query
        sql.join(query, sql.table("days", "d"), sql.equal(self._on(), col("day", "d")), side="INNER")
        if self.batch.wanted & PERIOD_SYMBOLS.keys():
            same = sql.equal(col("bucket", "d"), col("bucket", "w"))
            sql.join(query, sql.table("win", "w"), same, side="INNER")
        return query

    def _with_parents(self, query: exp.Select) -> exp.Select:
        for column, (parent, table) in PARENTS.items():
            if parent in self._parents():
                own = self._column(column)
                sql.join(query, self.context.table(table, parent), sql.equal(own, col(column, parent)))
        return query

    def _with_team(self, query: exp.Select) -> exp.Select:
        return sql.join(query, sql.table("spans", "m"), self._in_team()) if self.with_team else query

    def _state(self) -> Expr:
        """Which facts are in force in a window: open at its last day, covering its first or last one, or undated."""
        if self.batch.mode is Mode.OPENING:
            return sql.either(self._in_force("period_start"), self._in_force("last_day"))
        undated = self.batch.mode is Mode.UNDATED
        open_then = sql.is_null(self._on()) if undated else sql.at_most(self._on(), col("last_day", "w"))
        if self.batch.closes is None:
            return open_then
        closes = col(self.batch.closes, "s")
        still = exp.Paren(this=sql.either(sql.is_null(closes), sql.greater(closes.copy(), col("last_day", "w"))))
        state = sql.both(open_then, still)
        assert state is not None
        return state

    def _in_team(self) -> Expr:
        condition = sql.both(
            sql.equal(self._credited(), col("rep_id", "m")),
            sql.at_least(self._day(), col("from_day", "m")),
            sql.less(self._day(), col("until_day", "m")),
        )
        assert condition is not None
        return condition


def _in(value: Expr, ids: frozenset[Id]) -> Expr:
    return sql.one_of(value, _listed(ids)) if ids else exp.false()


def _listed(ids: frozenset[Id]) -> list[Expr]:
    numbers, texts = ({i for i in ids if isinstance(i, kind)} for kind in (int, str))
    return [sql.written_id(i) for i in (*sorted(numbers), *sorted(texts))]
