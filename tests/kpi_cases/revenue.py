"""Hand-counted examples of the KPIs of definitions/revenue.yaml."""

from __future__ import annotations

from tests.kpi_cases.example import Example

# O0 is of last year, O7 of the next quarter. C5 only gets money back; O6 has no client; one line has no cost, one has
# neither list amount nor quantity.
SHOP = {
    "products": """
        product_id | category
        P1         | Machines
        P2         | Services
        """,
    "sales": """
        kind        | order_id | account_id | rep_id | product_id | sold_on    | quantity | amount | list_amount | cost
        invoice     | O0       | C1         | ana    | P1         | 2025-11-10 | 1        | 400    | 400         | 300
        invoice     | O1       | C1         | ana    | P1         | 2026-01-05 | 2        | 800    | 1000        | 500
        invoice     | O1       | C1         | ana    | P2         | 2026-01-05 | 1        | 200    | 200         | -
        invoice     | O2       | C2         | ana    | P1         | 2026-01-20 | 1        | 400    | 500         | 250
        invoice     | O3       | C2         | bob    | P1         | 2026-02-10 | 3        | 600    | 600         | 300
        invoice     | O4       | C3         | bob    | P2         | 2026-03-31 | -        | 300    | -           | 100
        invoice     | O5       | C4         | cleo   | P1         | 2026-03-01 | 5        | 1000   | 1000        | 700
        credit_note | O0       | C5         | cleo   | P1         | 2026-03-15 | -1       | -100   | -100        | -50
        invoice     | O6       | -          | cleo   | P2         | 2026-03-20 | 1        | 500    | 500         | 400
        invoice     | O7       | C4         | cleo   | P2         | 2026-04-01 | 1        | 9000   | 9000        | 100
        """,
}

AMOUNTS = Example(
    SHOP,
    """
    kpi                 | period  | scope      | value     | numerator | denominator
    revenue             | 2026-Q1 | company    | 3700      | 3700      | -
    revenue             | 2026-Q1 | team North | 2300      | 2300      | -
    revenue             | 2026-Q1 | team South | 1400      | 1400      | -
    revenue             | 2026-Q1 | rep Ana    | 1400      | 1400      | -
    revenue             | 2026-Q1 | rep Bob    | 900       | 900       | -
    revenue             | 2026-Q1 | rep Cleo   | 1400      | 1400      | -
    average_basket      | 2026-Q1 | company    | 800       | 3200      | 4
    average_basket      | 2026-Q1 | team North | 2300/3    | 2300      | 3
    average_basket      | 2026-Q1 | team South | 900       | 900       | 1
    average_basket      | 2026-Q1 | rep Ana    | 700       | 1400      | 2
    average_basket      | 2026-Q1 | rep Bob    | 450       | 900       | 2
    average_order_value | 2026-Q1 | company    | 640       | 3200      | 5
    average_order_value | 2026-Q1 | team North | 575       | 2300      | 4
    average_order_value | 2026-Q1 | team South | 900       | 900       | 1
    average_order_value | 2026-Q1 | rep Bob    | 450       | 900       | 2
    revenue_new_clients | 2026-Q1 | company    | 2300      | 2300      | -
    revenue_new_clients | 2026-Q1 | team North | 1300      | 1300      | -
    revenue_new_clients | 2026-Q1 | rep Ana    | 400       | 400       | -
    revenue_new_clients | 2026-Q1 | rep Bob    | 900       | 900       | -
    revenue_new_clients | 2026-Q1 | rep Cleo   | 1000      | 1000      | -
    revenue_per_rep     | 2026-Q1 | company    | 3700/3    | -         | -
    revenue_per_rep     | 2026-Q1 | team North | 1150      | -         | -
    revenue_per_rep     | 2026-Q1 | rep Cleo   | 1400      | -         | -
    discount_rate       | 2026-Q1 | company    | 3/37      | 300       | 3700
    discount_rate       | 2026-Q1 | team North | 3/23      | 300       | 2300
    discount_rate       | 2026-Q1 | team South | 0         | 0         | 1400
    discount_rate       | 2026-Q1 | rep Ana    | 3/17      | 300       | 1700
    gross_margin_rate   | 2026-Q1 | company    | 13/35     | 1300      | 3500
    gross_margin_rate   | 2026-Q1 | team North | 19/42     | 950       | 2100
    gross_margin_rate   | 2026-Q1 | team South | 1/4       | 350       | 1400
    gross_margin_rate   | 2026-Q1 | rep Ana    | 3/8       | 450       | 1200
    gross_margin_rate   | 2026-Q1 | rep Bob    | 5/9       | 500       | 900
    markup_rate         | 2026-Q1 | company    | 13/22     | 1300      | 2200
    markup_rate         | 2026-Q1 | team South | 1/3       | 350       | 1050
    markup_rate         | 2026-Q1 | rep Ana    | 3/5       | 450       | 750
    markup_rate         | 2026-Q1 | rep Bob    | 5/4       | 500       | 400
    """,
)

