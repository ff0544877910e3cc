"""What the grammar takes, with its nature and unit, and what it refuses, with the place and the advice."""

from __future__ import annotations

import pytest
from sqlglot import exp

from cadran.catalogue.formula import parse, parse_condition, parse_derived
from cadran.catalogue.kpi import Unit
from cadran.catalogue.reading import MAX_LENGTH
from cadran.catalogue.sources import PERIOD_SYMBOLS, SOURCES
from cadran.errors import FormulaError

SALES = SOURCES["sales"].column_types()
CONTRACTS = SOURCES["contracts"].column_types()

AGGREGATING = [
    ("sum(amount)", "money"),
    ("sum(amount) / count(distinct account_id)", "money"),
    ("sum(amount) / sum(cost)", "ratio"),
    ("sum(amount * quantity)", "money"),
    ("avg(amount) filter (where kind = 'invoice')", "money"),
    ("count(*)", "count"),
    ("count(order_id)", "count"),
    ("count(*) / count(distinct order_id)", "ratio"),
    ("min(amount) + max(amount)", "money"),
    ("median(amount)", "money"),
    ("quantile(amount, 0.8)", "money"),
    ("avg(date_diff('day', first_purchase_on, sold_on))", "days"),
    ("avg(date_diff('month', first_purchase_on, sold_on))", "count"),
    ("sum(case when amount > 0 then amount else 0 end)", "money"),
    ("round(sum(amount), 2)", "money"),
    ("1 - sum(amount) / sum(list_amount)", "ratio"),
    ("-sum(amount)", "money"),
    ("coalesce(sum(amount), 0)", "money"),
    ("greatest(sum(amount), 0) / 1000", "money"),
    ("nullif(count(*), 0)", "count"),
    ("count(*) filter (where amount > 0 and first_purchase_on >= period_start)", "count"),
    ("abs(sum(amount - cost))", "money"),
]

CONDITIONS = [
    "amount > 0",
    "segment = 'PME'",
    "account.segment <> 'PME' or product.category != 'Pompes'",
    "kind in ('invoice', 'credit_note') and not (amount < 0)",
    "kind not in ('order')",
    "amount between 10 and 20.5",
    "sold_on >= DATE '2026-03-31'",
    "sold_on <= period_end",
    "rep_id is null",
    "rep_id is not null",
    "lower(segment) like 'p%'",
    "segment not like '%é''s%'",
    "least(amount, cost) >= .5",
    "case kind when 'invoice' then true else false end",
    "coalesce(segment, industry) = 'x'",
    "nullif(segment, '') is null",
    "null = amount",
    "true",
]

