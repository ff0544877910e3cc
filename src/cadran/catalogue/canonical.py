"""Definitions read back from the text they were remembered by (`Catalogue.canonical`)."""

from __future__ import annotations

import json
from typing import Any

from cadran.catalogue.kpi import Additivity, Base, Better, Credit, IntervalMethod, Kind, Kpi, Population, Unit
from cadran.catalogue.loader import Catalogue
from cadran.errors import Text


def from_canonical(text: str) -> Catalogue:
    """The catalogue that gave this text."""
    return Catalogue(tuple(_kpi(plain) for plain in json.loads(text).values()))


def _kpi(plain: dict[str, Any]) -> Kpi:
    return Kpi(
        **plain
        | {name: Text(**plain[name]) for name in ("label", "question", "definition", "note")}
        | {
            "kind": Kind(plain["kind"]),
            "unit": Unit(plain["unit"]),
            "better": Better(plain["better"]),
            "additivity": Additivity(plain["additivity"]),
            "credit": Credit(plain["credit"]),
            "interval": IntervalMethod(plain["interval"]),
            "populations": tuple(_population(each) for each in plain["populations"]),
            "dimensions": None if plain["dimensions"] is None else tuple(plain["dimensions"]),
            "needs": tuple(plain["needs"]),
            "companions": tuple(plain["companions"]),
            "interval_formula": _pairs(plain["interval_formula"]),
        }
    )


def _population(plain: dict[str, Any]) -> Population:
    return Population(
        **plain
        | {
            "kind": Kind(plain["kind"]),
            "columns": _pairs(plain["columns"]),
            "base": None if plain["base"] is None else Base(plain["base"]),
            "when": None if plain["when"] is None else (plain["when"][0], plain["when"][1]),
        }
    )


def _pairs(plain: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in plain)
