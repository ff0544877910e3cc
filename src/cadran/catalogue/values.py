"""What the parts of a formula are worth: a nature (number, text, date, condition) and a unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cadran.catalogue import units
from cadran.catalogue.kpi import Unit
from cadran.errors import Text
from cadran.tables.contract import Type

Nature = Literal["number", "text", "date", "boolean"]

# What a name of a formula may be: a column's type, or a number that is already in some unit (another KPI's value, an
# aggregate over the rows of one client).
Name = Type | Unit

NATURE_WORDS: dict[Nature | None, Text] = {
    "number": Text("un nombre", "a number"),
    "text": Text("un texte", "a text"),
    "date": Text("une date", "a date"),
    "boolean": Text("une condition", "a condition"),
    None: Text("une valeur vide", "an empty value"),
}
UNIT_WORDS: dict[Unit | None, Text] = {
    Unit.MONEY: Text("un montant", "an amount of money"),
    Unit.DAYS: Text("des jours", "days"),
    Unit.COUNT: Text("un nombre", "a count"),
    Unit.RATIO: Text("un rapport", "a ratio"),
    Unit.RATE: Text("un taux", "a rate"),
    Unit.SCORE: Text("une note", "a score"),
    None: Text("un nombre sans unité", "a number without unit"),
}


@dataclass(frozen=True)
class Value:
    """`nature` is None for null and for a part that is already refused; `unit` is None for a literal."""

    nature: Nature | None = None
    unit: Unit | None = None

    @property
    def name(self) -> Name:
        """As what another formula may use this value."""
        if self.nature == "number":
            return self.unit or Type.NUMBER
        return {"text": Type.TEXT, "date": Type.DATE, "boolean": Type.BOOLEAN}.get(self.nature or "", Type.NUMBER)


UNKNOWN = Value()
CONDITION = Value("boolean")


def value_of(name: Name) -> Value:
    """What a name is worth. A moment counts as its day."""
    if isinstance(name, Unit):
        return Value("number", units.plain(name))
    if name in (Type.ID, Type.TEXT, Type.CHOICE):
        return Value("text")
    if name in (Type.DATE, Type.TIMESTAMP):
        return Value("date")
    return CONDITION if name is Type.BOOLEAN else Value("number", units.UNIT_OF_TYPE[name])
