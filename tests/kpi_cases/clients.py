"""Hand-counted examples of the KPIs of definitions/clients.yaml."""

from __future__ import annotations

from tests.kpi_cases.example import Example

# Buyers of the fourth quarter: C1, C2, C3 (C4 only got money back). In the first, C1 and C2 buy again, C2 from Bob;
# C3 only gets money back; C5 is new.
BOUGHT_AGAIN = Example(
    {
        "sales": """
            order_id | account_id | rep_id | sold_on    | amount
            O1       | C1         | ana    | 2025-10-01 | 100
            O2       | C2         | ana    | 2025-11-01 | 100
            O3       | C3         | bob    | 2025-12-31 | 100
            O4       | C4         | bob    | 2025-12-01 | -50
            O5       | C1         | ana    | 2026-01-10 | 100
            O6       | C2         | bob    | 2026-02-01 | 100
            O7       | C3         | bob    | 2026-03-01 | -20
            O8       | C5         | cleo   | 2026-03-31 | 100
            """
    },
    """
    kpi            | period  | scope      | value | numerator | denominator
    retention_rate | 2026-Q1 | company    | 2/3   | 2         | 3
    retention_rate | 2026-Q1 | team North | 2/3   | 2         | 3
    retention_rate | 2026-Q1 | rep Ana    | 1/2   | 1         | 2
    retention_rate | 2026-Q1 | rep Bob    | 0     | 0         | 1
    retention_rate | 2026-Q1 | rep Cleo   | -     | 0         | 0
    retention_rate | 2026-02 | company    | 0     | 0         | 1
    retention_rate | 2026-01 | company    | 0     | 0         | 1
    """,
)

# Due in the first quarter: K1 on 1 January (renewed by K1b), K3 on 16 February (tacit, goes on), K4 on 1 March (lost).
# K2, terminated, is due on 1 April. Under contract on 1 January: C1 1,500, C2 600, C3 400, C4 300. On 31 March C1 has
# 500 more (K5), C4 nothing; C6 is new.
CONTRACTS = Example(
    {
        "contracts": """
            contract_id | account_id | product_id | rep_id | starts_on  | ends_on    | annual_value | tacit | terminated_on | renews_contract_id
            K1          | C1         | P1         | ana    | 2025-01-01 | 2025-12-31 | 1200         | false | -             | -
            K1b         | C1         | P1         | ana    | 2026-01-01 | 2026-12-31 | 1500         | false | -             | K1
            K2          | C2         | P1         | bob    | 2025-04-01 | 2026-03-31 | 600          | true  | 2026-02-01    | -
            K3          | C3         | P1         | bob    | 2025-02-16 | 2026-02-15 | 400          | true  | -             | -
            K4          | C4         | P1         | bob    | 2025-03-01 | 2026-02-28 | 300          | false | -             | -
            K5          | C1         | P2         | ana    | 2026-02-01 | 2027-01-31 | 500          | false | -             | -
            K6          | C6         | P1         | cleo   | 2026-03-01 | 2027-02-28 | 900          | false | -             | -
            """  # noqa: E501
    },
    """
    kpi            | period  | scope      | value     | numerator | denominator
    renewal_rate   | 2026-Q1 | company    | 2/3       | 2         | 3
    renewal_rate   | 2026-Q1 | rep Ana    | 1         | 1         | 1
    renewal_rate   | 2026-Q1 | rep Bob    | 1/2       | 1         | 2
    renewal_rate   | 2026-Q2 | company    | 0         | 0         | 1
    retention_rate | 2026-Q1 | company    | 2/3       | 2         | 3
    retention_rate | 2026-Q1 | team North | 2/3       | 2         | 3
    retention_rate | 2026-Q1 | rep Bob    | 1/2       | 1         | 2
    retention_rate | 2026-Q2 | company    | 0         | 0         | 1
    grr            | 2026-Q1 | company    | 2500/2800 | 2500      | 2800
    grr            | 2026-Q1 | rep Ana    | 1         | 1500      | 1500
    grr            | 2026-Q1 | rep Bob    | 10/13     | 1000      | 1300
    grr            | 2026-Q1 | rep Cleo   | -         | 0         | 0
    nrr            | 2026-Q1 | company    | 3000/2800 | 3000      | 2800
    nrr            | 2026-Q1 | rep Ana    | 4/3       | 2000      | 1500
    nrr            | 2026-Q1 | rep Bob    | 10/13     | 1000      | 1300
    logo_churn     | 2026-Q1 | company    | 1/4       | 1         | 4
    logo_churn     | 2026-Q1 | rep Ana    | 0         | 0         | 1
    logo_churn     | 2026-Q1 | rep Bob    | 1/3       | 1         | 3
    logo_churn     | 2026-Q2 | team South | 0         | 0         | 1
    """,
    {"retention_basis": "contracts"},
)

EXAMPLES = {"bought again": BOUGHT_AGAIN, "contracts": CONTRACTS}
