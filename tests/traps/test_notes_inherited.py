"""What must be said beside a number is said wherever the number appears: at every level, and in what is made of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from cadran.answer import AnswerRow
from tests.company import company, rows, table

OWN = """
renewals_per_deal:
  label: {fr: "Renouvellements par affaire", en: "Renewals per deal"}
  question: {fr: "Combien ?", en: "How many?"}
  definition: {fr: "Renouvellements par affaire.", en: "Renewals per deal."}
  kind: derived
  formula: "{renewal_rate} / {deals_won}"
  unit: ratio
"""


def _codes(row: AnswerRow) -> list[str]:
    return [note.code for note in row.notes]


def test_a_derived_kpi_is_as_provisional_as_its_parts(tmp_path: Path) -> None:
    """On 31 March K2, due on the 21st, may still be renewed."""
    folder = tmp_path / "company"
    (folder / "kpis").mkdir(parents=True)
    (folder / "kpis" / "own.yaml").write_text(OWN, "utf-8")
    contracts = """
        contract_id | account_id | starts_on  | ends_on    | annual_value | terminated_on
        K1          | C1         | 2025-01-01 | 2026-01-10 | 100          | 2025-12-01
        K2          | C2         | 2025-01-01 | 2026-03-20 | 100          | -
        """
    deals = """
        opportunity_id | outcome | created_on | closed_on
        D1             | won     | 2026-01-01 | 2026-01-20
        """
    workspace = company(folder, {"contracts": table(contracts), "opportunities": table(deals)})
    part, whole = (
        rows(workspace, kpi, "2026-Q1", as_of=date(2026, 3, 31))[0] for kpi in ("renewal_rate", "renewals_per_deal")
    )
    assert part.is_provisional
    assert whole.is_provisional
    assert [note for note in whole.notes if note.code == "pending"] == [n for n in part.notes if n.code == "pending"]
    assert _codes(whole).count("pending") == 1
    (final,) = rows(workspace, "renewals_per_deal", "2026-Q1", as_of=date(2026, 6, 30))
    assert not final.is_provisional


def test_a_date_that_stands_in_is_told_to_everyone(tmp_path: Path) -> None:
    deals = """
        opportunity_id | rep_id | source | outcome | created_on | closed_on  | first_contact_on
        D1             | R1     | web    | won     | 2026-01-01 | 2026-01-20 | -
        D2             | R1     | web    | won     | 2026-01-05 | 2026-01-20 | 2026-01-03
        """
    tables = {"reps": [{"rep_id": "R1", "name": "Ana"}], "opportunities": table(deals)}
    workspace = company(tmp_path / "company", tables)
    for changes in ({"levels": "rep"}, {"levels": "company", "dimensions": "source"}):
        assert ["stand_in" in _codes(row) for row in rows(workspace, "sales_cycle_days", "2026-Q1", **changes)] == [
            True
        ]


def test_rows_left_out_of_a_retention_are_counted_on_both_sides(tmp_path: Path) -> None:
    """Doubtful: one purchase of the fourth quarter and two of the first."""
    sales = table(
        """
        order_id | account_id | sold_on    | amount
        O1       | C1         | 2025-10-05 | 1
        O2       | C2         | 2025-11-05 | 1
        O3       | C3         | 2025-12-05 | 1
        O4       | C1         | 2026-01-05 | 1
        O5       | C2         | 2026-02-05 | 1
        O6       | C1         | 2026-03-05 | 1
        """
    )
    doubtful = [row | ({"doubts": ["amount"]} if row["order_id"] in ("O3", "O5", "O6") else {}) for row in sales]
    workspace = company(tmp_path / "company", {"sales": doubtful})
    (row,) = rows(workspace, "retention_rate", "2026-Q1")
    assert (row.numerator, row.denominator) == (1, 2)
    assert [note.message.fr.split()[0] for note in row.notes if note.code == "rows_left_out"] == ["3"]
    (alone,) = rows(workspace, "active_clients", "2026-Q1")
    assert [note.message.fr.split()[0] for note in alone.notes if note.code == "rows_left_out"] == ["2"]
