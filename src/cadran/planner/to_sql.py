"""A batch as one statement: its rows, its stages gathered level by level, and what is read off them.

rows ─> s0_rep ─> s0_team ─> s0_company      each level from the level below
          │          │           │
          └──────────┴───────────┴─> (stage, level, unit, dimensions, bucket, outputs)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from cadran.catalogue.sources import PERIOD_SYMBOLS
from cadran.planner import sql
from cadran.planner.bench import combine, first
from cadran.planner.first_purchase import FIRST_DAY, FIRST_PURCHASE
from cadran.planner.measures import ROW
from cadran.planner.plan import LEVELS, Batch, Mark, Output, Reader, Stage
from cadran.planner.rows import Reach, RowsBuilder, Step, closure_step, credit_step, membership_step, window_steps
from cadran.planner.shortcuts import WORD, shorten
from cadran.planner.sources import Context, base_table, first_purchases
from cadran.planner.sql import Expr, col

UNIT = {"rep": "rep", "team": "team"}
_WHOSE = "whose"  # the entity of a look-up table, under a name that no gathered table has


def statement(batch: Batch, context: Context, reach: Reach) -> Expr:
    """The whole statement: level (0 company, 1 team, 2 rep), unit (null: unassigned), bucket, d0 .., outputs."""
    return _Writer(shorten(batch, context, reach), context, reach).write()


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
            self.steps.append(credit_step(self.context, base_table(self.batch.source, self.context)))
        self.steps += self._rows()
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

    def _rows(self) -> list[Step]:
        builder = RowsBuilder(self.batch, self.context, self.reach, with_team=self._team_on_rows())
        if self.batch.collapse:
            return builder.collapsed()
        extra = [ROW] if any(stage.entity == ROW for stage in self.batch.stages) else []
        return [("rows", builder.query(extra), len(self.batch.stages) > 1 or self._any_direct())]

    # -- stages --------------------------------------------------------------------------------------------------

    def _stage(self, number: int, stage: Stage) -> None:
        tables = self._direct(number, stage) if stage.direct else self._ladder(number, stage)
        if stage.looked_up:
            self.steps.append(("firsts", self._firsts(f"s{number}", stage), True))
        for level in self.batch.levels:
            for reader in stage.readers:
                self.finals.append(self._read(level, tables[level], stage, reader))

    def _keys(self, units: Sequence[str], stage: Stage) -> list[str]:
        window = [] if stage.marks else ["bucket"]
        return [*window, *units, *self.dims, *([stage.entity] if stage.entity else [])]

    def _step(self, name: str, query: exp.Select, *, kept: bool = True) -> str:
        self.steps.append((name, query, kept))
        return name

    def _gather_rows(self, name: str, units: Sequence[str], stage: Stage) -> str:
        keys = self._keys(units, stage)
        columns: dict[str, Expr] = {key: col(key) for key in keys}
        columns |= {partial.name: first(partial) for partial in stage.partials if partial.name not in columns}
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
        query = sql.select(chosen, sql.table(below, "b"), group=group)
        return sql.join(query, sql.table("above", "u"), sql.equal(col("team", "b"), col("team_id", "u")))

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
        query = sql.select(columns, sql.table(finest, "b"), group=group)
        sql.join(query, sql.table("spans", "m"), sql.equal(col("rep", "b"), col("rep_id", "m")))
        return self._step(f"s{number}_leaf", query)

    def _gather_nowhere(self, number: int, stage: Stage, finest: str) -> str:
        """A company without teams: everything is in none."""
        keys = self._keys([], stage)
        columns = {key: col(key) for key in keys} | {"team": self.context.no_id()} | self._combined(stage)
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
            query = sql.select([exp.Star(), sql.named(col("ancestor_id", "u"), "above_team")], sql.table("rows", "b"))
            return self._step(
                f"s{number}_{level}",
                sql.join(query, sql.table("above", "u"), sql.equal(col("team", "b"), col("team_id", "u"))),
            )
        return "rows"

    # -- readers -------------------------------------------------------------------------------------------------

    def _read(self, level: str, table: str, stage: Stage, reader: Reader) -> exp.Select:
        if stage.marks:
            return self._read_marks(level, table, stage, reader)
        if reader.pairs:
            return self._read_pairs(level, table, stage, reader)
        source: Expr = sql.table(table, "t")
        if reader.ranked_by:
            source = sql.aliased(self._ranked(level, table, stage, reader.ranked_by), "t")
        unit = self._unit(level, stage)
        keys = [col("bucket", "t"), *([unit] if unit is not None else []), *(col(d) for d in self.dims)]
        query = sql.select(self._columns(level, unit, col("bucket", "t"), "t", reader), source, group=keys)
        if stage.looked_up:
            sql.join(query, sql.table("firsts", "f"), _same_entity(stage))
        symbols = {n.name for o in reader.outputs for n in o.value.find_all(exp.Column)} & PERIOD_SYMBOLS.keys()
        if symbols and stage.entity is not None:
            sql.join(query, sql.table("win", "w"), sql.equal(col("bucket", "t"), col("bucket", "w")), side="INNER")
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
            "unit": unit.copy() if unit is not None else self.context.no_id(),
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
        pairs = _pairs(reader)
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

    def _firsts(self, finest: str, stage: Stage) -> exp.Select:
        """whose, first_purchase_on: off the stage's own rows where these hold the whole history."""
        entity = stage.entity or ""
        if not any(partial.name == FIRST_DAY for partial in stage.partials):
            columns = {_WHOSE: col(entity), FIRST_PURCHASE: col(FIRST_PURCHASE)}
            return sql.select(columns, sql.aliased(first_purchases(self.context), "p"))
        least = exp.Min(this=col(FIRST_DAY))
        return sql.select({_WHOSE: col(entity), FIRST_PURCHASE: least}, finest, group=[col(entity)])

    def _read_marks(self, level: str, table: str, stage: Stage, reader: Reader) -> exp.Select:
        """Entities (t) beside every window (w) or pair of windows: counted where their bits say that they were seen."""
        unit = self._unit(level, stage)
        kept = {name: col(name, "t") for name in [*([unit.name] if unit is not None else []), *self.dims]}
        kept |= {word: col(word, "t") for mark in stage.marks for word in mark.words}
        kept |= {name: col(name, "f") for name in stage.looked_up}
        entities = sql.select(kept, sql.table(table, "t"), where=sql.not_null(col(stage.entity or "", "t")))
        if stage.looked_up:
            sql.join(entities, sql.table("firsts", "f"), _same_entity(stage))
        windows, bucket, bits = self._bits(stage, reader)
        keys = [bucket.copy(), *([unit.copy()] if unit is not None else []), *(col(d) for d in self.dims)]
        query = sql.select(self._columns(level, unit, bucket, "t", reader), sql.aliased(entities, "t"), group=keys)
        query.append("joins", exp.Join(this=windows, kind="CROSS"))
        seen = reader.active if reader.active is not None else sql.either(*(col(mark.name) for mark in stage.marks))
        for output in query.expressions:
            output.replace(_with_bits(_without_seen(output, seen), bits))
        query.set("where", exp.Where(this=_with_bits(seen, bits)))
        return query

    def _bits(self, stage: Stage, reader: Reader) -> tuple[Expr, Expr, dict[str, Expr]]:
        """The windows to lay beside the entities, the column with the window's number, and each mark's bit there."""
        if not reader.pairs:
            bits = {mark.name: _bit(mark, "bucket", "w") for mark in stage.marks}
            return self._masked(sql.table("win"), "w", stage, ["bucket"]), col("bucket", "w"), bits
        now = {f"now_{mark.name}": _bit(mark, "w", "q") for mark in stage.marks}
        before = {mark.name: _bit(mark, "base", "q") for mark in stage.marks}
        named = {f"before_{name}": bit.copy() for name, bit in before.items()}
        return self._masked(_pairs(reader), "q", stage, ["w", "base"]), col("w", "q"), now | before | named

    def _masked(self, windows: Expr, alias: str, stage: Stage, numbers: Sequence[str]) -> Expr:
        """Windows with the bits of their numbers beside these; numbers that are more than a word has bits, without."""
        if not all(_is_one_word(mark) for mark in stage.marks):
            numbers = ()
        one = sql.cast(sql.number(1), "BIGINT")
        masks = [
            sql.named(exp.BitwiseLeftShift(this=one.copy(), expression=col(name)), f"{name}_bit") for name in numbers
        ]
        return sql.aliased(sql.select([exp.Star(), *masks], windows), alias)

    def _side(self, table: str, stage: Stage, unit: list[str], renamed: dict[str, str], active: Expr) -> exp.Select:
        keys = self._keys(unit, stage)
        columns = {key: col(key) for key in keys} | {name: col(partial) for name, partial in renamed.items()}
        return sql.select(columns, table, where=active.copy())


