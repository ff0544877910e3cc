"""No text, however hostile, gets through a formula: it is refused with a FormulaError, or its tree is of the whitelist.

Any other exception is a failure, and so is any other node: what is not listed here can never reach an engine.
"""

from __future__ import annotations

import random
import re
from contextlib import suppress

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from cadran.catalogue.formula import Formula, parse, parse_condition, parse_derived
from cadran.catalogue.kpi import Unit
from cadran.catalogue.loader import load_catalogue
from cadran.catalogue.plain_yaml import read_text
from cadran.catalogue.sources import PERIOD_SYMBOLS, SOURCES
from cadran.errors import DefinitionError, FormulaError

# Written out here, apart from the grammar's own table: a node added there must be added here, knowingly.
HARMLESS = {
    *(exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Neg, exp.Cast, exp.DataType),
    *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE),
    *(exp.Between, exp.In, exp.Like, exp.Is, exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Abs, exp.Round),
    *(exp.Least, exp.Greatest, exp.Lower, exp.DateDiff, exp.Var, exp.Sum, exp.Count, exp.Avg, exp.Min, exp.Max),
    *(exp.Median, exp.Quantile, exp.Filter, exp.Where, exp.Star, exp.Distinct),
}
NAMES = SOURCES["sales"].column_types() | SOURCES["activities"].column_types()
KPIS = {kpi.id: kpi.unit for kpi in load_catalogue()}
SHIPPED = [
    text
    for kpi in load_catalogue()
    for population in kpi.populations
    for text in (population.formula, population.where, population.measure, *dict(population.columns).values())
    if text
]
FRAGMENTS = [
    "; drop table sales", "--", "/*", "*/", "/*+ hint */", "(select 1)", "exists(select 1)", " union select 1 ", "'",
    '"', "`", "$$", "$1", "?", ":x", "%s", "{{", "}}", "{%", "${x}", "::", "->", "=>", ":=", "||", "@", "#1", "[",
    "]", "read_csv('/etc/passwd')", "getenv('HOME')", "__import__('os')", ".__class__", "information_schema.tables",
    "*", " over (partition by amount)", " order by amount", " filter (where true)", "distinct ",
    "cast(amount as int)", ".", "lambda x: x", "x -> x", "e'\\'", "U&'\\0041'", "0x41", "1e999", "\x00", "\ud800",
    "\u202e", "’", "\xa0", "\\", "case when ", " then ", " end", "(", ")", ",", " and ", " or ", "not ", " in (",
    " between ", " is null", "-", "+", "DATE '2026-13-45'", "date_diff('day', ", "quantile(amount, ", "count(*)",
    "sum(", "null", "true", "9" * 40, "pragma database_list", "attach 'x' as y", "copy sales to 'x'",
    "install httpfs", "load httpfs", "set x = 1",
]  # fmt: skip


def judge(text: str) -> Formula | None:
    """The formula, checked node by node, or None where it was refused as it should be."""
    accepted = None
    for aggregates in (True, False):
        try:
            formula = parse(text, NAMES, aggregates=aggregates, symbols=PERIOD_SYMBOLS)
        except FormulaError as refusal:
            _ = refusal.to("fr"), refusal.to("en")
            continue
        check_nodes(formula)
        assert (formula.names | formula.symbols) <= NAMES.keys() | PERIOD_SYMBOLS.keys()
        accepted = formula
    return accepted


def check_nodes(formula: Formula) -> None:
    for node in formula.tree.walk():
        assert type(node) in HARMLESS, f"{type(node).__name__} in {formula.text!r}"
        assert not node.comments
    formula.tree.sql("duckdb")
    assert len(formula.aggregates) <= len(formula.text)
    formula.ratio()


def mutated(seed: random.Random) -> str:
    """A shipped formula with a few hostile pieces put in, cut out, doubled or swapped."""
    text = seed.choice(SHIPPED)
    for _ in range(seed.randint(1, 4)):
        at, to = sorted((seed.randint(0, len(text)), seed.randint(0, len(text))))
        piece = seed.choice([seed.choice(FRAGMENTS), text[at:to], seed.choice(SHIPPED), ""])
        text = text[:at] + piece + text[seed.choice((at, to)) :]
    return text


pieces = st.lists(st.sampled_from([*FRAGMENTS, *NAMES, " ", "1", "sum(amount)", "'x'"]), max_size=25).map("".join)
hostile = st.one_of(st.text(max_size=200), pieces, st.randoms(use_true_random=False).map(mutated))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(hostile)
def test_hostile_text_is_refused_or_harmless(text: str) -> None:
    judge(text)


@settings(max_examples=150, deadline=None)
@given(hostile)
def test_a_hostile_filter_is_refused_or_harmless(text: str) -> None:
    with suppress(FormulaError):
        check_nodes(parse_condition(text, NAMES, PERIOD_SYMBOLS))


@settings(max_examples=150, deadline=None)
@given(st.one_of(hostile, st.text("{}()+-*/ 1\"'revnu", max_size=60)))
def test_a_hostile_derived_formula_is_refused_or_harmless(text: str) -> None:
    try:
        formula = parse_derived(text, KPIS)
    except FormulaError:
        return
    check_nodes(formula)
    assert formula.names <= KPIS.keys()
    assert formula.aggregates == ()


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=200), st.text("abc:{}[],&*!|>-?'\"\n #~", max_size=80)))
def test_a_hostile_definition_file_is_refused_or_plain(text: str) -> None:
    try:
        document = read_text(text)
    except DefinitionError:
        return
    assert set(document.sources) <= set(document.values)


