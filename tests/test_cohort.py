"""A cohort through the door: observed, known, and estimated once all of it is as old as the horizon."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from cadran.workspace import Workspace
from tests.company import company, rows

EVENING = date(2026, 5, 31)
SPRING = date(2026, 4, 1)


@pytest.fixture
def ten_leads(tmp_path: Path) -> Workspace:
    """4 lost on day 10, 2 won on day 20, 2 open aged 15, 2 open aged 40; the company's horizon is 30 days."""
    leads = [
        *({"first_contact_on": SPRING, "lost_on": SPRING + timedelta(days=10)} for _ in range(4)),
        *({"first_contact_on": SPRING, "client_on": SPRING + timedelta(days=20)} for _ in range(2)),
        *({"first_contact_on": EVENING - timedelta(days=15)} for _ in range(2)),
        *({"first_contact_on": EVENING - timedelta(days=40)} for _ in range(2)),
    ]
    thresholds = {"horizon_days": 30, "maturity": 0.9}
    return company(tmp_path / "company", {"leads": leads}, today=EVENING + timedelta(days=1), thresholds=thresholds)


def test_the_ten_leads_of_the_definitions(ten_leads: Workspace) -> None:
    (row,) = rows(ten_leads, "conversion_rate", "2026-Q2", intervals=True)
    assert (row.value, row.maturity) == (0.2, 0.8)
    assert row.estimate == pytest.approx(0.3)
    assert row.is_provisional


def test_a_success_after_the_horizon_does_not_count(ten_leads: Workspace) -> None:
    late = (ten_leads.folder / "cadran.toml").read_text("utf-8").replace("horizon_days = 30", "horizon_days = 19")
    (ten_leads.folder / "cadran.toml").write_text(late, "utf-8")
    (row,) = rows(Workspace.open(ten_leads.folder), "conversion_rate", "2026-Q2")
    assert row.value == 0.0