REFUSED = [
    # statements and clauses
    "1; drop table x", "(select 1)", "amount in (select 1)", "exists(select 1)", "sum(amount) union select 1",
    "select 1", "from sales", "values (1)", "with x as (select 1) select 1", "drop table sales", "attach 'x'",
    "copy sales to 'x'", "pragma version", "install httpfs", "call f()", "set x=1", "sum(amount);", "where true",
    # comments, hints, parameters, templates, other quotes
    "sum(amount) -- x", "sum(amount) /* x */", "/*+ x */ sum(amount)", "$1", "?", ":x", "%s", "{{ x }}", "{% x %}",
    "${x}", "$$x$$", '"amount"', "`amount`", "[amount]", "e'a'", "x'41'", "N'a'", "b'1'", "'a' 'b'", "'", "/*", '"',
    # functions, attributes, types
    "__import__('os')", "x.__class__", "read_csv('/etc/passwd')", "getenv('HOME')", "if(true, 1, 2)", "ifnull(1, 2)",
    "cast(amount as int)", "try_cast(amount as int)", "amount::int", "sum(amount)::text", "list_sum([1])",
    "row(1, 2)", "current_date", "current_user", "interval '1' day", "map {1: 2}", "struct_pack(a := 1)",
    "lambda x: x", "x -> 1",
    # operators
    "amount % 2", "amount // 2", "amount ** 2", "amount ^ 2", "amount || 'x'", "amount << 2", "amount & 1",
    "~amount", "@amount", "amount!", "!true", "amount == 1", "a => 1", "a := 1", "amount ? 1", "#1", "a[1]",
    "amount = any(1)", "segment ilike 'x'", "segment glob 'x'", "segment similar to 'x'",
    "segment like 'a' escape 'b'", "segment ~ 'x'", "amount is true", "amount is distinct from 1",
    "amount between symmetric 1 and 2", "amount collate nocase",
    # stars, paths, lists
    "*", "sales.*", "sum(*)", "sum(sales.*)", "count(distinct *)", "columns(*)", "* exclude (amount)", "a.b.c.d",
    "account.rep.name", "sum(amount).x", "()", "(1, 2)", "amount x", "amount as x", "1.2.3", "1e9", "0x10", "1_000",
    # argument shapes
    "round(amount, 2, 3)", "round(amount, -1)", "round(amount, cost)", "min(amount, 2)", "max(amount, 3)", "sum()",
    "sum(distinct amount)", "median(distinct amount)", "sum(amount order by sold_on)", "count()", "count(*, 1)",
    "count(distinct)", "count(distinct amount, cost)", "quantile(amount)", "quantile(amount, 2)",
    "quantile(amount, cost)", "quantile(amount, [0.1])", "nullif(amount)", "least()", "coalesce()", "lower()",
    "amount in ()", "amount in cost", "date_diff('day', sold_on)", "date_diff('hour', sold_on, sold_on)",
    "date_diff(kind, sold_on, sold_on)", "sum(amount) over ()", "sum(amount) within group (order by cost)",
    "count(*) ignore nulls", "count(all amount)", "count(*) filter (where true) filter (where true)",
    "abs(amount) filter (where true)", "case when true then end",
    # natures, units, places
    "sum(segment)", "sum(amount > 0)", "avg(sold_on)", "median(sold_on)", "max(segment)", "sum(sum(amount))",
    "sum(amount) + sum(quantity)", "sum(amount) * sum(amount)", "sum(amount) > count(*)",
    "least(sum(amount), count(*))", "sold_on - first_purchase_on", "sold_on + 1", "sold_on > '2026-01-01'",
    "sold_on = 3", "account_id = 12", "not amount", "amount and true", "-'a'", "lower(amount)",
    "coalesce(amount, 'x')", "amount in (1, 'a')", "DATE '2026-02-30'", "DATE '20260201'", "DATE 'x'", "date 3",
    "null", "amount + cost", "sum(amount) + cost", "1", "count(*) filter (where sum(amount) > 0)",
    "count(*) filter (where amount)", "sum(amount", "sum(amount))", "+", "", "   ", "not", "'\x00'",
    'sum(amount)\u200b', '\ud800', "case " * 30, "(" * 30 + "1" + ")" * 30,
]  # fmt: skip


@pytest.mark.parametrize(("text", "unit"), AGGREGATING)
def test_an_aggregating_formula_has_its_unit(text: str, unit: str) -> None:
    formula = parse(text, SALES, aggregates=True, symbols=PERIOD_SYMBOLS)
    assert formula.type == "number"
    assert formula.unit == unit


@pytest.mark.parametrize("text", CONDITIONS)
def test_a_condition_is_taken_without_aggregates(text: str) -> None:
    formula = parse_condition(text, SALES, PERIOD_SYMBOLS)
    assert formula.type == "boolean"
    assert formula.aggregates == ()


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_outside_the_grammar_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text, SALES, aggregates=True, symbols=PERIOD_SYMBOLS)
    for problem in caught.value.issues:
        assert 1 <= problem.position <= len(text) + 1  # type: ignore[attr-defined]
        assert problem.message.fr
        assert problem.message.en


@pytest.mark.parametrize("text", [text for text, _ in AGGREGATING])
def test_no_aggregate_passes_where_none_is_allowed(text: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text, SALES, aggregates=False, symbols=PERIOD_SYMBOLS)
    assert {issue.code for issue in caught.value.issues} == {"refused_aggregate"}


def test_every_problem_is_told_at_once_where_it_stands() -> None:
    with pytest.raises(FormulaError) as caught:
        parse("summ(amont) + foo(3) + sum(segment)", SALES, aggregates=True)
    found = [(issue.code, issue.position) for issue in caught.value.issues]  # type: ignore[attr-defined]
    assert found == [
        ("unknown_function", 1),
        ("unknown_name", 6),
        ("unknown_function", 15),
        ("wrong_type", 28),
    ]
    assert "« amount »" in caught.value.to("fr")
    assert 'Did you mean "sum"?' in caught.value.to("en")
    assert caught.value.to("fr").startswith("caractère 1 : ")