@pytest.mark.parametrize("opening", ["(", "case when ", "abs(", "-", "not ", "1+", "true and ", "coalesce(1,", "+-"])
@pytest.mark.parametrize("times", [10, 45, 200, 5_000, 200_000])
def test_nesting_never_breaks_the_stack(opening: str, times: int) -> None:
    judge(opening * times + "1")
    judge(opening * times)
    judge("(" * times + "amount" + ")" * times)


# Formulas of the grammar itself, in the texts a person would write.
literals = st.sampled_from(["0", "1", "2.5", ".5", "100", "1234567.89"])
numbers = st.deferred(
    lambda: st.one_of(
        literals,
        st.sampled_from(["amount", "cost", "quantity"]),
        st.builds("({} {} {})".format, numbers, st.sampled_from("+-*"), numbers),
        st.builds("{} - {}".format, literals, numbers),
        st.builds("abs({})".format, numbers),
        st.builds("-{}".format, st.sampled_from(["amount", "(cost)"])),
        st.builds("coalesce({}, {})".format, numbers, numbers),
        st.builds("nullif({}, {})".format, numbers, numbers),
        st.builds("least({}, {})".format, numbers, numbers),
        st.builds("case when {} then {} else {} end".format, conditions, numbers, numbers),
        st.just("date_diff('day', first_purchase_on, sold_on)"),
    )
)
conditions = st.deferred(
    lambda: st.one_of(
        st.sampled_from(
            ["true", "cost is null", "quantity is not null", "lower(segment) like 'p%'", "nature = 'it''s'"]
        ),
        st.builds("{} {} {}".format, numbers, st.sampled_from(["=", "<>", "<", "<=", ">", ">=", "!="]), numbers),
        st.builds("({} and {})".format, conditions, conditions),
        st.builds("{} or {}".format, conditions, conditions),
        st.builds("not ({})".format, conditions),
        st.builds("{} between {} and {}".format, numbers, literals, numbers),
        st.builds("segment {} ('PME', 'ETI')".format, st.sampled_from(["in", "not in"])),
        st.builds("sold_on {} DATE '2026-01-31'".format, st.sampled_from(["<", ">="])),
    )
)
aggregates = st.one_of(
    st.builds("{}({})".format, st.sampled_from(["sum", "avg", "min", "max"]), numbers),
    st.builds("sum({}) filter (where {})".format, numbers, conditions),
    st.builds("count(*) filter (where {})".format, conditions),
    st.sampled_from(["count(*)", "count(cost)", "count(distinct segment)"]),
)
formulas = st.one_of(aggregates, st.builds("({} + {}) * {}".format, aggregates, aggregates, literals))

ROWS = """
    SELECT * FROM (VALUES
        (100.0, 60.0, 2.0, 'PME', 'goods', DATE '2026-01-31', DATE '2025-01-01'),
        (-50.0, NULL, 0.0, 'ETI', 'it''s', DATE '2026-02-28', DATE '2026-02-28'),
        (75.5, 80.25, NULL, NULL, NULL, DATE '2024-02-29', NULL)
    ) AS t(amount, cost, quantity, segment, nature, sold_on, first_purchase_on)
"""
ENGINE = duckdb.connect()


def same_after_reading_again(text: str) -> None:
    """Units apart, a text of the grammar is accepted; its tree, written out and read again, is the same tree, and it
    is worth what DuckDB makes of the text itself."""
    names = {name: Unit.RATIO if NAMES[name] in ("money", "number") else NAMES[name] for name in NAMES}
    try:
        formula = parse(text, names, aggregates=True, symbols=PERIOD_SYMBOLS)
    except FormulaError as refusal:
        if {issue.code for issue in refusal.issues} <= {"formula_too_deep", "formula_too_long", "unit_clash"}:
            return
        raise
    check_nodes(formula)
    written = re.sub(r"CAST\(('[\d-]+') AS DATE\)", r"DATE \1", formula.tree.sql("duckdb"))
    assert parse(written, names, aggregates=True, symbols=PERIOD_SYMBOLS).tree == formula.tree
    with suppress(duckdb.OutOfRangeException):  # decimals too wide for the engine, in both alike
        ours, theirs = (ENGINE.sql(f"SELECT {sql} FROM ({ROWS})").to_arrow_table() for sql in (written, text))
        assert ours.column(0).to_pylist() == theirs.column(0).to_pylist()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(formulas)
def test_formulas_of_the_grammar_are_read_as_they_are_written(text: str) -> None:
    same_after_reading_again(text)


@pytest.mark.heavy
@settings(max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(hostile)
def test_many_thousands_of_hostile_texts(text: str) -> None:
    judge(text)


@pytest.mark.heavy
def test_twenty_thousand_mutations() -> None:
    seed = random.Random(20260331)
    accepted = sum(judge(mutated(seed)) is not None for _ in range(20_000))
    # The mutations must not all be nonsense, or the test would prove little.
    assert 200 < accepted < 12_000


@pytest.mark.heavy
@settings(max_examples=1_500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(formulas)
def test_many_formulas_of_the_grammar(text: str) -> None:
    same_after_reading_again(text)