def _pairs(reader: Reader) -> Expr:
    """q: the windows (w) with their base windows."""
    return sql.values("q", ("w", "base"), [(sql.number(window), sql.number(base)) for window, base in reader.pairs])


def _is_one_word(mark: Mark) -> bool:
    """Whether the bits of all windows fit one word; it is the same for all marks of a stage."""
    return len(mark.words) == 1


def _bit(mark: Mark, number: str, windows: str) -> Expr:
    """Whether the mark was seen in a window, by the column with the window's number, or with that bit (`_masked`)."""
    if _is_one_word(mark):
        seen = exp.BitwiseAnd(this=col(mark.words[0], "t"), expression=col(f"{number}_bit", windows))
        return exp.Paren(this=exp.NEQ(this=exp.Paren(this=seen), expression=sql.number(0)))
    bucket = col(number, windows)
    which = exp.IntDiv(this=bucket, expression=sql.number(WORD))
    cases = [(sql.equal(which.copy(), sql.number(i)), col(name, "t")) for i, name in enumerate(mark.words)]
    word, place = exp.Paren(this=sql.when(*cases)), exp.Mod(this=bucket.copy(), expression=sql.number(WORD))
    shifted = exp.Paren(this=exp.BitwiseRightShift(this=word, expression=exp.Paren(this=place)))
    lowest = exp.Paren(this=exp.BitwiseAnd(this=shifted, expression=sql.number(1)))
    return exp.Paren(this=sql.equal(lowest, sql.number(1)))


def _with_bits(tree: Expr, bits: Mapping[str, Expr]) -> Expr:
    """The tree with the names of marks replaced by their bits."""

    def replaced(node: Expr) -> Expr:
        bit = bits.get(node.name) if isinstance(node, exp.Column) else None
        return node if bit is None else bit.copy()

    found: Expr = tree.transform(replaced)
    return found


def _without_seen(output: Expr, seen: Expr) -> Expr:
    """A counted column without the condition that its rows are chosen by."""

    def bare(node: Expr) -> Expr:
        if not isinstance(node, exp.Filter):
            return node
        kept = [part for part in sql.conjuncts(node.expression.this) if part != seen]
        return sql.filtered(node.this, sql.both(*kept))

    found: Expr = output.transform(bare)
    return found


def _same_entity(stage: Stage) -> Expr:
    return sql.equal(col(stage.entity or "", "t"), col(_WHOSE, "f"))


def _names(outputs: Sequence[Output], prefix: str) -> set[str]:
    found = {node.name for output in outputs for node in output.value.find_all(exp.Column)}
    return {name for name in found if name.startswith(prefix)}
