"""Short names for the few sqlglot nodes a plan is made of, so that a step reads like the SQL it builds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cache

from sqlglot import exp

Expr = exp.Expr
THEIR_WORDS = "their_words"  # in the meta of a tree that is not ours to rewrite: a query of the company's own


def ours(tree: Expr) -> Iterator[Expr]:
    """The nodes of a statement but those of a company's own query, which is in its engine's words already."""
    return (node for node in tree.walk(bfs=False, prune=_is_theirs) if not _is_theirs(node))


def _is_theirs(node: Expr) -> bool:
    return THEIR_WORDS in node.meta


def col(name: str, table: str | None = None) -> exp.Column:
    """A quoted column. Quoting keeps a column named like a keyword, or by a user, from being anything else."""
    column = exp.Column(this=exp.Identifier(this=name, quoted=True))
    if table:
        column.set("table", exp.Identifier(this=table, quoted=True))
    return column


def table(name: str, alias: str | None = None, snapshot: int | None = None) -> Expr:
    """A table by its dotted name, such as `lake.sales`; with a `snapshot`, as it stood then."""
    *parts, last = (exp.to_identifier(part, quoted=True) for part in name.split("."))
    node = exp.Table(this=last)
    if parts:
        node.set("db", parts[-1])
    if len(parts) > 1:
        node.set("catalog", parts[-2])
    if alias:
        node.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    if snapshot is not None:
        node.set("when", exp.HistoricalData(this="AT", kind="VERSION", expression=number(snapshot)))
    return node


def text(value: str) -> Expr:
    return exp.Literal.string(value)


def number(value: int) -> Expr:
    return exp.Literal.number(value)


def written_id(value: int | str) -> Expr:
    """An id: the store's number, or the text of a warehouse."""
    return text(value) if isinstance(value, str) else number(value)


def day(value: date) -> Expr:
    return cast(exp.Literal.string(value.isoformat()), "DATE")


def null(type_: str) -> Expr:
    return cast(exp.null(), type_)


def cast(value: Expr, type_: str) -> Expr:
    return exp.Cast(this=value, to=_type(type_).copy())


@cache
def _type(name: str) -> exp.DataType:
    """A type by its name: reading one takes longer than writing the expression around it."""
    return exp.DataType.build(name)


def named(value: Expr, name: str) -> Expr:
    return exp.Alias(this=value, alias=exp.Identifier(this=name, quoted=True))


def both(*conditions: Expr | None) -> Expr | None:
    """The conjunction of the conditions that are there; None when none is."""
    present = [condition.copy() for condition in conditions if condition is not None]
    return exp.and_(*present, copy=False) if present else None


def conjuncts(condition: Expr | None) -> list[Expr]:
    """The conditions that all must hold; each once."""
    if condition is None:
        return []
    bare = condition.unnest()
    if not isinstance(bare, exp.And):
        return [condition]
    return list(dict.fromkeys([*conjuncts(bare.this), *conjuncts(bare.expression)]))


def either(*conditions: Expr) -> Expr:
    return exp.or_(*[condition.copy() for condition in conditions], copy=False)


def equal(left: Expr, right: Expr) -> Expr:
    return exp.EQ(this=left, expression=right)


def same(left: Expr, right: Expr) -> Expr:
    """Equality that takes two nulls as equal."""
    return exp.NullSafeEQ(this=left, expression=right)


def less(left: Expr, right: Expr) -> Expr:
    return exp.LT(this=left, expression=right)


def at_most(left: Expr, right: Expr) -> Expr:
    return exp.LTE(this=left, expression=right)


def greater(left: Expr, right: Expr) -> Expr:
    return exp.GT(this=left, expression=right)


def at_least(left: Expr, right: Expr) -> Expr:
    return exp.GTE(this=left, expression=right)


def is_null(value: Expr) -> Expr:
    return exp.Is(this=value, expression=exp.null())


def not_null(value: Expr) -> Expr:
    return exp.Not(this=is_null(value))


