"""Splitting and filtering by what a row or its parents say, and the mistakes one makes in asking."""

from __future__ import annotations

from typing import Any

import pytest

from cadran.errors import CadranError
from cadran.workspace import Workspace
from tests.company import company, rows, table, values


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """PME 1,100 (C1), ETI 30 (C2), no segment 4 (C3), unknown client C9 500, and 60 of nobody.

    P1 and P3 are machines, P2 a service, P9 is in no table.
    """
    return company(
        tmp_path_factory.mktemp("dimensions") / "company",
        {
            "accounts": table(
                """
                account_id | name   | segment
                C1         | Alpha  | PME
                C2         | Beta   | ETI
                C3         | Gamma  | -
                """
            ),
            "products": table(
                """
                product_id | category
                P1         | Machines
                P2         | Services
                P3         | Machines
                """
            ),
            "reps": table(
                """
                rep_id | name
                ana    | Ana
                """
            ),
            "sales": table(
                """
                order_id | account_id | rep_id | product_id | sold_on    | amount
                O1       | C1         | ana    | P1         | 2026-01-05 | 1000
                O2       | C1         | ana    | P2         | 2026-01-05 | 100
                O3       | C2         | ana    | P3         | 2026-01-05 | 30
                O4       | C3         | bob    | P9         | 2026-01-05 | 4
                O5       | C9         | -      | P1         | 2026-01-05 | 500
                O6       | -          | -      | -          | 2026-01-05 | 60
                """
            ),
            "leads": table(
                """
                lead_id | account_id | source | first_contact_on | client_on
                L1      | C7         | web    | 2026-01-05       | 2026-01-06
                L2      | C8         | web    | 2026-01-05       | -
                L3      | C6         | salon  | 2026-01-05       | -
                L4      | C5         | -      | 2026-01-05       | -
                """
            ),
        },
    )


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        ("segment", {"PME": 1100, "ETI": 30, None: 564}),
        ("account.segment", {"PME": 1100, "ETI": 30, None: 564}),
        ("product.category", {"Machines": 1530, "Services": 100, None: 64}),
        ("product_id", {"P1": 1500, "P2": 100, "P3": 30, "P9": 4, None: 60}),
        ("account_id", {"C1": 1100, "C2": 30, "C3": 4, "C9": 500, None: 60}),
        ("order_id", {"O1": 1000, "O2": 100, "O3": 30, "O4": 4, "O5": 500, "O6": 60}),
        ("rep_id", {"ana": 1130, "bob": 4, None: 560}),
        ("sold_on", {"2026-01-05": 1694}),
    ],
)
def test_a_dimension_splits_the_whole(dimension: str, expected: dict[Any, int], shop: Workspace) -> None:
    assert values(shop, "revenue", "2026-Q1", dimensions=dimension) == expected
    assert sum(expected.values()) == 1694


def test_a_dimension_at_every_level(shop: Workspace) -> None:
    split = {
        (row.scope, row.dimensions["segment"]): row.value
        for row in rows(shop, "revenue", "2026-Q1", levels="company,rep", dimensions="segment")
    }
    assert split == {
        ("company", "PME"): 1100,
        ("company", "ETI"): 30,
        ("company", None): 564,
        ("rep", "PME"): 1100,
        ("rep", "ETI"): 30,
        ("unassigned", None): 564,
    }


def test_rates_by_the_source_of_the_lead(shop: Workspace) -> None:
    found = {
        row.dimensions["source"]: (row.numerator, row.denominator)
        for row in rows(shop, "conversion_rate", "2026-Q1", dimensions="source")
    }
    assert found == {"web": (1, 2), "salon": (0, 1), None: (0, 1)}


@pytest.mark.parametrize(
    ("where", "revenue"),
    [
        ("segment = 'PME'", 1100),
        ("account.segment = 'PME'", 1100),
        ("segment in ('PME', 'ETI')", 1130),
        ("segment is null", 564),
        ("account_id is null", 60),
        ("product.category = 'Machines' and amount >= 100", 1500),
        ("not (segment = 'PME') and product.category = 'Machines'", 30),
        ("amount between 30 and 100", 190),
        ("segment = 'GE'", 0),
        ("account.name like 'Al%'", 1100),
        ("segment = 'PME' or rep_id is null", 1660),
        ("product_id = 'P1'", 1500),
        ("product_id <> 'P1'", 134),
        ("product_id in ('P1', 'P9')", 1504),
        ("account_id = 'C9' and rep_id is null", 500),
        ("order_id = 'O3' or rep_id = 'bob'", 34),
        ("account_id = 'nowhere'", 0),
        ("account_id <> 'nowhere'", 1634),
        ("product_id like 'P%'", 1634),
    ],
)
def test_a_filter_keeps_the_rows_it_says(where: str, revenue: int, shop: Workspace) -> None:
    assert values(shop, "revenue", "2026-Q1", where=where) == {"Entreprise": revenue}


@pytest.mark.parametrize(
    ("question", "hint"),
    [
        ({"kpis": "revenu"}, "revenue"),
        ({"kpis": "revenue", "dimensions": "segmnt"}, "segment"),
        ({"kpis": "revenue", "dimensions": "acount.segment"}, "account.segment"),
        ({"kpis": "revenue", "where": "segmnt = 'PME'"}, "segment"),
        ({"kpis": "revenue", "levels": "teem"}, "team"),
        ({"kpis": "revenue", "grain": "mnth"}, "month"),
        ({"kpis": "revenue", "compare": ["last_yaer"]}, "last_year"),
    ],
)
def test_a_mistake_is_told_with_what_was_meant(question: dict[str, Any], hint: str, shop: Workspace) -> None:
    with pytest.raises(CadranError) as refused:
        rows(shop, question.pop("kpis"), "2026-Q1", **question)
    told = [
        f"{issue.message.en} {issue.advice.en} | {issue.message.fr} {issue.advice.fr}" for issue in refused.value.issues
    ]
    assert all(hint in text for text in told), told


@pytest.mark.parametrize(
    "where",
    [
        "1; drop table sales",
        "segment = 'PME' -- and more",
        "account_id in (select account_id from sales)",
        "read_csv('x') = 1",
        "sum(amount) > 3",
        "",
        "amount",
        "((((((((((((((((((((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))))))))))))))))))))=1",
    ],
)
def test_a_filter_is_never_more_than_a_condition(where: str, shop: Workspace) -> None:
    if where == "":
        assert values(shop, "revenue", "2026-Q1", where=where) == {"Entreprise": 1694}
        return
    with pytest.raises(CadranError):
        rows(shop, "revenue", "2026-Q1", where=where)
    assert values(shop, "revenue", "2026-Q1") == {"Entreprise": 1694}


def test_a_kpi_that_cannot_be_split_so_says_so_beside_one_that_can(shop: Workspace) -> None:
    """Leads have no product: the conversion says it, the revenue answers."""
    found = rows(shop, "revenue,conversion_rate", "2026-Q1", dimensions="product_id")
    assert {row.dimensions["product_id"]: row.value for row in found if row.kpi == "revenue"}["P1"] == 1500
    refused = [row for row in found if row.kpi == "conversion_rate"]
    assert refused
    assert all(row.value is None and row.notes[0].code == "not_split_by" for row in refused)