COUNTS = Example(
    SHOP,
    """
    kpi               | period  | scope      | value | numerator | denominator
    orders            | 2026-Q1 | company    | 6     | 6         | -
    orders            | 2026-Q1 | team North | 4     | 4         | -
    orders            | 2026-Q1 | rep Cleo   | 2     | 2         | -
    active_clients    | 2026-Q1 | company    | 4     | 4         | -
    active_clients    | 2026-Q1 | team North | 3     | 3         | -
    active_clients    | 2026-Q1 | rep Ana    | 2     | 2         | -
    active_clients    | 2026-Q1 | rep Bob    | 2     | 2         | -
    active_clients    | 2026-Q1 | rep Cleo   | 1     | 1         | -
    new_clients       | 2026-Q1 | company    | 3     | 3         | -
    new_clients       | 2026-Q1 | team North | 2     | 2         | -
    new_clients       | 2026-Q1 | rep Ana    | 1     | 1         | -
    new_clients       | 2026-Q1 | rep Bob    | 2     | 2         | -
    new_clients       | 2026-Q1 | rep Cleo   | 1     | 1         | -
    active_reps       | 2026-Q1 | company    | 3     | 3         | -
    active_reps       | 2026-Q1 | team North | 2     | 2         | -
    active_reps       | 2026-Q1 | rep Cleo   | 1     | 1         | -
    orders_per_client | 2026-Q1 | company    | 5/4   | 5         | 4
    orders_per_client | 2026-Q1 | team North | 4/3   | 4         | 3
    orders_per_client | 2026-Q1 | rep Bob    | 1     | 2         | 2
    items_per_order   | 2026-Q1 | company    | 3     | 12        | 4
    items_per_order   | 2026-Q1 | team North | 7/3   | 7         | 3
    items_per_order   | 2026-Q1 | rep Ana    | 2     | 4         | 2
    items_per_order   | 2026-Q1 | rep Bob    | 3     | 3         | 1
    items_per_order   | 2026-Q1 | rep Cleo   | 5     | 5         | 1
    cross_sell_rate   | 2026-Q1 | company    | 1/4   | 1         | 4
    cross_sell_rate   | 2026-Q1 | team North | 1/3   | 1         | 3
    cross_sell_rate   | 2026-Q1 | rep Ana    | 1/2   | 1         | 2
    cross_sell_rate   | 2026-Q1 | rep Bob    | 0     | 0         | 2
    cross_sell_rate   | 2026-Q1 | rep Cleo   | 0     | 0         | 1
    repeat_rate       | 2026-Q1 | company    | 1/4   | 1         | 4
    repeat_rate       | 2026-Q1 | team North | 1/3   | 1         | 3
    repeat_rate       | 2026-Q1 | rep Ana    | 0     | 0         | 2
    repeat_rate       | 2026-Q1 | rep Bob    | 0     | 0         | 2
    """,
)

# O1: 1,500 ordered, 600 invoiced, 100 of it given back. O2 is invoiced beyond its amount. O3 was never ordered.
ORDER_BOOK = Example(
    {
        "sales": """
            kind        | order_id | account_id | rep_id | sold_on    | amount
            order       | O1       | C1         | ana    | 2026-01-10 | 1000
            order       | O1       | C1         | ana    | 2026-01-10 | 500
            order       | O2       | C2         | bob    | 2026-02-01 | 300
            invoice     | O1       | C1         | ana    | 2026-02-15 | 600
            credit_note | O1       | C1         | ana    | 2026-03-01 | -100
            invoice     | O2       | C2         | bob    | 2026-03-10 | 350
            invoice     | O3       | C3         | bob    | 2026-03-11 | 80
            order       | O4       | C4         | bob    | 2026-04-02 | 700
            """
    },
    """
    kpi      | period  | scope      | value | numerator | denominator
    bookings | 2026-Q1 | company    | 1800  | 1800      | -
    bookings | 2026-Q1 | team North | 1800  | 1800      | -
    bookings | 2026-Q1 | rep Ana    | 1500  | 1500      | -
    bookings | 2026-Q1 | rep Bob    | 300   | 300       | -
    bookings | 2026-Q2 | rep Bob    | 700   | 700       | -
    backlog  | 2026-01 | company    | 1500  | 1500      | -
    backlog  | 2026-02 | company    | 1200  | 1200      | -
    backlog  | 2026-02 | rep Ana    | 900   | 900       | -
    backlog  | 2026-Q1 | company    | 1000  | 1000      | -
    backlog  | 2026-Q1 | rep Bob    | 0     | 0         | -
    backlog  | 2026-Q2 | company    | 1700  | 1700      | -
    revenue  | 2026-Q1 | company    | 930   | 930       | -
    """,
)

# Twelve clients of 10, 20, ... 120: 780 in all, 750 with the ten largest. A client with more given back than bought
# (C13) ranks last.
TOP_TEN = Example(
    {
        "sales": """
            order_id | account_id | rep_id | sold_on    | amount
            O1       | C1         | ana    | 2026-01-05 | 10
            O2       | C2         | ana    | 2026-01-05 | 20
            O3       | C3         | ana    | 2026-01-05 | 30
            O4       | C4         | ana    | 2026-01-05 | 40
            O5       | C5         | ana    | 2026-01-05 | 50
            O6       | C6         | ana    | 2026-01-05 | 60
            O7       | C7         | ana    | 2026-01-05 | 70
            O8       | C8         | ana    | 2026-01-05 | 80
            O9       | C9         | ana    | 2026-01-05 | 90
            O10      | C10        | ana    | 2026-01-05 | 100
            O11      | C11        | bob    | 2026-01-05 | 110
            O12      | C12        | bob    | 2026-01-05 | 100
            O13      | C12        | bob    | 2026-01-06 | 20
            O14      | C13        | cleo   | 2026-01-06 | 30
            O14      | C13        | cleo   | 2026-01-07 | -50
            O15      | -          | cleo   | 2026-01-07 | 5000
            """
    },
    """
    kpi         | period  | scope      | value   | numerator | denominator
    top10_share | 2026-Q1 | company    | 750/760 | 750       | 760
    top10_share | 2026-Q1 | team North | 750/780 | 750       | 780
    top10_share | 2026-Q1 | rep Ana    | 1       | 550       | 550
    top10_share | 2026-Q1 | rep Bob    | 1       | 230       | 230
    """,
)

EXAMPLES = {"amounts": AMOUNTS, "counts": COUNTS, "order book": ORDER_BOOK, "top ten": TOP_TEN}
