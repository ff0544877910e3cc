"""Turns the plain values of one definition into a `Kpi`, listing every problem of its form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from enum import StrEnum
from typing import TypeVar

from cadran.catalogue.kpi import Additivity, Base, Better, Credit, IntervalMethod, Kind, Kpi, Population, Unit
from cadran.catalogue.plain_yaml import Plain
from cadran.catalogue.problems import Problem
from cadran.errors import NO_TEXT, Text, did_you_mean

_Choice = TypeVar("_Choice", bound=StrEnum)

_POPULATION_KEYS = frozenset(field.name for field in fields(Population))
_KPI_KEYS = frozenset(field.name for field in fields(Kpi)) - {"id", "origin", "source_text"}


def read_definition(key: str, value: Plain, origin: str, source_text: str) -> tuple[Kpi | None, tuple[Problem, ...]]:
    """The KPI that stands under the id `key`; None, and why, where its form is wrong."""
    form = _Form(key, value)
    kpi = form.kpi(origin, source_text)
    return (None if form.problems else kpi), tuple(form.problems)


class _Form:
    """Reads the values of a definition, or of one of its populations, key by key."""

    def __init__(self, key: str, value: Plain) -> None:
        self.key = key
        self.values: dict[str, Plain] = value if isinstance(value, dict) else {}
        self.problems: list[Problem] = []
        if not isinstance(value, dict):
            self._refuse("not_a_mapping", "", Text("Une définition est attendue.", "A definition is expected."))

    def kpi(self, origin: str, source_text: str) -> Kpi:
        has_list = "populations" in self.values
        self._known_keys(_KPI_KEYS if has_list else _KPI_KEYS | _POPULATION_KEYS)
        populations = self._populations() if has_list else ()
        kind = populations[0].kind if populations else self._choice("kind", Kind)
        if kind is not Kind.DERIVED and not has_list:
            populations = (self._population(kind),)
        return Kpi(
            id=self.key,
            label=self._sentence("label"),
            question=self._sentence("question"),
            definition=self._sentence("definition"),
            kind=kind,
            unit=self._choice("unit", Unit),
            better=self._choice("better", Better, Better.HIGHER),
            additivity=self._choice("additivity", Additivity, Additivity.NON_ADDITIVE),
            credit=self._choice("credit", Credit, Credit.SHARE),
            populations=populations,
            formula=self._required("formula") if kind is Kind.DERIVED else None,
            dimensions=self._list("dimensions") if "dimensions" in self.values else None,
            needs=self._list("needs"),
            interval=self._choice("interval", IntervalMethod, IntervalMethod.NONE),
            interval_formula=self._pairs("interval_formula"),
            companions=self._list("companions"),
            note=self._sentence("note") if "note" in self.values else NO_TEXT,
            origin=origin,
            source_text=source_text,
        )

    def _populations(self) -> tuple[Population, ...]:
        items = self.values["populations"]
        if not isinstance(items, list) or not items:
            message = Text("Une liste de populations est attendue.", "A list of populations is expected.")
            self._refuse("not_a_list", "populations", message)
            return ()
        populations = []
        for number, item in enumerate(items, start=1):
            form = _Form(f"{self.key}.populations[{number}]", item)
            form._known_keys(_POPULATION_KEYS)
            populations.append(form._population(form._choice("kind", Kind)))
            self.problems += form.problems
        return tuple(populations)

    def _population(self, kind: Kind) -> Population:
        when = self._pairs("when")
        if len(when) > 1:
            self._refuse("several_choices", "when", Text("Un seul choix est admis.", "A single choice is allowed."))
        return Population(
            kind=kind,
            of=self._required("of"),
            on=self._required("on"),
            formula=self._required("formula"),
            where=self._text("where"),
            leaves_out=self._text("leaves_out"),
            per=self._text("per"),
            columns=self._pairs("columns"),
            closes=self._text("closes"),
            base=self._choice("base", Base) if "base" in self.values else None,
            base_months=self._whole("base_months"),
            measure=self._text("measure"),
            horizon_days=self._whole("horizon_days"),
            when=when[0] if when else None,
        )

    def _known_keys(self, known: frozenset[str]) -> None:
        for key in sorted(self.values.keys() - known):
            message = Text(f"La clé « {key} » n’existe pas ici.", f'There is no key "{key}" here.')
            self._refuse("unknown_key", key, message, did_you_mean(key, known))

    def _sentence(self, key: str) -> Text:
        """A text in both languages."""
        value = self.values.get(key)
        texts = value if isinstance(value, dict) else {}
        if set(texts) == {"fr", "en"} and all(isinstance(text, str) for text in texts.values()):
            return Text(texts["fr"].strip(), texts["en"].strip())
        message = Text("Un texte en français (fr) et en anglais (en) est attendu.", "A text in fr and en is expected.")
        self._refuse("not_in_both_languages", key, message)
        return NO_TEXT

    def _choice(self, key: str, choices: type[_Choice], otherwise: _Choice | None = None) -> _Choice:
        value = self.values.get(key)
        known = [choice.value for choice in choices]
        if value in known:
            return choices(value)
        if value is not None or otherwise is None:
            listed = ", ".join(known)
            message = Text(f"Un de ces mots est attendu : {listed}.", f"One of these words is expected: {listed}.")
            self._refuse("unknown_choice", key, message, did_you_mean(str(value or ""), known))
        return otherwise or next(iter(choices))

    def _text(self, key: str) -> str | None:
        value = self.values.get(key)
        if value is not None and not isinstance(value, str):
            self._refuse("not_a_text", key, Text("Un texte est attendu.", "A text is expected."))
            return None
        return value.strip() if value else None

    def _required(self, key: str) -> str:
        text = self._text(key)
        if text is None:
            self._refuse("missing_key", key, Text("Cette clé est obligatoire.", "This key is required."))
        return text or ""

    def _whole(self, key: str) -> int | None:
        text = self._text(key)
        if text is None or (text.isdecimal() and 0 < int(text) < 10_000):
            return int(text) if text else None
        self._refuse("not_a_number", key, Text("Un nombre entier est attendu.", "A whole number is expected."))
        return None

    def _list(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key)
        if value is None:
            return ()
        if isinstance(value, list) and _texts(value):
            return tuple(value)
        self._refuse("not_a_list", key, Text("Une liste de noms est attendue.", "A list of names is expected."))
        return ()

    def _pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        value = self.values.get(key)
        if value is None:
            return ()
        if isinstance(value, dict) and _texts(value.values()):
            return tuple((name, text.strip()) for name, text in value.items())
        message = Text("Des noms suivis d’un texte sont attendus.", "Names, each with a text, are expected.")
        self._refuse("not_a_mapping", key, message)
        return ()

    def _refuse(self, code: str, key: str, message: Text, advice: Text = NO_TEXT) -> None:
        place = f"{self.key}.{key}" if key else self.key
        self.problems.append(Problem(code, message, advice, key=place))


def _texts(values: Iterable[Plain]) -> bool:
    return all(isinstance(value, str) for value in values)
