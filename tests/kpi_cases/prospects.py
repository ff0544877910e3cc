"""Hand-counted examples of the KPIs of definitions/prospects.yaml."""

from __future__ import annotations

from tests.kpi_cases.example import Example

# Prospects of the quarter: C1 (two leads, one prospect), C2, L4 and L5 (no account: each stands for itself), C7; C6
# bought before its first contact and is none. C1, L4 (by its deal) and C7 (by its first purchase, in April) are won.
PROSPECTS = Example(
    {
        "leads": """
            lead_id | account_id | rep_id | first_contact_on | client_on  | lost_on
            L1      | C1         | ana    | 2026-01-10       | 2026-02-10 | -
            L2      | C1         | ana    | 2026-01-20       | -          | -
            L3      | C2         | ana    | 2026-02-01       | -          | 2026-03-01
            L4      | -          | bob    | 2026-02-15       | -          | -
            L5      | -          | bob    | 2026-03-31       | -          | -
            L6      | C6         | bob    | 2026-03-01       | -          | -
            L7      | C7         | cleo   | 2026-03-01       | -          | -
            L8      | C8         | cleo   | 2026-04-01       | 2026-04-02 | -
            """,
        "opportunities": """
            opportunity_id | lead_id | rep_id | amount | created_on | closed_on  | outcome
            D1             | L4      | bob    | 100    | 2026-02-20 | 2026-03-15 | won
            """,
        "sales": """
            order_id | account_id | rep_id | sold_on    | amount
            O1       | C6         | bob    | 2025-06-01 | 100
            O2       | C7         | cleo   | 2026-04-15 | 100
            """,
        "activities": """
            rep_id | kind    | happened_at
            ana    | call    | 2026-01-05 09:00:00
            ana    | meeting | 2026-01-31 23:59:00
            bob    | visit   | 2026-02-01 00:00:00
            bob    | email   | 2026-02-01 10:00:00
            bob    | quote   | 2026-03-31 23:59:59
            ana    | demo    | 2026-04-01 00:00:00
            cleo   | meeting | 2026-03-05 14:00:00
            """,
    },
    """
    kpi                | period  | scope      | value | numerator | denominator
    leads_created      | 2026-Q1 | company    | 7     | 7         | -
    leads_created      | 2026-Q1 | team North | 6     | 6         | -
    leads_created      | 2026-Q1 | rep Cleo   | 1     | 1         | -
    conversion_rate    | 2026-Q1 | company    | 3/5   | 3         | 5
    conversion_rate    | 2026-Q1 | team North | 2/4   | 2         | 4
    conversion_rate    | 2026-Q1 | rep Ana    | 1/2   | 1         | 2
    conversion_rate    | 2026-Q1 | rep Bob    | 1/2   | 1         | 2
    conversion_rate    | 2026-Q1 | rep Cleo   | 1     | 1         | 1
    activities         | 2026-Q1 | company    | 6     | 6         | -
    activities         | 2026-Q1 | rep Bob    | 3     | 3         | -
    activities         | 2026-01 | company    | 2     | 2         | -
    meetings           | 2026-Q1 | company    | 3     | 3         | -
    meetings           | 2026-01 | company    | 1     | 1         | -
    meetings           | 2026-02 | rep Bob    | 1     | 1         | -
    activities_per_win | 2026-Q1 | company    | 6     | -         | -
    activities_per_win | 2026-Q1 | team North | 5     | -         | -
    activities_per_win | 2026-Q1 | rep Ana    | -     | -         | -
    """,
)

EXAMPLES = {"prospects": PROSPECTS}
