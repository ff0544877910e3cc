"""What intake saw of the rows it brings is what the store would find by looking: its profile, its ids, its keys."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from cadran.store.profile import measure
from cadran.store.seen import NOTHING
from cadran.tables.model import SALES_MODEL
from cadran.workspace import Workspace

from .importing import HEADER, KEYED_SALES, SALES, company, import_text

cells = st.tuples(
    st.sampled_from(["F1", "F2", "F9", "F10", ""]),
    st.sampled_from(["02/03/2026", "01/02/2026", "2026-02-01", "31/12/1899", "31/12/2090", "", "hier"]),
    st.sampled_from(["Client 1", "Client 2", "Client  2", ""]),
    st.sampled_from(["Léa", "Paul", ""]),
    st.sampled_from(["10", "20,50", "-3", "", "cent"]),
)


def _look_again(workspace: Workspace) -> None:
    with workspace.lake() as lake:
        for name, told in lake.state().tables.items():
            if told.rows:
                assert told == measure(lake.connection, SALES_MODEL[name], NOTHING)
        for domain in ("account", "rep"):
            used = lake.query(f"SELECT DISTINCT {domain}_id FROM lake.sales WHERE {domain}_id IS NOT NULL")
            assert sorted(used) == sorted(lake.query(f"SELECT id FROM lake.keys_{domain}"))


@settings(max_examples=12, deadline=None)
@given(
    rows=st.lists(cells, min_size=1, max_size=8),
    repeated=st.integers(1, 3),
    mapping=st.sampled_from([SALES, KEYED_SALES]),
)
def test_the_profile_and_the_ids_are_those_of_the_rows(
    rows: list[tuple[str, ...]], repeated: int, mapping: str
) -> None:
    """Repeated cells make the texts of a column worth gathering."""
    text = HEADER + "".join(";".join(row) + "\n" for row in rows * repeated)
    with TemporaryDirectory() as folder:
        workspace = company(Path(folder))
        import_text(workspace, text, mapping)
        _look_again(workspace)


def test_texts_gathered_from_plain_rows_serve_ids_and_profile(tmp_path: Path) -> None:
    workspace = company(tmp_path)
    import_text(
        workspace, HEADER + "".join(f"F{i};0{1 + i % 9}/03/2026;C{i % 3};Léa;10\n" for i in range(1, 30)), KEYED_SALES
    )
    _look_again(workspace)
    with workspace.lake() as lake:
        sold = lake.state().tables["sales"].columns["sold_on"]
        assert (sold.filled, sold.low, sold.high) == (29, "2026-03-01", "2026-03-09")
        assert lake.query("SELECT count(*) FROM lake.keys_account") == [(3,)]


def test_a_key_that_comes_again_after_rising_ones_is_found(tmp_path: Path) -> None:
    workspace = company(tmp_path)
    lines = "".join(f"F{i};02/03/2026;A;Léa;10\n" for i in (*range(1, 40), 7))
    report = import_text(workspace, HEADER + lines, KEYED_SALES)
    assert [(each.read, each.new, each.collapsed) for each in report.record.counts if each.table == "sales"] == [
        (40, 39, 1)
    ]
