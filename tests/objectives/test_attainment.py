"""Attainment, gap and status, as one table."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cadran.catalogue.kpi import Better, Unit
from cadran.objectives.attainment import Attainment, Status, attain

D = Decimal
HIGHER, LOWER = Better.HIGHER, Better.LOWER

# value, target, expected by now (None: over), better, attainment, gap, status
CASES = {
    "the founding example": (D(1_000_000), D(800_000), None, HIGHER, "1.25", "200000", "exceeded"),
    "never capped": (D(9_000), D(1_000), None, HIGHER, "9", "8000", "exceeded"),
    "to the cent": (D("800000.00"), D(800_000), None, HIGHER, "1", "0", "reached"),
    "a cent short": (D("799999.99"), D(800_000), None, HIGHER, "0.9999999875", "-0.01", "at_risk"),
    "over, 90 %": (D(720_000), D(800_000), None, HIGHER, "0.9", "-80000", "at_risk"),
    "over, under 90 %": (D("719999.99"), D(800_000), None, HIGHER, "0.8999999875", "-80000.01", "behind"),
    "720,000 on 20 March": (D(720_000), D(800_000), D("711111.11"), HIGHER, "0.9", "-80000", "on_pace"),
    "just what is expected": (D("711111.11"), D(800_000), D("711111.11"), HIGHER, None, None, "on_pace"),
    "640,000 is 90 % of expected": (D(640_000), D(800_000), D("711111.11"), HIGHER, "0.8", "-160000", "at_risk"),
    "630,000 is not": (D(630_000), D(800_000), D("711111.11"), HIGHER, "0.7875", "-170000", "behind"),
    "exceeded before the end": (D(900_000), D(800_000), D(400_000), HIGHER, "1.125", "100000", "exceeded"),
    "nothing was due yet": (D(0), D(800_000), D(0), HIGHER, "0", "-800000", "on_pace"),
    "more was given back than sold": (D(-8_000), D(800_000), D(0), HIGHER, "-0.01", "-808000", "behind"),
    "a count": (12, D(10), None, HIGHER, "1.2", "2", "exceeded"),
    "a rate, exactly": (0.2, D("0.2000"), None, HIGHER, "1", "0", "reached"),
    "a rate is due whole": (0.19, D("0.2"), D("0.2"), HIGHER, "0.95", "-0.01", "at_risk"),
    "40 days of 50: lower is better": (40.0, D(50), None, LOWER, "1.25", "-10", "exceeded"),
    "50 days of 50": (50.0, D(50), None, LOWER, "1", "0", "reached"),
    "55 days of 50": (55.0, D(50), D(50), LOWER, None, "5", "at_risk"),
    "62.5 days of 50": (62.5, D(50), None, LOWER, "0.8", "12.5", "behind"),
    "no complaint at all": (0, D(5), None, LOWER, None, "-5", "exceeded"),
    "10 complaints of 20, half-way": (10, D(20), D(10), LOWER, "2", "-10", "on_pace"),
    "11 complaints of 20, half-way": (11, D(20), D(10), LOWER, None, "-9", "at_risk"),
    "19 complaints of 20, half-way": (19, D(20), D(10), LOWER, None, "-1", "behind"),
    "21 complaints of 20, half-way": (21, D(20), D(10), LOWER, None, "1", "at_risk"),
    "a target of zero has a gap only": (D(5), D(0), None, HIGHER, "none", "5", "exceeded"),
    "a negative target too": (D(-50), D(-40), None, HIGHER, "none", "-10", "behind"),
    "no target": (D(5), None, None, HIGHER, "none", "none", "no_target"),
    "no target and no value": (None, None, None, HIGHER, "none", "none", "no_target"),
    "undefined is not zero": (None, D(5), D(1), HIGHER, "none", "none", "undefined"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_value_against_its_target(case):
    value, target, expected, better, ratio, gap, status = case
    found = attain(value, target, expected, better=better)
    assert found.status == Status(status)
    if ratio is not None:
        assert found.attainment == (None if ratio == "none" else D(ratio))
    if gap is not None:
        assert found.gap == (None if gap == "none" else D(gap))


def test_a_score_has_a_gap_only():
    assert attain(42.0, D(40), unit=Unit.SCORE) == Attainment(Status.EXCEEDED, None, D(2))
    assert attain(38.0, D(40), D(40), unit=Unit.SCORE) == Attainment(Status.BEHIND, None, D(-2))
    assert attain(40.0, D(40), unit=Unit.SCORE).status is Status.REACHED
    assert attain(2.0, D(3), unit=Unit.SCORE, better=LOWER) == Attainment(Status.EXCEEDED, None, D(-1))


def test_the_company_chooses_its_threshold():
    assert attain(D(640), D(800), D(800), at_risk=D("0.8")).status is Status.AT_RISK
    assert attain(D(640), D(800), D(800), at_risk=D("0.85")).status is Status.BEHIND
