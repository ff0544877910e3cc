"""The founding example and its neighbours, as the tables a reader sees."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cadran.errors import Issue, Text
from cadran.present.answers import long_grid, scorecard_grid
from cadran.present.grid import Grid, Reader, Tone, record_grid

NB, NN = "\u00a0", "\u202f"
FR = Reader("fr", "EUR", 1, None, {"revenue": "Chiffre d’affaires", "win_rate": "Taux de succès"})
EN = Reader("en", "EUR", 1, None, {"revenue": "Revenue", "win_rate": "Win rate"})
EVENING = date(2026, 4, 1)


@dataclass(frozen=True)
class Answered:
    """An answer row with the founding example's numbers unless told otherwise."""

    kpi: str = "revenue"
    scope: str = "company"
    scope_id: str | None = None
    scope_name: str | None = "Entreprise"
    dimensions: dict[str, Any] = field(default_factory=dict)
    period_start: date = date(2026, 1, 1)
    period_end: date = date(2026, 4, 1)
    value: Any = Decimal("1000000")
    unit: str = "money"
    numerator: Any = None
    denominator: Any = None
    sample_size: int | None = None
    low: Any = None
    high: Any = None
    target: Any = Decimal("800000")
    attainment: float | None = 1.25
    gap: Any = Decimal("200000")
    status: str | None = "exceeded"
    previous: Any = None
    last_year: Any = None
    change_previous: float | None = None
    change_last_year: float | None = None
    is_partial: bool = False
    is_provisional: bool = False
    notes: tuple[Issue, ...] = ()
    nobody_of: str = "rep"

    @property
    def level(self) -> str:
        return self.nobody_of if self.scope == "unassigned" else self.scope


COMPANY = Answered()
NO_TARGET: dict[str, Any] = {"target": None, "attainment": None, "gap": None, "status": "no_target"}
RATE = Answered(
    kpi="win_rate", unit="rate", value=0.3, sample_size=10, low=0.1078, high=0.6032, **NO_TARGET
)  # Wilson, 3 of 10


def texts(grid: Grid) -> list[list[str]]:
    return [[column.title for column in grid.columns], *([cell.text for cell in row.cells] for row in grid.rows)]


def long(*rows: Answered, reader: Reader = FR, as_of: date = EVENING) -> Grid:
    return long_grid(rows, reader, as_of)  # type: ignore[arg-type]


def scorecard(*rows: Answered, reader: Reader = FR) -> Grid:
    return scorecard_grid(rows, reader, EVENING)  # type: ignore[arg-type]


def test_the_founding_example() -> None:
    grid = long(COMPANY)
    assert grid.title == "Chiffre d’affaires, T1 2026"
    assert texts(grid) == [
        ["Périmètre", "Valeur", "Objectif", "Atteinte", "Écart", "Statut"],
        [
            "Entreprise",
            f"1{NN}000{NN}000,00{NB}€",
            f"800{NN}000,00{NB}€",
            f"125{NN}%",
            f"+200{NN}000,00{NB}€",
            "▲ dépassé",
        ],
    ]
    assert grid.rows[0].cells[-1].tone is Tone.BETTER
    assert texts(long(COMPANY, reader=EN))[1] == ["Company", "€1,000,000.00", "€800,000.00", "125%", "+€200,000.00", "▲ exceeded"]  # fmt: skip  # noqa: E501


def test_columns_that_nobody_fills_are_left_out() -> None:
    assert texts(long(replace(COMPANY, **NO_TARGET)))[0] == ["Périmètre", "Valeur"]


def test_a_rate_shows_its_sample_and_interval() -> None:
    assert texts(long(RATE))[1] == ["Entreprise", f"30,0{NN}%", f"10,8{NN}% – 60,3{NN}%", "10"]


def test_a_change_from_nothing_is_not_significant() -> None:
    known = replace(COMPANY, previous=Decimal("800000"), change_previous=0.25, **NO_TARGET)
    unknown = replace(known, scope="team", scope_name="Nord", previous=None, change_previous=None)
    assert [row[-1] for row in texts(long(known, unknown))] == ["Évolution", f"+25,0{NN}%", "n.s."]


def test_several_periods_kpis_and_dimensions_get_their_columns() -> None:
    first = replace(COMPANY, dimensions={"segment": "PME"}, **NO_TARGET)
    later = replace(first, period_start=date(2026, 4, 1), period_end=date(2026, 7, 1), dimensions={"segment": None})
    grid = long(first, later, replace(RATE, dimensions={"segment": "PME"}))
    assert [column.key for column in grid.columns][:4] == ["kpi", "period", "scope", "dimensions.segment"]
    assert grid.columns[3].title == "Segment"
    assert [row[:4] for row in texts(grid)[1:]] == [
        ["Chiffre d’affaires", "T1 2026", "Entreprise", "PME"],
        ["Chiffre d’affaires", "T2 2026", "Entreprise", "non renseigné"],
        ["Taux de succès", "T1 2026", "Entreprise", "PME"],
    ]


