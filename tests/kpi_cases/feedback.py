"""Hand-counted examples of the KPIs of definitions/feedback.yaml."""

from __future__ import annotations

from tests.kpi_cases.example import Example

# An answer without a score, or with a score outside the scale, is none.
ANSWERS = Example(
    {
        "feedback": """
            account_id | rep_id | kind | score | happened_at
            C1         | ana    | nps  | 10    | 2026-01-01 00:00:00
            C2         | ana    | nps  | 9     | 2026-01-10 10:00:00
            C3         | ana    | nps  | 7     | 2026-03-31 23:59:59
            C4         | bob    | nps  | 6     | 2026-02-10 10:00:00
            C5         | bob    | nps  | 8     | 2026-02-10 10:00:00
            C6         | cleo   | nps  | 10    | 2026-02-10 10:00:00
            C6         | cleo   | nps  | 11    | 2026-02-11 10:00:00
            C6         | cleo   | nps  | -     | 2026-02-12 10:00:00
            C6         | cleo   | nps  | 0     | 2026-04-01 00:00:00
            C1         | ana    | csat | 5     | 2026-01-10 10:00:00
            C2         | ana    | csat | 4     | 2026-01-10 10:00:00
            C3         | ana    | csat | 3     | 2026-01-10 10:00:00
            C4         | bob    | csat | 1     | 2026-01-10 10:00:00
            C5         | cleo   | csat | 0     | 2026-01-10 10:00:00
            """
    },
    """
    kpi  | period  | scope      | value | numerator | denominator
    nps  | 2026-Q1 | company    | 100/3 | 200       | 6
    nps  | 2026-Q1 | team North | 20    | 100       | 5
    nps  | 2026-Q1 | rep Ana    | 200/3 | 200       | 3
    nps  | 2026-Q1 | rep Bob    | -50   | -100      | 2
    nps  | 2026-Q1 | rep Cleo   | 100   | 100       | 1
    nps  | 2026-Q2 | rep Cleo   | -100  | -100      | 1
    csat | 2026-Q1 | company    | 1/2   | 2         | 4
    csat | 2026-Q1 | rep Ana    | 2/3   | 2         | 3
    csat | 2026-Q1 | rep Bob    | 0     | 0         | 1
    csat | 2026-Q1 | rep Cleo   | -     | 0         | 0
    """,
)

EXAMPLES = {"answers": ANSWERS}