def one_of(value: Expr, options: Iterable[Expr]) -> Expr:
    return exp.In(this=value, expressions=list(options))


def when(*cases: tuple[Expr, Expr], otherwise: Expr | None = None) -> Expr:
    ifs = [exp.If(this=condition, true=value) for condition, value in cases]
    return exp.Case(ifs=ifs, default=otherwise)


def coalesce(first: Expr, *others: Expr) -> Expr:
    return exp.Coalesce(this=first, expressions=list(others))


def names_in(tree: Expr) -> set[str]:
    """The full names of the columns of a tree."""
    return {name_of(node) for node in tree.find_all(exp.Column)}


def filtered(aggregate: Expr, condition: Expr | None) -> Expr:
    """`aggregate FILTER (WHERE condition)`, or the aggregate alone."""
    if condition is None:
        return aggregate
    return exp.Filter(this=aggregate, expression=exp.Where(this=condition.copy()))


def count_all() -> Expr:
    return exp.Count(this=exp.Star())


def call(name: str, *arguments: Expr) -> Expr:
    """A function by the name the dialect knows it under."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def select(
    columns: Mapping[str, Expr] | Iterable[Expr],
    source: Expr | str,
    *,
    where: Expr | None = None,
    group: Iterable[Expr] = (),
) -> exp.Select:
    """SELECT of named columns from one table or subquery; joins are added with `join`."""
    chosen = [named(value, name) for name, value in columns.items()] if isinstance(columns, Mapping) else list(columns)
    query = exp.Select(expressions=chosen)
    query.set("from_", exp.From(this=table(source) if isinstance(source, str) else source))
    if where is not None:
        query.set("where", exp.Where(this=where))
    keys = list(group)
    if keys:
        query.set("group", exp.Group(expressions=keys))
    return query


def join(query: exp.Select, source: Expr | str, on: Expr, *, side: str = "LEFT") -> exp.Select:
    """The same select, joined (in place) to another table."""
    node = exp.Join(this=table(source) if isinstance(source, str) else source, on=on)
    if side:
        node.set("side", side)
    query.append("joins", node)
    return query


def aliased(query: Expr, name: str) -> Expr:
    return exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(name, quoted=True)))


def union_all(queries: Iterable[Expr]) -> Expr:
    first, *others = queries
    for other in others:
        first = exp.Union(this=first, expression=other, distinct=False)
    return first


def values(name: str, columns: Iterable[str], rows: Iterable[Iterable[Expr]]) -> Expr:
    """A table of written values."""
    alias = exp.TableAlias(this=exp.to_identifier(name), columns=[exp.to_identifier(column) for column in columns])
    return exp.Values(expressions=[exp.Tuple(expressions=list(row)) for row in rows], alias=alias)


def with_steps(steps: Iterable[tuple[str, Expr, bool]], final: Expr) -> Expr:
    """`WITH name AS [MATERIALIZED] (...) ... final`; a step is (name, query, materialised)."""
    ctes = [
        exp.CTE(
            this=query,
            alias=exp.TableAlias(this=exp.to_identifier(name, quoted=True)),
            materialized=True if kept else None,
        )
        for name, query, kept in steps
    ]
    if ctes:
        final.set("with_", exp.With(expressions=ctes))
    return final


def name_of(node: Expr) -> str:
    """The full name that a column of a formula, or the first one in it, goes by: `amount`, `account.segment`."""
    column = node if isinstance(node, exp.Column) else node.find(exp.Column)
    assert column is not None
    return f"{column.table}.{column.name}" if column.table else column.name


def rendered(tree: Expr | None, column: Callable[[str], Expr]) -> Expr | None:
    """A tree of a formula with its names replaced by columns; a lone name is replaced whole."""
    if tree is None:
        return None
    if isinstance(tree, exp.Column):
        return column(name_of(tree))
    return tree.copy().transform(lambda node: column(name_of(node)) if isinstance(node, exp.Column) else node)