def test_a_text_in_double_quotes_is_advised_against() -> None:
    with pytest.raises(FormulaError) as caught:
        parse_condition('segment = "PME"', SALES)
    assert caught.value.issues[0].position == 11  # type: ignore[attr-defined]
    assert "apostrophes" in caught.value.to("fr")


def test_positions_count_across_lines() -> None:
    with pytest.raises(FormulaError) as caught:
        parse("sum(amount)\n  + summ(cost)", SALES, aggregates=True)
    assert caught.value.issues[0].position == 17  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text", ["1+" * (MAX_LENGTH // 2) + "1", "amount" + " or true" * 100, "-" * 1500 + "1", "not " * 400]
)
def test_long_and_deep_formulas_are_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse(text, SALES, aggregates=False)


def test_a_condition_must_be_true_or_false() -> None:
    with pytest.raises(FormulaError) as caught:
        parse_condition("amount + 1", SALES)
    assert caught.value.code == "not_a_condition"


def test_words_of_sql_are_plain_names_when_the_model_has_them() -> None:
    names = {"left": Unit.MONEY, "at": Unit.COUNT, "select": Unit.COUNT, "date": Unit.COUNT, "order": Unit.COUNT}
    formula = parse("sum(left) filter (where at + select + date > order)", names, aggregates=True)
    assert formula.names == set(names)


def test_a_moment_counts_as_its_day() -> None:
    activities = SOURCES["activities"].column_types()
    formula = parse_condition("happened_at <= DATE '2026-03-31'", activities)
    assert formula.tree.sql("duckdb") == "CAST(happened_at AS DATE) <= CAST('2026-03-31' AS DATE)"


def test_a_boolean_column_is_a_condition() -> None:
    formula = parse(
        "count(*) filter (where kept) / count(*) filter (where kept is not null)", CONTRACTS, aggregates=True
    )
    assert formula.unit == Unit.RATIO


KPIS = {"revenue": Unit.MONEY, "meetings": Unit.COUNT, "win_rate": Unit.RATE, "cycle": Unit.DAYS, "end": Unit.COUNT}


class TestDerived:
    @pytest.mark.parametrize(
        ("text", "unit"),
        [
            ("{revenue} / {meetings}", Unit.MONEY),
            ("{meetings} * {revenue} * {win_rate} / {cycle}", Unit.MONEY),
            ("1 - {win_rate}", Unit.RATIO),
            ("{meetings} + {end}", Unit.COUNT),
            ("case when {cycle} > 3 then {revenue} end", Unit.MONEY),
        ],
    )
    def test_it_is_arithmetic_on_kpis(self, text: str, unit: Unit) -> None:
        formula = parse_derived(text, KPIS)
        assert formula.unit == unit
        assert formula.names <= KPIS.keys()
        assert formula.text == text

    @pytest.mark.parametrize(
        ("text", "code", "position"),
        [
            ("{revenu} / 3", "unknown_name", 1),
            ("revenue / 2", "refused_sign", 1),
            ('{revenue} / "meetings"', "refused_sign", 13),
            ("2 * {revenue", "refused_sign", 5),
            ("{revenue} + {cycle}", "unit_clash", 1),
            ("sum({revenue})", "refused_aggregate", 1),
            ("{revenue}(1)", "refused_construct", 1),
            ("{}", "unknown_name", 1),
            ("", "empty_formula", 1),
        ],
    )
    def test_anything_else_is_refused(self, text: str, code: str, position: int) -> None:
        with pytest.raises(FormulaError) as caught:
            parse_derived(text, KPIS)
        assert (caught.value.code, caught.value.issues[0].position) == (code, position)  # type: ignore[attr-defined]


def test_the_parser_alone_would_take_what_the_grammar_refuses() -> None:
    """The whitelist is not idle: sqlglot reads all of these without a word."""
    import sqlglot

    for text in ("round(a, 2, 3)", "sum(x order by y)", "a.b.c.d", "@x", "min(a, 2)", "a in (select 1)"):
        assert isinstance(sqlglot.parse(text, read="duckdb")[0], exp.Expression)
        with pytest.raises(FormulaError):
            parse(text, SALES, aggregates=True)
