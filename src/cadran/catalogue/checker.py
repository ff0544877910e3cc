"""Walks a formula's tree against the whitelist: every problem, the names used, what the whole is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlglot import exp

from cadran.catalogue import units
from cadran.catalogue.kpi import Unit
from cadran.catalogue.problems import Problem
from cadran.catalogue.reading import start_of, too_deep
from cadran.catalogue.values import NATURE_WORDS, UNIT_WORDS, UNKNOWN, Name, Nature, Value
from cadran.errors import NO_TEXT, Text, did_you_mean

MAX_DEPTH = 60

UnitOperation = Callable[[Unit | None, Unit | None], Unit | None]

_WRITE_DATE = Text("Une date s’écrit DATE '2026-03-31'.", "A date is written DATE '2026-03-31'.")
_WRITE_TEXT = Text("Un identifiant est un texte : '12'.", "An identifier is a text: '12'.")
_MIXED_ADVICE = {frozenset(("date", "text")): _WRITE_DATE, frozenset(("number", "text")): _WRITE_TEXT}


@dataclass(frozen=True)
class Rule:
    """The arguments a node must and may have, what it is worth, and how it is written."""

    required: frozenset[str]
    allowed: frozenset[str]
    apply: Callable[[Checker, exp.Expr], Value]
    usage: str = ""


@dataclass
class Checker:
    """One walk. `quiet` leaves out the nodes without a rule: the reader has refused the words they are made of."""

    rules: Mapping[type[exp.Expr], Rule]
    names: Mapping[str, Name]
    aggregates: bool
    quiet: bool
    problems: list[Problem] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    inside_aggregate: bool = False
    has_aggregate: bool = False

    def check(self, tree: exp.Expr) -> Value:
        """The value of a whole formula."""
        if depth(tree) > MAX_DEPTH:
            self.problems.append(too_deep(1))
            return UNKNOWN
        value = self.value(tree)
        if self.problems or self.quiet:
            return value
        if self.aggregates and not self.has_aggregate:
            message = Text("La formule ne compte rien.", "The formula counts nothing.")
            advice = Text("Utilisez sum, count, avg, ...", "Use sum, count, avg, ...")
            return self.refuse("no_aggregate", tree, message, advice)
        if value.nature is None:
            return self.refuse("no_value", tree, Text("La formule est toujours vide.", "The formula is always empty."))
        return value

    def value(self, node: exp.Expr) -> Value:
        rule = self.rules.get(type(node))
        if rule is None:
            return self.refuse_node(node, "refused_construct", "")
        if not rule.required <= present(node) <= rule.allowed:
            return self.refuse_node(node, "refused_arguments", rule.usage)
        return rule.apply(self, node)

    def refuse(self, code: str, node: exp.Expr, message: Text, advice: Text = NO_TEXT) -> Value:
        self.problems.append(Problem(code, message, advice, start_of(node)))
        return UNKNOWN

    def refuse_node(self, node: exp.Expr, code: str, usage: str) -> Value:
        """Refuse a whole part, still looking at the names it uses."""
        if not self.quiet:
            message = Text("Une formule ne s’écrit pas ainsi.", "A formula is not written like this.")
            advice = Text(f"Écrivez {usage}.", f"Write {usage}.") if usage else NO_TEXT
            self.refuse(code, node, message, advice)
        with self.within_aggregate():
            for column in node.find_all(exp.Column):
                if column is not node:
                    self.value(column)
        return UNKNOWN

    def expect(self, node: exp.Expr, *natures: Nature, advice: Text = NO_TEXT) -> Value:
        """The value of an argument that must be of one of these natures."""
        value = self.value(node)
        if value.nature in natures:
            return value
        if value.nature is None:
            return Value(natures[0], value.unit)
        found, wanted = NATURE_WORDS[value.nature], NATURE_WORDS[natures[0]]
        message = Text(f"Il faut ici {wanted.fr}, pas {found.fr}.", f"This must be {wanted.en}, not {found.en}.")
        return self.refuse("wrong_type", node, message, advice)

    def alike(self, nodes: Iterable[exp.Expr]) -> Value:
        """The common value of parts that are compared with each other or stand for one another."""
        joined = UNKNOWN
        for node in nodes:
            joined = self._join(node, joined, self.value(node))
        return joined

    def unit(self, node: exp.Expr, operation: UnitOperation, left: Unit | None, right: Unit | None) -> Unit | None:
        try:
            return operation(left, right)
        except units.UnitClash:
            first, second = UNIT_WORDS[left], UNIT_WORDS[right]
            message = Text(
                f"Ces unités ne vont pas ensemble : {first.fr} et {second.fr}.",
                f"These units do not go together: {first.en} and {second.en}.",
            )
            self.refuse("unit_clash", node, message)
            return None

    def unknown_name(self, node: exp.Expr, name: str) -> Value:
        message = Text(f"« {name} » n’existe pas ici.", f'There is no "{name}" here.')
        advice = did_you_mean(name, self.names)
        if not advice.fr and len(self.names) <= 12:
            listed = ", ".join(sorted(self.names))
            advice = Text(f"Noms admis : {listed}.", f"Allowed names: {listed}.")
        return self.refuse("unknown_name", node, message, advice)

    @contextmanager
    def within_aggregate(self) -> Iterator[None]:
        """Here columns stand for the rows that are gathered."""
        outside, self.inside_aggregate = self.inside_aggregate, True
        yield
        self.inside_aggregate = outside

    def _join(self, node: exp.Expr, joined: Value, value: Value) -> Value:
        if joined.nature and value.nature and joined.nature != value.nature:
            first, second = NATURE_WORDS[joined.nature], NATURE_WORDS[value.nature]
            message = Text(
                f"{first.fr.capitalize()} ne se compare pas à {second.fr}.",
                f"{first.en.capitalize()} cannot be compared with {second.en}.",
            )
            advice = _MIXED_ADVICE.get(frozenset((joined.nature, value.nature)), NO_TEXT)
            return self.refuse("wrong_type", node, message, advice)
        return Value(joined.nature or value.nature, self.unit(node, units.total, joined.unit, value.unit))


def present(node: exp.Expr) -> set[str]:
    """The arguments a node really has."""
    return {key for key, argument in node.args.items() if argument not in (None, False, [])}


def depth(tree: exp.Expr) -> int:
    """The height of a tree, found without recursion."""
    deepest, level = 0, [tree]
    while level:
        deepest += 1
        level = [child for node in level for child in node.iter_expressions()]
    return deepest
