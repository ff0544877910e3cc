"""The shipped catalogue: complete, sound, in both languages, and meaning what kpis.md says."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest

from cadran.catalogue.checks import check
from cadran.catalogue.kpi import Additivity, Better, Kind, Kpi, Unit
from cadran.catalogue.loader import load_catalogue
from cadran.catalogue.parsed import parse_population
from tests.catalogue.test_formula_values import in_sql

CATALOGUE = load_catalogue()
REQUIRED_IDS = """
    revenue average_basket average_order_value orders_per_client items_per_order conversion_rate sales_cycle_days
    sales_cycle_median sales_cycle_p80 retention_rate bookings backlog orders active_clients new_clients
    revenue_new_clients win_rate win_rate_amount average_deal_size deals_won deals_created pipeline_open
    pipeline_weighted opportunity_conversion leads_created activities meetings discount_rate gross_margin_rate
    markup_rate cross_sell_rate top10_share renewal_rate repeat_rate grr nrr logo_churn nps csat revenue_per_rep
    activities_per_win sales_velocity
"""


def test_the_catalogue_holds_what_it_must() -> None:
    assert set(REQUIRED_IDS.split()) <= {kpi.id for kpi in CATALOGUE}


@pytest.mark.parametrize("kpi", CATALOGUE.kpis, ids=lambda kpi: kpi.id)
def test_every_shipped_kpi_is_sound(kpi: Kpi) -> None:
    assert check(kpi, CATALOGUE) == ()
    assert kpi.origin == "cadran"
    for text in (kpi.label, kpi.question, kpi.definition):
        assert text.fr
        assert text.en
    assert kpi.question.fr.endswith("\u00a0?") or kpi.question.fr.endswith(" ?")
    assert kpi.definition.fr.endswith(".")
    assert "'" not in kpi.definition.fr, "French texts take the curly apostrophe"


def test_less_is_better_where_it_is() -> None:
    lower = {kpi.id for kpi in CATALOGUE if kpi.better is Better.LOWER}
    assert lower == {
        "discount_rate",
        "top10_share",
        "sales_cycle_days",
        "sales_cycle_median",
        "sales_cycle_p80",
        "activities_per_win",
        "logo_churn",
    }


def test_only_sums_of_rows_add_up() -> None:
    additive = {kpi.id for kpi in CATALOGUE if kpi.additivity is Additivity.ADDITIVE}
    assert additive == {
        "revenue",
        "bookings",
        "deals_won",
        "deals_created",
        "leads_created",
        "activities",
        "meetings",
    }
    assert all(kpi.additivity is Additivity.SEMI_ADDITIVE for kpi in CATALOGUE if kpi.kind is Kind.STOCK)


def test_rates_are_proportions_with_both_sides() -> None:
    for kpi in CATALOGUE:
        if kpi.unit is Unit.RATE:
            for population in kpi.populations:
                assert parse_population(population).formula.ratio(), kpi.id


def value(kpi_id: str, rows: str, population: int = 0) -> object:
    """A KPI that counts rows, or entities, over rows written by hand: its formulas run as they stand."""
    kpi = CATALOGUE.get(kpi_id)
    parsed = parse_population(kpi.populations[population], kpi.interval_formula)
    where = f"WHERE {parsed.where.tree.sql('duckdb')}" if parsed.where else ""
    table = f"(SELECT * FROM ({rows}) {where})"
    per = parsed.population.per
    if per:
        columns = ", ".join(f'{each.assemble(in_sql).sql("duckdb")} AS "{name}"' for name, each in parsed.columns)
        rank = f'row_number() OVER (ORDER BY "{parsed.columns[0][0]}" DESC, {per}) AS rank'
        table = f"(SELECT *, {rank} FROM (SELECT {per}, {columns} FROM {table} GROUP BY ALL))"
    sql = f"SELECT {parsed.formula.assemble(in_sql).sql('duckdb')} FROM {table}"
    return duckdb.connect().execute(sql).fetchone()[0]  # type: ignore[index]


CREDIT_NOTE = """
    SELECT * FROM (VALUES
        ('C1', 'O1', 1000.0, 2), ('C2', 'O2', 500.0, 1), ('C3', 'O0', -300.0, 1), (NULL, 'O9', 80.0, 4)
    ) AS t(account_id, order_id, amount, quantity)
"""


@pytest.mark.parametrize(
    ("kpi", "expected"),
    [
        ("revenue", 1280),
        ("active_clients", 2),
        ("orders", 3),
        ("average_basket", 600),
        ("average_order_value", 600),
        ("orders_per_client", 1),
        ("items_per_order", 1.5),
    ],
)
def test_a_client_with_only_a_credit_note(kpi: str, expected: float) -> None:
    assert float(value(kpi, CREDIT_NOTE)) == expected  # type: ignore[arg-type]


def test_basket_is_orders_per_client_times_order_value() -> None:
    rows = "SELECT i % 7 AS account_id, i % 23 AS order_id, (i * 37 % 101)::DECIMAL - 20 AS amount FROM range(200) t(i)"
    basket, per_client, order = (
        float(value(kpi, rows))
        for kpi in ("average_basket", "orders_per_client", "average_order_value")  # type: ignore[arg-type]
    )
    assert basket == pytest.approx(per_client * order, rel=1e-12)


MARGINS = """
    SELECT * FROM (VALUES (100.0, 125.0, 60.0), (50.0, 75.0, NULL), (200.0, NULL, 140.0))
    AS t(amount, list_amount, cost)
