"""What the doctor says of a company's data, and that the import said the same."""

from __future__ import annotations

from pathlib import Path

from cadran.health import examine
from tests.intake.importing import company, import_text

SALES = """
to:
  sales: {sale_id: n, sold_on: date, account_id: client, rep_id: rep, amount: amount}
  reps: {rep_id: rep, name: rep}
  accounts: {account_id: client, name: client}
"""
REPS = "to: {reps: {rep_id: rep, name: name, derived: no}}"
LINES = "n;date;client;rep;amount\n1;02/03/2026;A;L;1\n2;02/03/2026;B;M;2\n3;02/03/2026;A;M;3\n4;02/03/2026;A;N;4\n"


def test_a_name_is_known_by_its_record_not_by_the_facts_that_use_it(tmp_path: Path) -> None:
    workspace = company(tmp_path)
    import_text(workspace, LINES, SALES)
    assert examine(workspace).unknown == ()  # nobody delivered the reps: there is no list to be on
    import_text(workspace, "rep;name\nL;Léa\n", REPS, "reps.csv")
    again = import_text(workspace, LINES.replace(";4\n", ";5\n"), SALES, "again.csv")

    (found,) = examine(workspace).unknown
    (told,) = again.unknown

    assert (found.table, found.column, found.parent) == ("sales", "rep_id", "reps")
    assert (found.names, found.rows, found.examples) == (2, 3, ("M", "N"))
    assert (told.count, told.rows, told.names) == (2, 3, ("M", "N"))
