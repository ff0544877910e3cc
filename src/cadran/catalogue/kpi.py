"""What a KPI is: frozen dataclasses that `loader` fills from YAML and everything above reads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cadran.errors import NO_TEXT, Text

SHIPPED = "cadran"  # the origin of a KPI that ships with Cadran; a company's own bears the file it stands in


class Kind(StrEnum):
    FLOW = "flow"
    STOCK = "stock"
    COHORT = "cohort"
    RETENTION = "retention"
    DERIVED = "derived"


class Unit(StrEnum):
    MONEY = "money"
    RATE = "rate"
    DAYS = "days"
    COUNT = "count"
    SCORE = "score"
    RATIO = "ratio"


class Better(StrEnum):
    HIGHER = "higher"
    LOWER = "lower"


class Additivity(StrEnum):
    ADDITIVE = "additive"
    SEMI_ADDITIVE = "semi_additive"
    NON_ADDITIVE = "non_additive"


class Credit(StrEnum):
    SHARE = "share"
    ONCE = "once"


class IntervalMethod(StrEnum):
    """How the 95 % interval of a value is found (kpis.md section 2, rule 9)."""

    NONE = "none"
    WILSON = "wilson"
    MULTINOMIAL = "multinomial"
    BOOTSTRAP = "bootstrap"
    MEDIAN = "median"


class Base(StrEnum):
    """Who a retention KPI starts from: buyers of the period before, buyers of the `base_months` before,
    or the holders of a contract on the first day of the period."""

    PREVIOUS_PERIOD = "previous_period"
    MONTHS = "months"
    OPENING = "opening"


@dataclass(frozen=True)
class Population:
    """The rows a KPI counts, and what it counts of them.

    `of` names a source (see sources.py), `on` its date role, `where` a condition on the row, `formula` the
    aggregates. With `per`, rows are first gathered by that column: `columns` are aggregates over the rows of one
    entity, and `formula` aggregates over entities. A retention population has `measure` (an aggregate: what makes an
    entity active) and its `formula` aggregates entities by the numbers `before` and `now`.
    `leaves_out` is a condition on rows that lack what the KPI needs: they are counted in a note, in no term.
    `when` is the company's choice this population needs, such as ("retention_basis", "contracts").
    """

    kind: Kind
    of: str
    on: str
    formula: str
    where: str | None = None
    leaves_out: str | None = None
    per: str | None = None
    columns: tuple[tuple[str, str], ...] = ()
    closes: str | None = None
    base: Base | None = None
    base_months: int | None = None
    measure: str | None = None
    horizon_days: int | None = None
    when: tuple[str, str] | None = None


@dataclass(frozen=True)
class Kpi:
    """One indicator. `populations` is empty for a derived KPI, whose `formula` names others as {revenue}.

    For the others the first population whose `when` holds is used. `interval_formula` gives the extra aggregates an
    interval method needs, by name (multinomial: promoters, detractors).
    """

    id: str
    label: Text
    question: Text
    definition: Text
    kind: Kind
    unit: Unit
    better: Better = Better.HIGHER
    additivity: Additivity = Additivity.NON_ADDITIVE
    credit: Credit = Credit.SHARE
    populations: tuple[Population, ...] = ()
    formula: str | None = None
    dimensions: tuple[str, ...] | None = None
    needs: tuple[str, ...] = ()
    interval: IntervalMethod = IntervalMethod.NONE
    interval_formula: tuple[tuple[str, str], ...] = ()
    companions: tuple[str, ...] = ()
    note: Text = NO_TEXT
    origin: str = SHIPPED
    source_text: str = ""

    @property
    def is_own(self) -> bool:
        """Whether the company wrote it."""
        return self.origin != SHIPPED
