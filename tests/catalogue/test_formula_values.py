"""What a formula computes: its parts put together again, run by DuckDB on rows counted by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import duckdb
import pytest
from sqlglot import exp

from cadran.catalogue.formula import Aggregate, Formula, parse, parse_derived, substitute
from cadran.catalogue.kpi import Unit
from cadran.tables.contract import Type

NAMES = {
    "client": Type.ID,
    "amount": Type.MONEY,
    "cost": Type.MONEY,
    "opened": Type.DATE,
    "closed": Type.DATE,
}
ROWS = """
    SELECT * FROM (VALUES
        ('C1', 1000.00, 600.00, DATE '2026-01-31', DATE '2026-02-01'),
        ('C2',  500.00, NULL,   DATE '2026-01-01', DATE '2026-01-31'),
        ('C3', -300.00, 0.00,   DATE '2026-01-10', DATE '2026-03-01'),
        ('C1',  200.00, 100.00, NULL,              NULL)
    ) AS t(client, amount, cost, opened, closed)
"""


def in_sql(aggregate: Aggregate) -> exp.Expression:
    """One aggregate as DuckDB writes it: what the planner does, in small."""
    argument = aggregate.argument or exp.Star()
    if aggregate.distinct:
        argument = exp.Distinct(expressions=[argument])
    call = exp.Anonymous(this=aggregate.function, expressions=[argument])
    if aggregate.fraction is not None:
        call = exp.Anonymous(this="quantile_cont", expressions=[argument, exp.Literal.number(aggregate.fraction)])
    return exp.Filter(this=call, expression=exp.Where(this=aggregate.where)) if aggregate.where else call


def run(formula: Formula) -> Any:
    sql = formula.assemble(in_sql).sql("duckdb")
    return duckdb.connect().execute(f"SELECT {sql} FROM ({ROWS})").fetchone()[0]  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sum(amount)", Decimal("1400.00")),
        # a client with only a credit note lowers the sum and is not counted
        ("sum(amount) / count(distinct client) filter (where amount > 0)", 700.0),
        ("avg(amount)", 350.0),
        ("median(amount)", Decimal("350.00")),
        ("count(*)", 4),
        ("count(cost)", 3),
        # 1, 30 and 50 days; the row without dates is left out
        ("avg(date_diff('day', opened, closed))", 27.0),
        ("quantile(date_diff('day', opened, closed), 0.5)", 30.0),
        # boundaries crossed: 31 January to 1 February is one month, 1 to 31 January none
        ("sum(date_diff('month', opened, closed))", 3),
        ("sum(amount) / sum(amount - amount)", None),
        ("sum(amount / (cost - cost))", None),
        ("sum(amount / cost)", 1000 / 600 + 2),
        ("sum(amount) - sum(cost) * 2", Decimal("0.00")),
        ("max(closed)", None),
    ],
)
def test_values_counted_by_hand(text: str, expected: Any) -> None:
    formula = parse(text, NAMES, aggregates=True)
    value = run(formula)
    if formula.type == "date":
        assert str(value) == "2026-03-01"
    elif isinstance(expected, float):
        assert value == pytest.approx(expected)
    else:
        assert value == expected


def test_the_numerator_over_the_denominator_is_the_value() -> None:
    for text in (
        "avg(amount) filter (where amount > 0)",
        "(sum(amount) / count(distinct client))",
        "100 * sum(amount) / sum(cost)",
    ):
        formula = parse(text, NAMES, aggregates=True)
        above, below = formula.ratio() or pytest.fail(text)
        assert float(run(above)) / float(run(below)) == pytest.approx(float(run(formula)))


@pytest.mark.parametrize(
    "text", ["sum(amount)", "1 - sum(amount) / sum(cost)", "median(amount)", "round(avg(amount), 2)"]
)
def test_other_formulas_are_no_ratio(text: str) -> None:
    assert parse(text, NAMES, aggregates=True).ratio() is None


def test_aggregates_are_listed_once_in_order() -> None:
    formula = parse("sum(amount) / count(*) + sum(amount) / count(*) filter (where amount > 0)", NAMES, aggregates=True)
    assert [(each.function, each.where is not None) for each in formula.aggregates] == [
        ("sum", False),
        ("count", False),
        ("count", True),
    ]


def test_a_replaced_name_keeps_its_place_in_the_arithmetic() -> None:
    formula = parse("sum(cost * 2 / amount)", NAMES, aggregates=True)
    x = exp.Add(this=exp.column("a", table="t"), expression=exp.column("b", table="t"))
    rendered = formula.aggregates[0].render(lambda name: x.copy() if name == "amount" else exp.column(name))
    assert rendered.argument is not None
    assert rendered.argument.sql("duckdb") == "cost * 2 / NULLIF((t.a + t.b), 0)"


def test_a_replaced_kpi_keeps_its_place_too() -> None:
    derived = parse_derived("{a} - {b}", {"a": Unit.COUNT, "b": Unit.COUNT})
    sub = exp.Sub(this=exp.column("x"), expression=exp.column("y"))
    assert derived.render(lambda name: sub.copy()).sql("duckdb") == "(x - y) - (x - y)"


def test_rendering_leaves_the_formula_as_it_was() -> None:
    formula = parse("sum(amount)", NAMES, aggregates=True)
    substitute(formula.tree, lambda name: exp.column("z"))
    formula.assemble(lambda aggregate: exp.Literal.number(1))
    assert formula.tree.sql("duckdb") == "SUM(amount)"


def test_names_and_symbols_are_told_apart() -> None:
    formula = parse(
        "count(*) filter (where opened >= period_start)", NAMES, aggregates=True, symbols={"period_start": Type.DATE}
    )
    assert formula.names == {"opened"}
    assert formula.symbols == {"period_start"}