"""


@pytest.mark.parametrize(
    ("kpi", "expected"),
    [
        ("discount_rate", 1 - 150 / 200),
        ("gross_margin_rate", (300 - 200) / 300),
        ("markup_rate", (300 - 200) / 200),
    ],
)
def test_margins_are_over_rows_that_have_both_terms(kpi: str, expected: float) -> None:
    assert value(kpi, MARGINS) == pytest.approx(expected)


def test_top_ten_of_twelve_clients() -> None:
    rows = "SELECT 'C' || i AS account_id, (i * 10)::DECIMAL AS amount FROM range(1, 13) t(i)"
    # 120 + 110 + ... + 30 of 780
    assert value("top10_share", rows) == pytest.approx(750 / 780)


def test_cross_sell_and_repeat_count_clients() -> None:
    rows = """
        SELECT *, {'category': category} AS product FROM (VALUES
            ('A', 'O1', 'x', 10), ('A', 'O2', 'y', 10), ('B', 'O3', 'x', 10), ('B', 'O3', 'x', 10),
            ('C', 'O4', 'x', 10), ('C', 'O5', 'y', -5), ('D', 'O6', 'x', -3), ('E', 'O7', NULL, 9)
        ) AS t(account_id, order_id, category, amount)
    """
    # A bought two categories; B and C one; D bought nothing; E's category is not known
    assert value("cross_sell_rate", rows) == pytest.approx(1 / 3)
    # A placed two orders; B, C and E one; D bought nothing
    assert value("repeat_rate", rows) == pytest.approx(1 / 4)


def test_backlog_counts_what_is_left_of_each_order() -> None:
    rows = """
        SELECT * FROM (VALUES ('O1', 100.0), ('O1', -40.0), ('O2', 50.0), ('O2', -70.0), ('O3', 30.0), (NULL, 999.0))
        AS t(order_id, amount)
    """
    assert value("backlog", rows) == Decimal("90.0")


DEALS = """
    SELECT * FROM (VALUES
        ('won', 100.0, DATE '2026-01-01', DATE '2026-01-11', 1.0),
        ('won', 300.0, DATE '2026-01-01', DATE '2026-01-31', 1.0),
        ('lost', 600.0, DATE '2026-01-01', DATE '2026-01-02', 0.0), ('won', NULL, NULL, DATE '2026-01-05', NULL),
        ('open', 50.0, DATE '2026-01-03', NULL, 0.5)
    ) AS t(outcome, amount, first_contact_on, closed_on, probability)
"""


@pytest.mark.parametrize(
    ("kpi", "expected"),
    [
        ("win_rate", 3 / 4),
        ("win_rate_amount", 400 / 1000),
        ("average_deal_size", 200),
        ("deals_won", 3),
        ("deals_created", 5),
        ("opportunity_conversion", 3 / 5),
        ("sales_cycle_days", 20),
        ("sales_cycle_median", 20),
        ("sales_cycle_p80", 26),
    ],
)
def test_deals_counted_by_hand(kpi: str, expected: float) -> None:
    assert float(value(kpi, DEALS)) == pytest.approx(expected)  # type: ignore[arg-type]


def test_conversion_counts_prospects_once_and_no_old_client() -> None:
    rows = """
        SELECT * FROM (VALUES ('A', false, DATE '2026-02-01'), ('A', false, NULL), ('B', false, NULL),
            ('C', true, DATE '2020-01-01'), ('D', false, NULL)) AS t(prospect_id, was_client, client_on)
    """
    assert value("conversion_rate", rows) == pytest.approx(1 / 3)


def test_contracts_pending_are_on_neither_side() -> None:
    rows = """
        SELECT * FROM (VALUES ('A', true, true), ('A', false, true), ('B', false, false), ('C', NULL, NULL))
        AS t(account_id, renewed, kept)
    """
    assert value("renewal_rate", rows) == pytest.approx(1 / 3)
    assert value("retention_rate", rows, population=1) == pytest.approx(1 / 2)


# Opening clients: one kept as it was, one grown, one shrunk, one gone.
ENTITIES = "SELECT * FROM (VALUES (100.0, 100.0), (100.0, 150.0), (100.0, 40.0), (100.0, NULL)) AS t(before, now)"


@pytest.mark.parametrize(
    ("kpi", "expected"), [("grr", 240 / 400), ("nrr", 290 / 400), ("logo_churn", 1 / 4), ("retention_rate", 3 / 4)]
)
def test_retention_over_opening_clients(kpi: str, expected: float) -> None:
    formula = parse_population(CATALOGUE.get(kpi).populations[0]).formula
    sql = f"SELECT {formula.assemble(in_sql).sql('duckdb')} FROM ({ENTITIES})"
    assert duckdb.connect().execute(sql).fetchone()[0] == pytest.approx(expected)  # type: ignore[index]


def test_everyone_gone_is_zero_not_undefined() -> None:
    formula = parse_population(CATALOGUE.get("nrr").populations[0]).formula
    sql = f"SELECT {formula.assemble(in_sql).sql('duckdb')} FROM (SELECT 10.0 AS before, NULL::DOUBLE AS now)"
    assert duckdb.connect().execute(sql).fetchone() == (0.0,)


def test_surveys() -> None:
    rows = """
        SELECT * FROM (VALUES ('nps', 10), ('nps', 9), ('nps', 8), ('nps', 6), ('nps', 11), ('nps', NULL),
            ('csat', 5), ('csat', 3), ('csat', 4), ('csat', 0)) AS t(kind, score)
    """
    assert value("nps", rows) == 25.0
    assert value("csat", rows) == pytest.approx(2 / 3)