def test_scopes_are_named_and_reps_stand_under_teams() -> None:
    rows = [
        COMPANY,
        replace(COMPANY, scope="team", scope_id="n", scope_name="Nord"),
        replace(COMPANY, scope="rep", scope_id="r9", scope_name=None),
        replace(COMPANY, scope="unassigned", scope_name=None),
    ]
    assert [row[0] for row in texts(long(*rows))[1:]] == ["Entreprise", "Nord", "  r9", "  Non attribué"]
    assert [row.level for row in long(*rows).rows] == ["company", "team", "rep", "unassigned"]


def test_what_is_unassigned_closes_its_level() -> None:
    nobody = replace(COMPANY, scope="unassigned", scope_name=None, nobody_of="team")
    team, rep = replace(COMPANY, scope="team", scope_name="Nord"), replace(COMPANY, scope="rep", scope_name="Léa")
    rows = (COMPANY, team, nobody, rep, replace(nobody, nobody_of="rep"))
    assert [row[0] for row in texts(scorecard(*rows))[1:]] == [
        "Entreprise",
        "Nord",
        "Non attribué",
        "  Léa",
        "  Non attribué",
    ]


def test_undefined_is_a_dash_and_doubt_is_marked() -> None:
    undefined = replace(RATE, value=None, sample_size=0, low=None, high=None, is_provisional=True)
    assert texts(long(undefined))[1] == ["Entreprise", "–", "0"]
    provisional = long(replace(RATE, is_provisional=True))
    assert texts(provisional)[1][1] == f"30,0{NN}%*"
    assert provisional.notes == ("* provisoire : trop d’issues encore inconnues",)


def test_what_is_provisional_is_not_judged_yet() -> None:
    late = replace(COMPANY, attainment=0.0, status="behind", is_provisional=True)
    assert texts(long(late))[1][-1] == "◌ provisoire"
    assert texts(scorecard(late))[1][-1] == "0\u202f% ◌"
    assert {cell.tone for cell in long(late).rows[0].cells} == {Tone.PLAIN}


def test_a_small_sample_takes_no_colour() -> None:
    few = replace(COMPANY, notes=(Issue("sample_too_small", Text("n = 3", "n = 3")),))
    assert Tone.BETTER in {cell.tone for cell in long(COMPANY).rows[0].cells}
    assert {cell.tone for cell in long(few).rows[0].cells} == {Tone.PLAIN}


def test_a_small_sample_is_marked_beside_its_value() -> None:
    note = Issue("sample_too_small", Text("Échantillon trop petit (n = 3).", "Sample too small (n = 3)."))
    small = replace(RATE, sample_size=3, notes=(note,))
    grid = long(small, replace(small, scope="team", is_provisional=True), reader=EN)
    assert [row[1] for row in texts(grid)[1:]] == ["30.0%°", "30.0%*°"]
    assert grid.notes == ("* provisional: too many outcomes still unknown", "° sample too small")


def test_a_running_period_says_until_when() -> None:
    grid = long(replace(COMPANY, is_partial=True), as_of=date(2026, 3, 20))
    assert grid.title == "Chiffre d’affaires, T1 2026, au 20/03/2026"


def test_notes_are_told_once_under_the_name_of_their_kpi() -> None:
    note = Issue("left_out", Text("1 affaire exclue", "1 deal left out"))
    team = replace(COMPANY, scope="team", scope_name="Nord", notes=(note,))
    assert long(replace(COMPANY, notes=(note,)), team).notes == ("1 affaire exclue",)
    assert long(replace(COMPANY, notes=(note,)), RATE, reader=EN).notes == ("Revenue: 1 deal left out",)
    assert long(COMPANY, team, reader=EN).notes == ("Nord: 1 deal left out",)
    assert long(team, RATE).notes == ("Chiffre d’affaires, Nord\u00a0: 1 affaire exclue",)


def test_the_scorecard_turns_kpis_into_columns() -> None:
    team = {"scope": "team", "scope_id": "n", "scope_name": "Nord"}
    behind = replace(COMPANY, **team, value=Decimal("400000.60"), attainment=0.5, status="behind")
    grid = scorecard(COMPANY, RATE, behind)
    assert grid.title == "T1 2026"
    assert texts(grid) == [
        ["Périmètre", "Chiffre d’affaires", "Atteinte", "Taux de succès"],
        ["Entreprise", f"1{NN}000{NN}000{NB}€", f"125{NN}% ▲", f"30,0{NN}%"],
        ["Nord", f"400{NN}001{NB}€", f"50{NN}% ▼", ""],
    ]
    assert grid.rows[1].cells[2].tone is Tone.WORSE


def test_records_are_written_for_the_reader() -> None:
    records = [
        {"id": 1, "at": datetime(2026, 3, 20, 14, 5), "rows": 12345, "ok": True, "why": None},
        {"id": 2, "at": date(2026, 3, 20), "rows": Decimal("0.5"), "ok": False, "why": "x"},
    ]
    grid = record_grid("Imports", records, {"at": "Date", "rows": "Lignes", "ok": "Fait", "why": "Motif"}, "fr")
    assert texts(grid)[1:] == [
        ["20/03/2026 14:05", f"12{NN}345", "oui", ""],
        ["20/03/2026", "0,5", "non", "x"],
    ]
    assert [column.right for column in grid.columns] == [False, True, False, False]


def test_nothing_at_all() -> None:
    assert long().rows == ()
    assert scorecard().rows == ()
