"""Why a number is not what it was: rows, settings and definitions, each for its part of the difference.

snapshot 2 (import 1)             snapshot 3 (import 2)
S1  Anne   5 Jan   100            120
S2  Anne   6 Jan    50
S3  Bruno  7 Jan    30            Anne's
S4                                Bruno  8 Jan  7

revenue of January: 180 -> 207; Anne 150 -> 200; Bruno 30 -> 7
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cadran.access import EVERYTHING, Role, Viewer
from cadran.difference import Difference, KpiDifference, What, Why, difference
from cadran.errors import RequestError
from cadran.store import ledger
from cadran.store.delivery import Replacement
from cadran.workspace import Workspace
from tests.company import answer, company, deliver, question, table

REPS = table("rep_id | name\nA | Anne\nB | Bruno")
FIRST = """
sale_id | order_id | account_id | rep_id | sold_on    | amount
S1      | o1       | c1         | A      | 2026-01-05 | 100
S2      | o2       | c2         | A      | 2026-01-06 | 50
S3      | o3       | c3         | B      | 2026-01-07 | 30
"""
SECOND = """
sale_id | order_id | account_id | rep_id | sold_on    | amount
S1      | o1       | c1         | A      | 2026-01-05 | 120
S3      | o3       | c3         | A      | 2026-01-07 | 30
S4      | o4       | c4         | B      | 2026-01-08 | 7
"""
ANNE = Viewer("anne@example.org", Role.REP, "A")
BRUNO = Viewer("bruno@example.org", Role.REP, "B")


def changed(
    workspace: Workspace, kpis: str = "revenue", since: date | int = 2, viewer: Viewer = EVERYTHING, **more: Any
) -> Difference:
    until = more.pop("until", None)
    return difference(workspace, question(workspace, kpis, "2026-01", **more), viewer, since=since, until=until)


def number(found: Difference, name: str = "Entreprise", kpi: str = "revenue") -> KpiDifference:
    (each,) = (each for each in found.numbers if each.scope_name == name and each.kpi == kpi)
    return each


def told(each: KpiDifference) -> dict[str, tuple[What, Any, dict[str, tuple[Any, Any]]]]:
    return {
        row.key: (row.what, row.part, {cell.column: (cell.before, cell.after) for cell in row.cells})
        for row in each.rows
    }


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = company(tmp_path_factory.mktemp("changed") / "shop", {"reps": REPS, "sales": table(FIRST)})
    deliver(workspace, {"sales": table(SECOND)})
    return workspace


def test_the_rows_that_changed_add_up_to_the_difference(shop: Workspace) -> None:
    found = changed(shop, levels="company,rep")
    whole = number(found)
    assert (whole.before, whole.after, whole.difference, whole.by_rows) == (180, 207, 27, 27)
    assert told(whole) == {"S1": (What.CHANGED, 20, {"amount": (100, 120)}), "S4": (What.APPEARED, 7, {})}
    assert told(number(found, "Anne")) == {
        "S1": (What.CHANGED, 20, {"amount": (100, 120)}),
        "S3": (What.CHANGED, 30, {"rep_id": ("B", "A")}),
    }
    bruno = number(found, "Bruno")
    assert (bruno.difference, [row.part for row in bruno.rows]) == (-23, [-30, 7])
    assert {(row.why, row.by) for each in found.numbers for row in each.rows} == {(Why.IMPORTED, 2)}
    assert [record.id for record in found.imports] == [2]
    assert (found.since, found.until, found.settings, found.definitions) == (2, 3, (), ())


def test_nothing_changed_between_a_snapshot_and_itself(shop: Workspace) -> None:
    found = changed(shop, since=3)
    assert (number(found).difference, number(found).rows, found.imports) == (0, (), ())


def test_what_a_ratio_is_made_of(shop: Workspace) -> None:
    basket = number(changed(shop, "average_basket"), kpi="average_basket")
    assert (basket.before, basket.after) == (60, Decimal("51.75"))  # 180 / 3, 207 / 4
    assert basket.by_rows == Decimal("-8.25")
    assert told(basket) == {
        "S1": (What.CHANGED, None, {"amount": (100, 120)}),
        "S3": (What.CHANGED, None, {"rep_id": ("B", "A")}),
        "S4": (What.APPEARED, None, {}),
    }
    (new,) = (row for row in basket.rows if row.key == "S4")
    assert (new.before.in_numerator, new.after.in_numerator, new.says["amount"]) == (None, True, 7)


def test_what_was_somebody_elses_is_not_told(shop: Workspace) -> None:
    mine = changed(shop, "revenue,average_basket", viewer=ANNE)
    assert {each.scope_name for each in mine.numbers} == {"Anne"}
    assert told(number(mine, "Anne"))["S3"] == (What.APPEARED, 30, {})
    assert told(number(mine, "Anne", "average_basket"))["S3"] == (What.APPEARED, None, {})
    theirs = changed(shop, "revenue,average_basket", viewer=BRUNO)
    assert told(number(theirs, "Bruno"))["S3"] == (What.DISAPPEARED, -30, {})
    assert told(number(theirs, "Bruno"))["S4"] == (What.APPEARED, 7, {})
    assert {row.key for each in theirs.numbers for row in each.rows} == {"S3", "S4"}
    (gone,) = (row for row in number(theirs, "Bruno").rows if row.key == "S3")
    assert gone.says["rep_id"] == "B"


SHARED = {"fact": "sales", "fact_id": "S1", "share": "0.5"}


def test_whose_a_shared_row_is_is_not_told(tmp_path: Path) -> None:
    """S1 is Anne's, then Carl's; Bruno has half of it all along: 50, then 60."""
    halves = [{**SHARED, "rep_id": rep} for rep in ("A", "B")]
    reps = table("rep_id | name\nA | Anne\nB | Bruno\nC | Carl")
    shop = company(tmp_path / "shop", {"reps": reps, "sales": table(FIRST)[:1], "credits": halves})
    deliver(shop, {"sales": [{**table(SECOND)[0], "rep_id": "C"}]})
    for kpis, part in (("revenue", 10), ("average_basket", None)):
        each = number(changed(shop, kpis, viewer=BRUNO), "Bruno", kpis)
        assert told(each) == {"S1": (What.CHANGED, part, {"amount": (100, 120)})}
        assert "rep_id" not in each.rows[0].says
        assert each.rows[0].says["amount"] == 120
    whole = number(changed(shop))
    assert told(whole)["S1"][2] == {"rep_id": ("A", "C"), "amount": (100, 120)}
    assert whole.rows[0].says["rep_id"] == "C"


def test_a_shared_row_that_becomes_ones_own_does_not_tell_whose_it_was(tmp_path: Path) -> None:
    halves = [{**SHARED, "rep_id": rep} for rep in ("A", "B")]
    shop = company(tmp_path / "shop", {"reps": REPS, "sales": table(FIRST)[:1], "credits": halves})
    deliver(shop, {"sales": [{**table(SECOND)[0], "rep_id": "B"}]})
    each = number(changed(shop, viewer=BRUNO), "Bruno")
    assert told(each) == {"S1": (What.CHANGED, 10, {"rep_id": (None, "B"), "amount": (100, 120)})}
    assert each.rows[0].says["rep_id"] == "B"


def test_an_import_that_did_nothing_to_ones_rows_is_not_told(tmp_path: Path) -> None:
    """Import 2 corrects a row of Anne's, import 3 one of Bruno's."""
    shop = company(tmp_path / "shop", {"reps": REPS, "sales": table(FIRST)})
    annes, brunos = table(FIRST)[0], table(FIRST)[2]
    deliver(shop, {"sales": [{**annes, "amount": "120"}]})
    deliver(shop, {"sales": [{**brunos, "amount": "31"}]})
    told_to = {viewer: [record.id for record in changed(shop, viewer=viewer).imports] for viewer in (ANNE, BRUNO)}
    assert told_to == {ANNE: [2], BRUNO: [3]}
    assert [record.id for record in changed(shop).imports] == [2, 3]


# -- undone, replaced --------------------------------------------------------------------------------------------


def test_what_an_undoing_took_back(tmp_path: Path) -> None:
    shop = company(tmp_path / "shop", {"reps": REPS, "sales": table(FIRST)})
    number_of_import = deliver(shop, {"sales": table(SECOND)})
    with shop.lake(read_only=False) as lake:
        ledger.undo(lake, number_of_import, "test")
    found = changed(shop, since=3)
    assert told(number(found)) == {"S1": (What.CHANGED, -20, {"amount": (120, 100)}), "S4": (What.DISAPPEARED, -7, {})}
    assert {(row.why, row.by) for row in number(found).rows} == {(Why.UNDONE, 2)}
    assert [(record.id, record.status) for record in found.imports] == [(2, "undone")]
    assert number(changed(shop, since=2)).rows == ()  # back to what it was
    assert number(changed(shop, since=2, until=3)).difference == 27


def test_what_a_replacement_took_away_and_its_undoing_gave_back(tmp_path: Path) -> None:
    shop = company(tmp_path / "shop", {"reps": REPS})
    deliver(shop, {"sales": table(FIRST)}, source="erp")
    january = Replacement(date(2026, 1, 1), date(2026, 2, 1))
    replaced = deliver(shop, {"sales": table(FIRST)[:1]}, source="erp", replace=january)
    found = number(changed(shop, since=3))
    assert told(found) == {"S2": (What.DISAPPEARED, -50, {}), "S3": (What.DISAPPEARED, -30, {})}
    assert {(row.why, row.by) for row in found.rows} == {(Why.REPLACED, replaced)}
    with shop.lake(read_only=False) as lake:
        ledger.undo(lake, replaced, "test")
    back = number(changed(shop, since=4))
    assert told(back) == {"S2": (What.APPEARED, 50, {}), "S3": (What.APPEARED, 30, {})}
    assert {(row.why, row.by) for row in back.rows} == {(Why.UNDONE, replaced)}


# -- settings, definitions ---------------------------------------------------------------------------------------

OWN = """
big_sales:
  label: {{fr: "Grosses ventes", en: "Big sales"}}
  question: {{fr: "Combien ?", en: "How much?"}}
  definition: {{fr: "Ventes d’au moins {least}.", en: "Sales of {least} or more."}}
  kind: flow
  of: sales
  on: sold_on
  where: amount >= {least}
  formula: sum(amount)
  unit: money
  additivity: additive
