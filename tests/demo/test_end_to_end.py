"""The sample company through the real intake and the only door: what `ask` answers is what was counted while the
company was made, at every level, in every quarter."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

import cadran
from cadran.answer import AnswerRow
from cadran.cli import main
from cadran.company import Company as Opened
from cadran.demo import world
from cadran.demo.broken import BROKEN
from cadran.demo.build import DIRECTOR, FILES, build_demo
from cadran.demo.generate import generate
from cadran.demo.rows import Company
from cadran.demo.truth import FIGURES, Truth, count_truth, quarter_of
from cadran.errors import AccessError
from cadran.intake.load import import_files
from cadran.store import ledger
from cadran.store.quarantine import quarantine as quarantined

MONEY = {"revenue", "bookings", "average_basket"}
# A client without a won deal of his own is still taken for a prospect: DuckDB's LEAST must skip the dates that are
# missing, and sqlglot writes one that does not unless `ignore_nulls` is said.
KPIS = sorted(FIGURES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("valmarin") / "company"
    build_demo(folder)
    return folder


@pytest.fixture(scope="module")
def opened(folder: Path) -> Opened:
    return cadran.open(folder)


@pytest.fixture(scope="module")
def company() -> Company:
    return generate()


@pytest.fixture(scope="module")
def truth(company: Company) -> Truth:
    return count_truth(company)


# -- what came in ------------------------------------------------------------------------------------------------


def test_exactly_the_broken_rows_are_in_quarantine_each_for_its_reason(opened: Opened) -> None:
    with opened.workspace.lake() as lake:
        files = {(record.id, file.number): file.name for record in ledger.imports(lake) for file in record.files}
        found = Counter(
            (files[row.import_id, row.file_no], reason.code) for row in quarantined(lake) for reason in row.reasons
        )
    assert found == Counter((name, row.code) for name, rows in BROKEN.items() for row in rows)


def test_every_other_row_came_in(opened: Opened, company: Company) -> None:
    with opened.workspace.lake() as lake:
        counted = {name: table.rows for name, table in lake.state().tables.items()}
    assert counted["accounts"] == len(company.accounts)
    assert counted["reps"] == 12
    assert counted["teams"] == 3
    assert counted["leads"] == len(company.leads)
    assert counted["opportunities"] == len(company.deals)
    assert counted["stage_changes"] == len(company.stage_entries)
    assert counted["sales"] == len(company.orders) + len(company.invoices)
    assert counted["contracts"] == len(company.contracts)
    assert counted["activities"] == len(company.activities)
    assert counted["feedback"] == len(company.feedback)
    assert counted["assessments"] == len(company.assessments)
    assert counted["absences"] == len(company.absences)
    assert counted["account_owners"] == len(company.owners)
    assert counted["credits"] == len(company.credits)
    assert counted["targets"] == len(world.objectives())
    assert counted["exchange_rates"] == len(world.RATES)
    assert counted["stages"] == 6


def test_its_files_a_second_time_change_nothing(folder: Path, opened: Opened) -> None:
    names = ("prospects.csv", "factures_2024.csv", "factures_2026.xlsx")
    report = import_files(opened.workspace, [folder / FILES / name for name in names], dry_run=True)
    assert report.loaded == 0
    assert sum(count.unchanged for count in report.counts) > 3500


# -- what is answered --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kpi", KPIS)
def test_every_quarter_of_every_scope_is_the_truth(kpi: str, opened: Opened, truth: Truth) -> None:
    compared = 0
    for row in _quarters(opened, kpi):
        figure = truth.figure(kpi, quarter_of(row.period_start), row.scope, row.scope_id or "")
        if row.value is None:
            assert not figure.value, row
        else:
            assert figure.value is not None, row
            assert row.value == _as_answered(kpi, figure.value), (row.scope, row.scope_id, row.period_start)
            compared += 1
    assert compared > 50


def _quarters(opened: Opened, kpi: str) -> Iterator[AnswerRow]:
    """By company, team and rep; the unassigned have a test of their own."""
    by = ["company", "team", "rep"]
    answer = opened.ask([kpi], by=by, grain="quarter", start="2024-01-01", end="2026-07-01", intervals=False)
    yield from (row for row in answer.rows if row.scope != "unassigned")


def _as_answered(kpi: str, value: Decimal) -> object:
    """Money to four decimals; the rest as near as floating point comes."""
    return round(value, 4) if kpi in MONEY else pytest.approx(float(value), rel=1e-12)


@pytest.mark.parametrize("level", ["team", "rep"])
def test_what_nobody_has_is_unassigned_and_completes_the_sum(level: str, opened: Opened, truth: Truth) -> None:
    answer = opened.ask(["revenue"], by=[level], grain="quarter", start="2024-01-01", end="2026-07-01")
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in answer.rows:
        quarter = quarter_of(row.period_start)
        sums[quarter] += Decimal(row.value or 0)
        if row.scope == "unassigned":
            assert row.value == truth.figure("revenue", quarter, "unassigned", level).value
    assert sums == {quarter: truth.figure("revenue", quarter).value for quarter in sums}


def test_deals_from_before_the_newcomer_came_are_nobodys_teams(opened: Opened, truth: Truth) -> None:
    """A deal he took over was created when he was in no team yet."""
    answer = opened.ask(["deals_created"], by=["team"], grain="quarter", start="2024-01-01", end="2026-07-01")
    found = {quarter_of(row.period_start): row.value for row in answer.rows if row.scope == "unassigned" and row.value}
    assert found
    assert found == {q: truth.figure("deals_created", q, "unassigned", "team").value for q in found}


def test_the_backlog_is_what_was_ordered_and_not_invoiced(opened: Opened, truth: Truth) -> None:
    (row,) = opened.ask(["backlog"], start="2026-04-01", end="2026-05-01").rows
    assert row.value == truth.backlog


def test_conversion_by_source_is_that_of_its_leads(opened: Opened, company: Company, truth: Truth) -> None:
    """Of the leads of 2024; the true rate of each source lies within the answer's own interval. A client met again has
    an account but neither a deal nor a loss: he is no prospect."""
    with_deal = {deal.lead_id for deal in company.deals}
    answer = opened.ask(["conversion_rate"], by=["source"], period="2024")
    found = {row.dimensions["source"]: row for row in answer.rows}
    assert set(found) == set(world.QUALIFIED_RATE)
    for source, row in found.items():
        met = [lead for lead in company.leads if lead.source == source and lead.first_contact_on.year == 2024]
        met = [lead for lead in met if lead.lost_on or lead.account_id is None or lead.lead_id in with_deal]
        converted = {lead.account_id for lead in met if lead.client_on}
        assert row.denominator == len({lead.account_id or lead.lead_id for lead in met}), source
        assert row.numerator == len(converted), source
        assert _holds(row, truth.conversion_rate[source]), source


def _holds(row: AnswerRow, true_rate: float) -> bool:
    return row.low is not None and row.high is not None and row.low <= true_rate <= row.high


def test_the_interval_of_each_reps_win_rate_holds_the_true_one(opened: Opened) -> None:
    answer = opened.ask(["win_rate"], by=["rep"], start="2024-01-01", end="2026-04-15")
    rows = {row.scope_id: row for row in answer.rows if row.scope == "rep"}
    assert set(rows) == set(world.WIN_RATE)
    for rep, true_rate in world.WIN_RATE.items():
        assert _holds(rows[rep], true_rate), rep


def test_signed_before_the_first_contact_is_left_out_and_said(opened: Opened, company: Company) -> None:
    slips = [
        deal
        for deal in company.deals
        if deal.closed_on and deal.first_contact_on and deal.first_contact_on > deal.closed_on
    ]
    (row,) = opened.ask(["sales_cycle_days"], start="2024-01-01", end="2026-04-15").rows
    won = [deal for deal in company.deals if deal.outcome == "won"]
    assert len(slips) >= 3
    assert row.denominator == len(won) - len(slips)
    assert "rows_left_out" in {note.code for note in row.notes}


# -- the founding example ----------------------------------------------------------------------------------------


def test_a_million_against_800_000_is_125_percent_and_200_000_over(opened: Opened) -> None:
    (row,) = opened.ask(["revenue"], period="T1 2026", compare=["target"]).rows
    assert row.value == Decimal("1000000.00")
    assert row.target == Decimal("800000.00")
    assert row.attainment == 1.25
    assert row.gap == Decimal("200000.00")
    assert row.status == "exceeded"
    assert not row.is_partial


def test_the_newcomers_objective_is_cut_to_the_days_he_was_there(opened: Opened) -> None:
    answer = opened.ask(["revenue"], by=["rep"], period="2026-Q1", compare=["target"])
    targets = {row.scope_id: row.target for row in answer.rows}
    assert targets["ASA"] == 60_000
    assert sum(Decimal(target) for target in targets.values() if target is not None) == 800_000


def test_the_months_of_the_quarter_have_their_own_objectives(opened: Opened) -> None:
    answer = opened.ask(["revenue"], period="2026-Q1", grain="month", compare=["target"])
    assert [row.target for row in answer.rows] == [260_000, 265_000, 275_000]
    assert sum(Decimal(row.value or 0) for row in answer.rows) == 1_000_000


def test_the_running_month_is_partial_and_on_pace(opened: Opened) -> None:
    """On the evening of 14 April, 9 of 21 business days are over: 122,142.86 of 285,000 were expected."""
    (row,) = opened.ask(["revenue"], period="2026-04", compare=["target"]).rows
    assert row.is_partial
    assert row.target == 285_000
    assert row.status == "on_pace"


# -- who looks ---------------------------------------------------------------------------------------------------


def test_a_manager_sees_his_team_and_a_rep_himself(opened: Opened) -> None:
    def scopes(viewer: str, *by: str) -> set[tuple[str, str | None]]:
        answer = opened.ask(["revenue"], by=by, period="2026-Q1", viewer=viewer)
        return {(row.scope, row.scope_id) for row in answer.rows}

    manager, rep = "c.damontel@valmarin.example", "j.corvasse@valmarin.example"
    theirs = {("team", "SE")} | {("rep", rep_id) for rep_id in ("CDA", "RFA", "STA", "ASA")}
    seen = scopes(manager, "team", "rep")
    assert theirs <= seen
    assert not {("team", "NO"), ("rep", "MOR"), ("unassigned", None)} & seen
    assert scopes(rep, "rep") == {("rep", "JCO")}
    with pytest.raises(AccessError):
        scopes(rep, "team")
    assert {("team", "GC"), ("team", "NO"), ("team", "SE")} <= scopes(DIRECTOR, "team")


def test_the_command_line_tells_the_founding_example(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["ask", "revenue", "--workspace", str(folder), "--period", "2026-Q1", "--compare", "target"]
    assert main.answer([*arguments, "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["value"], row["target"], row["attainment"], row["status"]) == (1_000_000, 800_000, 1.25, "exceeded")
