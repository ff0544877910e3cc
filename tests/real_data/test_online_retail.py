"""A wholesaler of gifts: half a million invoice lines without a key, a rep, or (one in five) a customer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from tests.real_data.companies import Imported, import_set
from tests.real_data.controls import Control, Measured, of_set

SET = "online-retail-2009"
FILES = ("online_retail_2009_2010.csv.gz",)
# The data end on 2010-12-09; the clock stands later, so that the last quarter is over.
SPAN = date(2009, 10, 1), date(2011, 1, 1)
CHOICES = {"currency": "GBP", "country": "GB"}
# Lines of sale alone: the catalogue's KPIs count returns and adjustments too, so these controls take fewer lines.
GROSS = "kind = 'invoice' and quantity > 0 and amount > 0"

pytestmark = [pytest.mark.heavy, pytest.mark.xdist_group(SET)]  # half a million lines are imported once


@pytest.fixture(scope="module")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    return import_set(tmp_path_factory.mktemp(SET), SET, FILES, SPAN, CHOICES)


def lines(retail: Imported) -> Measured:
    """Counts over lines of every kind, by KPIs of this test's own. The price of a line is its amount by its quantity,
    which is never 0."""
    return {
        "lines": retail.value("lines"),
        "invoices": retail.value("invoices"),
        "customers": retail.value("customers"),
        "no_customer": retail.value("lines_without_customer"),
        "cancel_lines": retail.value("lines", where="kind = 'credit_note'"),
        "qty_le_0": retail.value("lines", where="quantity <= 0"),
        "price_le_0": retail.value("lines", where="amount / quantity <= 0"),
    }


def retention_by_quarter(retail: Imported) -> Measured:
    """The first quarter has no quarter before it: undefined, and no control."""
    first, *others = retail.by_quarter("retention_rate", where=GROSS).items()
    assert first == ("2009-Q4", None)
    return dict(others)


MEASURES: dict[str, Callable[[Imported], Measured]] = {
    "rows": lines,
    "exact_duplicate_lines": lambda retail: retail.warned("sales", "duplicate_line"),
    "net_revenue_all_lines": lambda retail: retail.value("revenue"),
    "gross_sales": lambda retail: retail.value("revenue", where=GROSS),
    "returns": lambda retail: retail.value("revenue", where="kind = 'credit_note'"),
    "gross_sales_by_quarter": lambda retail: retail.by_quarter("revenue", where=GROSS),
    "basket_per_client_by_quarter": lambda retail: retail.by_quarter("average_basket", where=GROSS),
    "retention_by_quarter": retention_by_quarter,
}


@pytest.mark.parametrize("control", of_set(SET))
def test_control(control: Control, retail: Imported) -> None:
    control.check(MEASURES[control.id](retail))


def test_identical_lines_are_all_kept(retail: Imported) -> None:
    (count,) = retail.report.counts
    assert (count.read, count.loaded, count.quarantined, count.collapsed, count.skipped) == (525_461, 525_461, 0, 0, 0)


def test_lines_without_a_customer_are_counted_by_the_import(retail: Imported) -> None:
    assert retail.warned("sales", "empty_cell", "account_id") == 107_927


def test_sales_without_a_customer_are_told_beside_the_basket(retail: Imported) -> None:
    """1,191,276.06 is the sum of Quantity * Price over the lines of the file without a customer."""
    (row,) = retail.ask("average_basket", by=["company"])
    assert [note.message.en for note in row.notes] == ["£1,191,276.06 without a client."]
