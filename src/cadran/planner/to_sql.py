"""A batch as one statement: its rows, its stages gathered level by level, and what is read off them.

rows ─> s0_rep ─> s0_team ─> s0_company      each level from the level below
          │          │           │
          └──────────┴───────────┴─> (stage, level, unit, dimensions, bucket, outputs)
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from cadran.catalogue.sources import PERIOD_SYMBOLS, SOURCES
from cadran.planner import sql
from cadran.planner.measures import ROW, combine
from cadran.planner.plan import LEVELS, Batch, Mode, Output, Partial, Reader, Stage
from cadran.planner.rows import Reach, RowsBuilder, Step, closure_step, credit_step, membership_step, window_steps
from cadran.planner.sources import Context
from cadran.planner.sql import Expr, col

UNIT = {"rep": "rep", "team": "team"}


def statement(batch: Batch, context: Context, reach: Reach) -> Expr:
    """The whole statement: level (0 company, 1 team, 2 rep), unit (null: unassigned), bucket, d0 .., outputs."""
    return _Writer(batch, context, reach).write()


class _Writer:
    def __init__(self, batch: Batch, context: Context, reach: Reach) -> None:
        self.batch, self.context, self.reach = batch, context, reach
        self.dims = [f"d{i}" for i in range(len(batch.dimensions))]
        self.teams = "team" in batch.levels
        self.steps: list[Step] = []
        self.finals: list[exp.Select] = []

    def write(self) -> Expr:
        self.steps += window_steps(self.batch, self.context)
        if self._team_on_rows() or (self.teams and self.reach.has_teams):
            self.steps.append(membership_step(self.context, self.reach))
        if self.teams and self.reach.nested:
            self.steps.append(closure_step(self.context, self.reach))
        if self.batch.weighted:
            self.steps.append(credit_step(self.context, SOURCES[self.batch.source].credited_as or ""))
        self.steps.append(("rows", self._rows(), len(self.batch.stages) > 1 or self._any_direct()))
        for number, stage in enumerate(self.batch.stages):
            self._stage(number, stage)
        query = sql.with_steps(self.steps, sql.union_all(self.finals))
        if self.teams and self.reach.nested:
            query.args["with_"].set("recursive", True)
        return query

    # -- rows ----------------------------------------------------------------------------------------------------

    def _any_direct(self) -> bool:
        return any(stage.direct for stage in self.batch.stages) and len(self.batch.levels) > 1

    def _team_on_rows(self) -> bool:
        if self.reach.visible_teams is not None:
            return True
        if not self.teams or not self.reach.has_teams:
            return False
        return not self._home() or "rep" not in self.batch.levels or any(stage.direct for stage in self.batch.stages)

    def _home(self) -> bool:
        """Whether a rep's team is the same on every day of the batch."""
        return self.reach.one_team_each

    def _rows(self) -> exp.Select:
        extra = [ROW] if any(stage.entity == ROW for stage in self.batch.stages) else []
        query = RowsBuilder(self.batch, self.context, self.reach, with_team=self._team_on_rows()).query(extra)
        for name, dimension in zip(self.dims, self.batch.dimensions, strict=True):
            parent, _, column = dimension.rpartition(".")
            query.append("expressions", sql.named(col(column, parent or "s"), name))
        return query

    # -- stages --------------------------------------------------------------------------------------------------

    def _stage(self, number: int, stage: Stage) -> None:
        tables = self._direct(number, stage) if stage.direct else self._ladder(number, stage)
        for level in self.batch.levels:
            for reader in stage.readers:
                self.finals.append(self._read(level, tables[level], stage, reader))

    def _keys(self, units: Sequence[str], stage: Stage) -> list[str]:
        return ["bucket", *units, *self.dims, *([stage.entity] if stage.entity else [])]

    def _step(self, name: str, query: exp.Select, *, kept: bool = True) -> str:
        self.steps.append((name, query, kept))
        return name

    def _gather_rows(self, name: str, units: Sequence[str], stage: Stage) -> str:
        keys = self._keys(units, stage)
        columns: dict[str, Expr] = {key: col(key) for key in keys}
        columns |= {partial.name: _first(partial) for partial in stage.partials if partial.name not in columns}
        source = "rows"
        if "team" in units and self.reach.nested and stage.direct:
            return self._step(name, self._lifted(source, keys, columns))
        return self._step(name, sql.select(columns, source, group=[col(key) for key in keys]))

    def _gather(self, name: str, units: Sequence[str], stage: Stage, below: str) -> str:
        """A level gathered from the level below."""
        keys = self._keys(units, stage)
        columns = {key: col(key) for key in keys} | self._combined(stage)
        return self._step(name, sql.select(columns, below, group=[col(key) for key in keys]))

    def _combined(self, stage: Stage) -> dict[str, Expr]:
        return {partial.name: combine(partial.function, col(partial.name)) for partial in stage.partials}

    def _lifted(self, below: str, keys: list[str], columns: dict[str, Expr]) -> exp.Select:
        """Leaf teams gathered into every team above them; the unassigned stay so."""
        ancestor = col("ancestor_id", "u")
        chosen = columns | {"team": ancestor}
        group = [ancestor.copy() if key == "team" else col(key) for key in keys]
        query = sql.select(chosen, exp.to_table(below, alias="b"), group=group)
        return sql.join(query, exp.to_table("above", alias="u"), sql.equal(col("team", "b"), col("team_id", "u")))

    def _ladder(self, number: int, stage: Stage) -> dict[str, str]:
        """rep, then team, then company: the names of the gathered tables by level."""
        levels, tables = self.batch.levels, {}
        units = self._finest_units()
        finest = self._gather_rows(f"s{number}", units, stage)
        below = finest
        if "rep" in levels:
            below = finest if units == ["rep"] else self._gather(f"s{number}_rep", ["rep"], stage, finest)
            tables["rep"] = below
        if "team" in levels:
            below = self._leaf_teams(number, stage, finest, units)
            tables["team"] = below
            if self.reach.nested:
                tables["team"] = self._lift(number, stage, below)
        if "company" in levels:
            tables["company"] = below if not units else self._gather(f"s{number}_company", [], stage, below)
        return tables

    def _finest_units(self) -> list[str]:
        units = ["rep"] if "rep" in self.batch.levels else []
        if self.teams and (not units or self._team_on_rows()) and self.reach.has_teams:
            units.append("team")
        return units

    def _leaf_teams(self, number: int, stage: Stage, finest: str, units: list[str]) -> str:
        if not self.reach.has_teams:
            return self._gather_nowhere(number, stage, finest)
        if units == ["team"]:
            return finest
        if "team" in units:
            return self._gather(f"s{number}_leaf", ["team"], stage, finest)
        keys = self._keys(["team"], stage)
        columns = {key: col(key, "b") for key in keys} | {"team": col("team_id", "m")} | self._combined(stage)
        group = [col("team_id", "m") if key == "team" else col(key, "b") for key in keys]
        query = sql.select(columns, exp.to_table(finest, alias="b"), group=group)
        sql.join(query, exp.to_table("spans", alias="m"), sql.equal(col("rep", "b"), col("rep_id", "m")))
        return self._step(f"s{number}_leaf", query)

    def _gather_nowhere(self, number: int, stage: Stage, finest: str) -> str:
        """A company without teams: everything is in none."""
        keys = self._keys([], stage)
        columns = {key: col(key) for key in keys} | {"team": sql.null("BIGINT")} | self._combined(stage)
        return self._step(f"s{number}_leaf", sql.select(columns, finest, group=[col(key) for key in keys]))

    def _lift(self, number: int, stage: Stage, leaf: str) -> str:
        keys = self._keys(["team"], stage)
        columns = {key: col(key, "b") for key in keys} | self._combined(stage)
        return self._step(f"s{number}_team", self._lifted(leaf, keys, columns))

    def _direct(self, number: int, stage: Stage) -> dict[str, str]:
        """Each level gathered from the rows; a stage without partials is read off the rows themselves."""
        return {level: self._direct_level(number, stage, level) for level in self.batch.levels}

    def _direct_level(self, number: int, stage: Stage, level: str) -> str:
        lifted = level == "team" and self.reach.nested and self.reach.has_teams
        if stage.partials:
            units = [level] if level != "company" and not (level == "team" and not self.reach.has_teams) else []
            return self._gather_rows(f"s{number}_{level}", units, stage)
        if lifted:
            query = sql.select(
                [exp.Star(), sql.named(col("ancestor_id", "u"), "above_team")], exp.to_table("rows", alias="b")
            )
            return self._step(
                f"s{number}_{level}",
                sql.join(query, exp.to_table("above", alias="u"), sql.equal(col("team", "b"), col("team_id", "u"))),
            )
        return "rows"

    # -- readers -------------------------------------------------------------------------------------------------

    def _read(self, level: str, table: str, stage: Stage, reader: Reader) -> exp.Select:
        if reader.pairs:
            return self._read_pairs(level, table, stage, reader)
        source: Expr = exp.to_table(table, alias="t")
        if reader.ranked_by:
            source = sql.aliased(self._ranked(level, table, stage, reader.ranked_by), "t")
        unit = self._unit(level, stage)
        keys = [col("bucket", "t"), *([unit] if unit is not None else []), *(col(d) for d in self.dims)]
        query = sql.select(self._columns(level, unit, col("bucket", "t"), "t", reader), source, group=keys)
        symbols = {n.name for o in reader.outputs for n in o.value.find_all(exp.Column)} & PERIOD_SYMBOLS.keys()
        if symbols and stage.entity is not None:
            sql.join(
                query, exp.to_table("win", alias="w"), sql.equal(col("bucket", "t"), col("bucket", "w")), side="INNER"
            )
        return query

    def _unit(self, level: str, stage: Stage) -> Expr | None:
        if level == "company" or (level == "team" and not self.reach.has_teams and (stage.direct or level not in UNIT)):
            return None
        if level == "team" and stage.direct and not stage.partials and self.reach.nested:
            return col("above_team", "t")
        return col(UNIT[level], "t")

    def _columns(self, level: str, unit: Expr | None, bucket: Expr, alias: str, reader: Reader) -> dict[str, Expr]:
        columns: dict[str, Expr] = {
            "level": sql.number(LEVELS.index(level)),
            "unit": unit.copy() if unit is not None else sql.null("BIGINT"),
            "bucket": bucket,
        }
        columns |= {d: sql.cast(col(d, alias), "VARCHAR") for d in self.dims}
        mine = {output.name: output for output in reader.outputs}
        columns |= {name: mine[name].value.copy() if name in mine else exp.null() for name in self._output_names()}
        return columns

    def _output_names(self) -> list[str]:
        return [output.name for stage in self.batch.stages for reader in stage.readers for output in reader.outputs]

    def _ranked(self, level: str, table: str, stage: Stage, by: str) -> exp.Select:
        unit = [col(UNIT[level])] if level != "company" else []
        order = exp.Order(
            expressions=[
                exp.Ordered(this=col(by), desc=True, nulls_first=False),
                exp.Ordered(this=col(stage.entity or "bucket")),
            ]
        )
        rank = exp.Window(
            this=exp.RowNumber(), partition_by=[col("bucket"), *unit, *(col(d) for d in self.dims)], order=order
        )
        known = sql.not_null(col(stage.entity)) if stage.entity else None
        return sql.select([exp.Star(), sql.named(rank, "rank")], table, where=known)

    def _read_pairs(self, level: str, table: str, stage: Stage, reader: Reader) -> exp.Select:
        """Entities of the base window (b), each beside itself in the window (n)."""
        assert reader.active is not None
        assert stage.entity is not None
        before = {name: name.removeprefix("before_") for name in _names(reader.outputs, "before_")}
        now = {name: name.removeprefix("now_") for name in _names(reader.outputs, "now_")}
        unit = [UNIT[level]] if level != "company" else []
        base = self._side(table, stage, unit, before, reader.active)
        current = self._side(table, stage, unit, now, reader.active)
        pairs = exp.Values(
            expressions=[exp.Tuple(expressions=[sql.number(w), sql.number(b)]) for w, b in reader.pairs],
            alias=exp.TableAlias(
                this=exp.to_identifier("q"), columns=[exp.to_identifier("w"), exp.to_identifier("base")]
            ),
        )
        unit_column = col(unit[0], "b") if unit else None
        keys = [col("w", "q"), *([unit_column] if unit_column is not None else []), *(col(d, "b") for d in self.dims)]
        query = sql.select(
            self._columns(level, unit_column, col("w", "q"), "b", reader), sql.aliased(base, "b"), group=keys
        )
        sql.join(query, pairs, sql.equal(col("bucket", "b"), col("base", "q")), side="INNER")
        matches = [
            sql.equal(col("bucket", "n"), col("w", "q")),
            sql.equal(col(stage.entity, "b"), col(stage.entity, "n")),
        ]
        matches += [sql.same(col(name, "b"), col(name, "n")) for name in (*unit, *self.dims)]
        matched = sql.both(*matches)
        assert matched is not None
        return sql.join(query, sql.aliased(current, "n"), matched)

    def _side(self, table: str, stage: Stage, unit: list[str], renamed: dict[str, str], active: Expr) -> exp.Select:
        keys = self._keys(unit, stage)
        columns = {key: col(key) for key in keys} | {name: col(partial) for name, partial in renamed.items()}
        return sql.select(columns, table, where=active.copy())


def _names(outputs: Sequence[Output], prefix: str) -> set[str]:
    found = {node.name for output in outputs for node in output.value.find_all(exp.Column)}
    return {name for name in found if name.startswith(prefix)}


def _first(partial: Partial) -> Expr:
    """A partial as an aggregate over rows."""
    argument = partial.argument.copy() if partial.argument is not None else None
    if partial.function == "count_distinct":
        assert argument is not None
        return sql.filtered(exp.Count(this=exp.Distinct(expressions=[argument])), partial.where)
    if partial.function == "count":
        value = sql.count_all() if argument is None else exp.Count(this=argument)
        return sql.filtered(value, partial.where)
    assert argument is not None
    return sql.filtered(combine(partial.function, argument), partial.where)


def is_stock(batch: Batch) -> bool:
    return batch.mode is not Mode.FLOW