"""


def test_rows_then_settings_then_definitions(tmp_path: Path) -> None:
    """S1 120, S2 50, S3 30 freight, S4 7. At least 60: 100 -> rows 120; without freight nothing less; at least 20:
    120 + 50 = 170. The freight counts for revenue: 180 -> rows 207 -> settings 177."""
    folder = tmp_path / "shop"
    (folder / "kpis").mkdir(parents=True)
    (folder / "kpis" / "own.yaml").write_text(OWN.format(least=60), "utf-8")
    freight = [{**row, "nature": "freight" if row["sale_id"] == "S3" else None} for row in table(FIRST)]
    company(folder, {"reps": REPS, "sales": freight})
    later = [{**row, "nature": "freight" if row["sale_id"] == "S3" else None} for row in table(SECOND)]
    deliver(Workspace.open(folder), {"sales": later})
    (folder / "kpis" / "own.yaml").write_text(OWN.format(least=20), "utf-8")
    toml = folder / "cadran.toml"
    toml.write_text(toml.read_text("utf-8").replace("[company]", '[company]\nexcluded_natures = ["freight"]'), "utf-8")
    found = changed(Workspace.open(folder), "revenue,big_sales")
    revenue, big = number(found), number(found, kpi="big_sales")
    assert (revenue.before, revenue.by_rows, revenue.by_settings, revenue.by_definitions) == (180, 27, -30, 0)
    assert revenue.after == 177
    assert (big.before, big.by_rows, big.by_settings, big.by_definitions, big.after) == (100, 20, 0, 50, 170)
    assert [row.key for row in big.rows] == ["S1"]
    assert [(each.name, each.before, each.after) for each in found.settings] == [("excluded_natures", (), ("freight",))]
    assert [(each.kpi, each.part, each.before, each.after) for each in found.definitions if each.part == "where"] == [
        ("big_sales", "where", "amount >= 60", "amount >= 20")
    ]


def test_a_kpi_that_was_not_defined_then(shop: Workspace, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "shop"
    shutil.copytree(shop.folder, folder)
    (folder / "kpis").mkdir(exist_ok=True)
    (folder / "kpis" / "own.yaml").write_text(OWN.format(least=60), "utf-8")
    found = changed(Workspace.open(folder), "revenue,big_sales")
    big = number(found, kpi="big_sales")
    assert (big.before, big.by_rows, big.by_definitions, big.after) == (None, None, 120, 120)
    assert [(each.kpi, each.part, each.before) for each in found.definitions] == [("big_sales", "", None)]
    assert number(found).difference == 27


def test_a_derived_kpi_brings_its_parts(tmp_path: Path) -> None:
    shop = company(tmp_path / "shop", {"reps": REPS, "sales": table(FIRST)})
    deliver(shop, {"sales": table(SECOND)})
    found = changed(shop, "orders_per_client")
    assert {each.kpi for each in found.numbers} >= {"orders_per_client"}


def test_a_rate_that_changed_counts_the_same_row_otherwise(tmp_path: Path) -> None:
    rates = table("currency | rate_on | rate\nUSD | 2026-01-01 | 0.9")
    sold = [{**table(FIRST)[0], "currency": "USD"}]
    shop = company(tmp_path / "shop", {"sales": sold, "exchange_rates": rates})
    deliver(shop, {"exchange_rates": table("currency | rate_on | rate\nUSD | 2026-01-01 | 0.8")})
    found = number(changed(shop))
    assert (found.before, found.after, found.through) == (90, 80, ("exchange_rates",))
    assert told(found) == {"S1": (What.AFFECTED, -10, {})}
    assert (found.rows[0].why, found.rows[0].says["amount"]) == (None, 100)


def test_a_share_of_a_sale_is_a_part(tmp_path: Path) -> None:
    """A third and two thirds of 100, then half each: the parts are exact, whatever the shares."""
    third, rest = "0.333333333333", "0.666666666667"
    shares = table(f"fact | fact_id | rep_id | share\nsales | S1 | A | {third}\nsales | S1 | B | {rest}")
    shop = company(tmp_path / "shop", {"reps": REPS, "sales": table(FIRST)[:1], "credits": shares})
    halves = table("fact | fact_id | rep_id | share\nsales | S1 | A | 0.5\nsales | S1 | B | 0.5")
    deliver(shop, {"credits": halves})
    found = changed(shop, levels="company,rep")
    assert number(found).rows == ()
    for name in ("Anne", "Bruno"):
        each = number(found, name)
        assert round(sum(row.part for row in each.rows), 4) == each.difference
        assert each.through == ("credits",)


# -- what cannot be told -----------------------------------------------------------------------------------------


def test_before_the_first_import_nothing_was_known(shop: Workspace) -> None:
    for since in (1, date(2020, 1, 1)):
        with pytest.raises(RequestError) as refused:
            changed(shop, since=since)
        assert refused.value.code == "nothing_known"


def test_of_a_day_to_come_nothing_is_known_yet(shop: Workspace) -> None:
    """The clock of the shop is set to 1 January 2027. That evening may be asked for, the next may not."""
    latest = max(date(2027, 1, 1), datetime.now(UTC).date() + timedelta(days=1))
    with pytest.raises(RequestError) as refused:
        changed(shop, since=latest + timedelta(days=1))
    assert refused.value.code == "evening_ahead"
    assert "at the latest" in refused.value.issues[0].advice.en
    with pytest.raises(RequestError) as refused:
        changed(shop, until=latest + timedelta(days=1))
    assert refused.value.code == "evening_ahead"
    assert number(changed(shop, since=date(2027, 1, 1))).difference == 0


def test_backwards_or_by_a_dimension_is_refused(shop: Workspace) -> None:
    with pytest.raises(RequestError) as refused:
        changed(shop, since=3, until=2)
    assert refused.value.code == "changes_backwards"
    with pytest.raises(RequestError) as refused:
        changed(shop, dimensions="segment")
    assert refused.value.code == "changes_by_dimension"


# -- for any history ---------------------------------------------------------------------------------------------

_SALE = st.tuples(st.integers(0, 5), st.sampled_from(["A", "B", None]), st.integers(-9_999, 99_999), st.integers(0, 45))
_STEP = st.one_of(st.lists(_SALE, min_size=1, max_size=4, unique_by=lambda sale: sale[0]), st.integers(0, 4))


def _lived(folder: Path, steps: list[Any]) -> tuple[Workspace, list[int]]:
    """A company that went through imports (lists of sales) and undoings (numbers of imports, by rank)."""
    shop = company(folder, {"reps": REPS})
    snapshots = [2]
    for step in [[(0, "A", 100, 0)], *steps]:
        if isinstance(step, list):
            deliver(shop, {"sales": [_sale(*each) for each in step]})
        elif not _undone(shop, step):
            continue
        with shop.lake() as lake:
            snapshots.append(lake.snapshot())
    return shop, snapshots


def _sale(key: int, rep: str | None, cents: int, day: int) -> dict[str, Any]:
    sold_on = date(2025, 12, 20) + timedelta(days=day)
    amount = Decimal(cents) / 100
    return {"sale_id": f"S{key}", "order_id": f"o{key}", "rep_id": rep, "sold_on": sold_on, "amount": amount}


def _undone(shop: Workspace, rank: int) -> bool:
    with shop.lake(read_only=False) as lake:
        living = [record.id for record in ledger.imports(lake) if record.status == "live" and record.id > 1]
        if not living:
            return False
        ledger.undo(lake, living[rank % len(living)], "test")
    return True


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_STEP, min_size=2, max_size=4))
def test_parts_add_up_to_the_cent_whatever_happened(steps: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        shop, snapshots = _lived(Path(folder) / "shop", steps)
        for since in (snapshots[0], snapshots[len(snapshots) // 2]):
            found = changed(shop, since=since, levels="company,rep")
            then, now = (_revenue(shop, known_on=each) for each in (since, None))
            for each in found.numbers:
                key = each.scope_name, each.place.scope
                assert (each.before or 0, each.after or 0) == (then.get(key) or 0, now.get(key) or 0)
                assert sum((row.part for row in each.rows), Decimal()) == each.difference or not each.rows
                assert each.rows or not each.difference
            assert {key for key, value in (then | now).items() if value} <= set(_places(found))


def _revenue(shop: Workspace, **changes: Any) -> dict[tuple[str, str], Any]:
    found = answer(shop, "revenue", "2026-01", levels="company,rep", **changes)
    return {(row.scope_name, row.scope): row.value for row in found.rows}


def _places(found: Difference) -> Iterator[tuple[str, str]]:
    return ((each.scope_name, each.place.scope) for each in found.numbers)


# -- other kinds -------------------------------------------------------------------------------------------------


def test_clients_kept_then_and_now(tmp_path: Path) -> None:
    """Clients of December: c1 and c2. In January c1 bought again: 1/2. A late invoice of c2 makes it 2/2."""
    sold = """
    sale_id | order_id | account_id | rep_id | sold_on    | amount
    S1      | o1       | c1         | A      | 2025-12-05 | 10
    S2      | o2       | c2         | A      | 2025-12-06 | 10
    S3      | o3       | c1         | A      | 2026-01-07 | 10
    """
    shop = company(tmp_path / "shop", {"reps": REPS, "sales": table(sold)})
    late = {"sale_id": "S4", "order_id": "o4", "account_id": "c2", "rep_id": "A", "sold_on": "2026-01-09", "amount": 5}
    deliver(shop, {"sales": [late]})
    found = number(changed(shop, "retention_rate", levels="company,rep"), kpi="retention_rate")
    assert (found.before, found.after, found.by_rows) == (0.5, 1.0, 0.5)
    assert told(found) == {"S2": (What.AFFECTED, None, {}), "S4": (What.APPEARED, None, {})}
    kept = found.rows[0]  # the row of December says what it said; its client came back
    assert (kept.before.in_numerator, kept.after.in_numerator, kept.after.in_denominator) == (False, True, True)


def test_a_team_sees_its_own(tmp_path: Path) -> None:
    teams = [{"team_id": "N", "name": "Nord", "manager_rep_id": "A"}, {"team_id": "S", "name": "Sud"}]
    stays = [{"rep_id": rep, "team_id": team, "starts_on": date(2025, 1, 1)} for rep, team in (("A", "N"), ("B", "S"))]
    shop = company(tmp_path / "shop", {"reps": REPS, "teams": teams, "memberships": stays, "sales": table(FIRST)})
    deliver(shop, {"sales": table(SECOND)})
    whole = changed(shop, levels="company,team")
    assert {each.scope_name: each.difference for each in whole.numbers} == {"Entreprise": 27, "Nord": 50, "Sud": -23}
    mine = changed(shop, viewer=Viewer("anne@example.org", Role.MANAGER, "A"), levels="team,rep")
    assert {each.scope_name for each in mine.numbers} == {"Nord", "Anne"}
    assert told(number(mine, "Nord")) == {
        "S1": (What.CHANGED, 20, {"amount": (100, 120)}),
        "S3": (What.APPEARED, 30, {}),
    }


def test_a_past_stock_is_compared_as_it_was_told(tmp_path: Path) -> None:
    """A deal open at the end of March, told from today's data both times: the amount was corrected."""
    deal = {"opportunity_id": "D1", "rep_id": "A", "outcome": "open", "created_on": date(2026, 1, 1), "amount": 100}
    shop = company(tmp_path / "shop", {"reps": REPS, "opportunities": [deal]})
    deliver(shop, {"opportunities": [{**deal, "amount": 60}]})
    found = number(changed(shop, "pipeline_open"), kpi="pipeline_open")
    assert (found.before, found.after, found.by_rows) == (100, 60, -40)
    assert told(found) == {"D1": (What.CHANGED, -40, {"amount": (100, 60)})}
