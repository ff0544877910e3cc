"""The published control totals (`data/controls.json` of the shared folder) and what is measured against them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from cadran.answer import Number

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SETS = ("maven-crm", "adventureworks", "online-retail-2009", "salesforce-export")

# controls.json: counts agree exactly, amounts to 0.01, ratios and days to 1e-6 before rounding (to six decimals).
_TOLERANCE = {"count": 0.0, "ratio": 1e-6, "days": 1e-6}
_MONEY_TOLERANCE = 0.01

Measured = Number | Mapping[str, Number | None] | None


@dataclass(frozen=True)
class Control:
    """One control of one set; `value` is a number, or numbers by name (quarter, manager, stage ...)."""

    set: str
    id: str
    definition: str
    unit: str
    value: float | dict[str, float]

    @property
    def tolerance(self) -> float:
        return _TOLERANCE.get(self.unit, _MONEY_TOLERANCE)

    def check(self, measured: Measured) -> None:
        """Fails unless every figure of the control, and no other, was measured."""
        wanted = self.value if isinstance(self.value, dict) else {"": self.value}
        found = measured if isinstance(measured, Mapping) else {"": measured}
        assert found.keys() == wanted.keys(), self.definition
        off = {
            name: (found[name], figure)
            for name, figure in wanted.items()
            if (number := found[name]) is None or abs(float(number) - figure) > self.tolerance
        }
        assert not off, f"{self.definition} Measured, wanted: {off}"


def controls() -> tuple[Control, ...]:
    """The controls of the four sets; none when the shared folder is absent."""
    path = DATA / "controls.json"
    if not path.is_file():
        return ()
    every = (Control(**control) for control in json.loads(path.read_text("utf-8"))["controls"])
    return tuple(control for control in every if control.set in SETS)


def of_set(name: str) -> list[pytest.ParameterSet]:
    """A test's parameters: the controls of one set, by their id."""
    return [pytest.param(control, id=control.id) for control in controls() if control.set == name]
