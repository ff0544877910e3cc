"""Recurring revenue kept is money per client, and skewed: its interval is drawn over clients, from twenty on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cadran.statistics.intervals import ratio_bootstrap
from tests.company import company, rows

# Client i is worth 100 (i + 1) on 1 January. On 31 March every fifth is lost, every other third one worth half more.
BEFORE = [100 * (i + 1) for i in range(25)]
NOW = [0 if i % 5 == 0 else b * 1.5 if i % 3 == 0 else b for i, b in enumerate(BEFORE)]


def _contracts(clients: int) -> list[dict[str, object]]:
    """One contract over the whole of 2025 and 2026, or one that ends in February, or a second one beside the first."""
    found: list[dict[str, object]] = []
    for i in range(clients):
        ends_on = "2026-02-15" if NOW[i] == 0 else "2026-12-31"
        row = {"account_id": f"C{i}", "rep_id": None, "starts_on": "2025-02-01", "ends_on": ends_on}
        found.append({**row, "contract_id": f"K{i}", "annual_value": BEFORE[i]})
        if NOW[i] > BEFORE[i]:
            more = {"contract_id": f"M{i}", "starts_on": "2026-02-01", "annual_value": NOW[i] - BEFORE[i]}
            found.append({**row, **more})
    return found


def test_the_interval_is_drawn_over_clients(tmp_path: Path) -> None:
    workspace = company(tmp_path / "company", {"contracts": _contracts(25)})
    before, now = np.array(BEFORE, dtype=float), np.array(NOW, dtype=float)
    for kpi, kept in (("nrr", now), ("grr", np.minimum(before, now))):
        (row,) = rows(workspace, kpi, "2026-Q1", intervals=True)
        assert row.value == pytest.approx(kept.sum() / before.sum())
        drawn = ratio_bootstrap(kept, before)
        assert drawn is not None
        assert (row.low, row.high) == pytest.approx((drawn.low, drawn.high))
        assert drawn.low < row.value < drawn.high


def test_nineteen_clients_carry_none(tmp_path: Path) -> None:
    workspace = company(tmp_path / "company", {"contracts": _contracts(19)})
    for row in rows(workspace, "grr,nrr", "2026-Q1", intervals=True):
        assert row.value is not None
        assert (row.low, row.high) == (None, None)
        assert "sample_too_small" in [note.code for note in row.notes]
