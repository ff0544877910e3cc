"""Hand-counted examples of the KPIs of definitions/deals.yaml."""

from __future__ import annotations

from tests.kpi_cases.example import Example

# Won in the quarter: D1 to D4, after 10, 30, 40 and 60 days; D4 has no amount. Lost: D5 and D6. D8 is won later.
DEALS = {
    "opportunities": """
        opportunity_id | rep_id | amount | probability | first_contact_on | created_on | closed_on  | outcome
        D1             | ana    | 1000   | -           | 2026-01-01       | 2026-01-01 | 2026-01-11 | won
        D2             | ana    | 3000   | -           | 2026-01-01       | 2026-01-01 | 2026-01-31 | won
        D3             | bob    | 2000   | -           | 2026-01-01       | 2026-01-05 | 2026-02-10 | won
        D4             | bob    | -      | -           | 2026-01-01       | 2026-01-05 | 2026-03-02 | won
        D5             | ana    | 4000   | -           | 2026-01-01       | 2026-01-10 | 2026-02-01 | lost
        D6             | bob    | 6000   | -           | 2025-12-01       | 2025-12-15 | 2026-03-31 | lost
        D7             | cleo   | 500    | 0.5         | 2026-02-01       | 2026-02-01 | -          | open
        D8             | cleo   | 800    | 0.25        | 2026-03-01       | 2026-03-15 | 2026-05-01 | won
        D9             | bob    | 250    | -           | 2026-04-01       | 2026-04-01 | -          | open
        """
}

DECIDED = Example(
    DEALS,
    """
    kpi                | period  | scope      | value | numerator | denominator
    win_rate           | 2026-Q1 | company    | 4/6   | 4         | 6
    win_rate           | 2026-Q1 | team North | 4/6   | 4         | 6
    win_rate           | 2026-Q1 | rep Ana    | 2/3   | 2         | 3
    win_rate           | 2026-Q1 | rep Cleo   | -     | 0         | 0
    win_rate_amount    | 2026-Q1 | company    | 3/8   | 6000      | 16000
    win_rate_amount    | 2026-Q1 | rep Ana    | 1/2   | 4000      | 8000
    win_rate_amount    | 2026-Q1 | rep Bob    | 1/4   | 2000      | 8000
    win_rate_amount    | 2026-Q1 | team South | -     | 0         | 0
    average_deal_size  | 2026-Q1 | company    | 2000  | 6000      | 3
    average_deal_size  | 2026-Q1 | rep Bob    | 2000  | 2000      | 1
    average_deal_size  | 2026-Q2 | rep Cleo   | 800   | 800       | 1
    average_deal_size  | 2026-Q1 | rep Cleo   | -     | 0         | 0
    deals_won          | 2026-Q1 | company    | 4     | 4         | -
    deals_won          | 2026-Q1 | rep Bob    | 2     | 2         | -
    deals_won          | 2026-Q1 | team South | 0     | 0         | -
    sales_cycle_days   | 2026-Q1 | company    | 35    | 140       | 4
    sales_cycle_days   | 2026-Q1 | rep Ana    | 20    | 40        | 2
    sales_cycle_days   | 2026-Q1 | rep Bob    | 50    | 100       | 2
    sales_cycle_days   | 2026-Q1 | rep Cleo   | -     | 0         | 0
    sales_cycle_median | 2026-Q1 | company    | 35    | 35        | -
    sales_cycle_median | 2026-Q1 | rep Ana    | 20    | 20        | -
    sales_cycle_median | 2026-01 | company    | 20    | 20        | -
    sales_cycle_p80    | 2026-Q1 | company    | 48    | 48        | -
    sales_cycle_p80    | 2026-Q1 | rep Ana    | 26    | 26        | -
    sales_cycle_p80    | 2026-Q1 | rep Bob    | 56    | 56        | -
    """,
)

# The cohort KPIs count by the day a deal was created, the stocks by what was open on the last day. D2, closed on
# 31 January, is no longer open that evening.
OPENED = Example(
    DEALS,
    """
    kpi                    | period  | scope      | value   | numerator | denominator
    deals_created          | 2026-Q1 | company    | 7       | 7         | -
    deals_created          | 2026-Q1 | rep Ana    | 3       | 3         | -
    deals_created          | 2026-Q1 | team South | 2       | 2         | -
    opportunity_conversion | 2026-Q1 | company    | 5/7     | 5         | 7
    opportunity_conversion | 2026-Q1 | rep Ana    | 2/3     | 2         | 3
    opportunity_conversion | 2026-Q1 | rep Cleo   | 1/2     | 1         | 2
    deals_open             | 2026-01 | company    | 4       | 4         | -
    deals_open             | 2026-01 | rep Ana    | 1       | 1         | -
    deals_open             | 2026-Q1 | company    | 2       | 2         | -
    deals_open             | 2026-Q2 | company    | 2       | 2         | -
    pipeline_open          | 2026-01 | company    | 12000   | 12000     | -
    pipeline_open          | 2026-01 | rep Bob    | 8000    | 8000      | -
    pipeline_open          | 2026-Q1 | company    | 1300    | 1300      | -
    pipeline_open          | 2026-Q1 | rep Ana    | 0       | 0         | -
    pipeline_open          | 2026-Q2 | company    | 750     | 750       | -
    pipeline_weighted      | 2026-Q1 | company    | 450     | 450       | -
    pipeline_weighted      | 2026-Q1 | team South | 450     | 450       | -
    pipeline_weighted      | 2026-Q2 | company    | 250     | 250       | -
    sales_velocity         | 2026-Q1 | company    | 8000/105 | -        | -
    sales_velocity         | 2026-Q1 | rep Ana    | 0       | -         | -
    sales_velocity         | 2026-Q1 | rep Cleo   | -       | -         | -
    """,
)

EXAMPLES = {"deals decided": DECIDED, "deals opened": OPENED}
