"""From a request to a plan: which population each KPI counts, which KPIs share a statement, what is missing.

KPIs that read one source by one date are planned into one batch, so that its table is read once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from sqlglot import exp

from cadran.catalogue.formula import Formula, parse_condition, parse_derived
from cadran.catalogue.kpi import Base, IntervalMethod, Kind, Kpi, Population
from cadran.catalogue.loader import Catalogue
from cadran.catalogue.parsed import ParsedPopulation, parse_population
from cadran.catalogue.sources import SOURCES, Source
from cadran.errors import FormulaError, Issue, RequestError, Text, did_you_mean
from cadran.periods.period import Grain
from cadran.planner import sql
from cadran.planner.cohorts import courses, within_horizon
from cadran.planner.extras import doubts, extras
from cadran.planner.measures import Measures, names_in
from cadran.planner.plan import Batch, KpiPlan, Mode, Window
from cadran.planner.request import Request
from cadran.planner.sources import Context, base_table, drawn_from, lacks
from cadran.planner.sql import Expr, col
from cadran.planner.texts import domains_of, ids_as_text
from cadran.planner.windows import Asked, Windows, asked_periods, base_pairs
from cadran.settings import Settings
from cadran.tables.model import SALES_MODEL


@dataclass(frozen=True)
class Resolution:
    """A request made ready: batches to run, how each KPI is read off them, and what cannot be answered."""

    kpis: tuple[Kpi, ...]
    definitions: dict[str, Kpi]
    periods: tuple[Asked, ...]
    windows: tuple[Window, ...]
    batches: tuple[Batch, ...]
    plans: dict[str, KpiPlan]
    derived: dict[str, Formula]
    unavailable: dict[str, Issue]
    populations: dict[str, Population]


@dataclass
class _Draft:
    """A batch being filled."""

    source: Source
    mode: Mode
    on: str
    closes: str | None
    measures: Measures
    where: Expr | None
    dimensions: tuple[str, ...]
    plans: list[KpiPlan] = field(default_factory=list)


class Resolver:
    """Resolves one request against a catalogue, the company's settings and the state of its data."""

    def __init__(self, request: Request, catalogue: Catalogue, settings: Settings, context: Context) -> None:
        self.request, self.catalogue, self.settings, self.context = request, catalogue, settings, context
        self.windows = Windows()
        self.fiscal_month = settings.company.fiscal_month
        self.grain = Grain(request.grain) if request.grain else None
        self.drafts: dict[tuple[str, Mode, str, str | None], _Draft] = {}
        self.plans: dict[str, KpiPlan] = {}
        self.derived: dict[str, Formula] = {}
        self.unavailable: dict[str, Issue] = {}
        self.populations: dict[str, Population] = {}

    def resolve(self) -> Resolution:
        """Raises RequestError or FormulaError for a question that cannot be asked at all."""
        asked = tuple(self.catalogue.get(kpi) for kpi in dict.fromkeys(self.request.kpis))
        periods = asked_periods(self.request, self.windows, self.fiscal_month)
        self._check_split(asked)
        for kpi in asked:
            self._add(kpi)
        begun = bool(self.windows.numbers)
        batches = tuple(self._freeze(draft) for draft in self.drafts.values()) if begun else ()
        definitions = {name: self.catalogue.get(name) for name in (*self.plans, *self.derived, *self.unavailable)}
        return Resolution(
            asked,
            definitions,
            periods,
            self.windows.all(),
            batches,
            self.plans,
            self.derived,
            self.unavailable,
            self.populations,
        )

    def _add(self, kpi: Kpi) -> None:
        if kpi.id in self.plans or kpi.id in self.derived or kpi.id in self.unavailable:
            return
        if kpi.kind is Kind.DERIVED:
            self._add_derived(kpi)
            return
        population = self.population(kpi)
        missing = tuple(self._missing(kpi, population))
        if missing:
            signed = population.of == "sales" and not self.context.has("sales") and self.context.has("opportunities")
            give = _MAP if self.context.in_warehouse else _IMPORT
            self.unavailable[kpi.id] = _unavailable(kpi, missing, _COUNT_SIGNED if signed else give)
            return
        self.populations[kpi.id] = population
        self._plan(kpi, population)

    def _add_derived(self, kpi: Kpi) -> None:
        units = {other.id: other.unit for other in self.catalogue}
        formula = parse_derived(kpi.formula or "", units)
        for name in sorted(formula.names):
            self._add(self.catalogue.get(name))
        lacking = [self.unavailable[name] for name in sorted(formula.names) if name in self.unavailable]
        if lacking:
            self.unavailable[kpi.id] = lacking[0]
        else:
            self.derived[kpi.id] = formula

    def population(self, kpi: Kpi) -> Population:
        """The first population whose condition the company's choices meet."""
        for population in kpi.populations:
            if population.when is None or getattr(self.settings.company, population.when[0]) == population.when[1]:
                return population
        raise RequestError(
            Issue(
                "no_population",
                Text(
                    f"« {kpi.label.fr} » n’a pas de définition pour les choix de l’entreprise.",
                    f'"{kpi.label.en}" has no definition for the company\'s choices.',
                ),
                Text("Vérifiez les clés « when » de sa définition.", 'Check the "when" keys of its definition.'),
            )
        )

    # -- what is missing -----------------------------------------------------------------------------------------

    def _missing(self, kpi: Kpi, population: Population) -> Iterator[Text]:
        """The tables and columns a KPI cannot do without, that the company has not given."""
        table = base_table(population.of, self.context)
        if not self.context.has(table):
            yield SALES_MODEL[table].label
            return
        for need in kpi.needs:
            where, _, column = need.partition(".")
            if not self.context.has(where, column or None):
                yield _label(where, column or None)
        # Nothing closed yet is no lack: everything is open.
        for name in sorted((names_in(population) | {population.on}) - {population.closes}):
            place = lacks(population.of, name, self.context)
            if place is not None:
                yield _label(*place)

    def _check_split(self, kpis: Iterable[Kpi]) -> None:
        """A dimension or filter that no source of the request knows is a mistake, told at once."""
        sources = {p.of for kpi in self._leaves(kpis) for p in (self.population(kpi),)}
        known = set().union(*(SOURCES[name].column_types() for name in sources)) if sources else set()
        problems = [
            Issue(
                "unknown_dimension",
                Text(f"Dimension inconnue : « {name} ».", f'Unknown dimension: "{name}".'),
                did_you_mean(name, known),
            )
            for name in self.request.dimensions
            if name not in known
        ]
        if problems:
            raise RequestError(*problems)

    def _leaves(self, kpis: Iterable[Kpi]) -> Iterator[Kpi]:
        units = {other.id: other.unit for other in self.catalogue}
        for kpi in kpis:
            if kpi.kind is Kind.DERIVED:
                names = parse_derived(kpi.formula or "", units).names
                yield from self._leaves(self.catalogue.get(name) for name in sorted(names))
            else:
                yield kpi

    # -- planning ------------------------------------------------------------------------------------------------

    def _plan(self, kpi: Kpi, population: Population) -> None:
        try:
            draft = self._draft(population)
        except _NotHere as absent:
            self.unavailable[kpi.id] = absent.issue
            return
        measures, parsed = draft.measures, parse_population(population, kpi.interval_formula)
        where = measures.condition(parsed.where)
        doubtful = self._doubtful(parsed, measures)
        counted = sql.both(where, _not(doubtful))
        plan = self._terms(kpi, parsed, measures, counted)
        horizon = population.horizon_days or self.settings.thresholds.horizon_days
        beside = tuple(extras(kpi, parsed, measures, self.context, where, counted, doubtful, horizon))
        values = None
        if self.request.intervals and kpi.interval in (IntervalMethod.BOOTSTRAP, IntervalMethod.MEDIAN):
            values = measures.values(kpi, parsed, counted)
        if self.request.intervals and population.kind is Kind.COHORT:
            values = courses(parsed, measures, counted, horizon)
        number = list(self.drafts.values()).index(draft)
        soon = within_horizon(parsed, measures, horizon) if population.kind is Kind.COHORT else None
        self.plans[kpi.id] = replace(
            plan, batch=number, extras=beside, values=values, where=where, left_out=doubtful, soon=soon
        )

    def _terms(self, kpi: Kpi, parsed: ParsedPopulation, measures: Measures, where: Expr | None) -> KpiPlan:
        population = parsed.population
        if population.kind is Kind.RETENTION:
            pairs: tuple[tuple[int, int], ...] = ()
            if population.base is not Base.OPENING:
                pairs = base_pairs(population, self.windows, self.fiscal_month, self.grain)
            return KpiPlan(kpi.id, 0, *measures.retained(parsed, where, pairs), pairs=pairs)
        if population.per:
            return KpiPlan(kpi.id, 0, *measures.gathered(parsed, where))
        ratio = parsed.formula.ratio()
        if ratio is None:
            return KpiPlan(kpi.id, 0, measures.term(parsed.formula, where, kpi.credit), None, measures.rows(where))
        soon = where
        if population.kind is Kind.COHORT:
            horizon = population.horizon_days or self.settings.thresholds.horizon_days
            soon = sql.both(where, within_horizon(parsed, measures, horizon))
        above, below = measures.term(ratio[0], soon, kpi.credit), measures.term(ratio[1], where, kpi.credit)
        sample = measures.rows(where) if below.money else below
        return KpiPlan(kpi.id, 0, above, below, sample)

    def _draft(self, population: Population) -> _Draft:
        mode = _mode(population)
        key = (population.of, mode, population.on, population.closes)
        if key not in self.drafts:
            source = SOURCES[population.of]
            drawn = drawn_from(population.of, self.context)
            weighted = (
                source.is_shared
                and self.context.has("credits")
                and drawn.table in self.context.profile("credits").values.get("fact", ())
            )
            domains = domains_of(drawn, self.context)
            measures = Measures(source, weighted=weighted, domains=domains)
            self.drafts[key] = _Draft(
                source,
                mode,
                population.on,
                population.closes,
                measures,
                self._where(source, measures),
                self._dimensions(source),
            )
        return self.drafts[key]

    def _where(self, source: Source, measures: Measures) -> Expr | None:
        """The request's filter over the source's own columns and its parents'."""
        if not self.request.where:
            return None
        types = source.column_types()
        try:
            condition = parse_condition(self.request.where, types)
        except FormulaError as error:
            if self._known_elsewhere(error):
                raise _NotHere(_cannot_filter(source)) from error
            raise

        def column(name: str) -> Expr:
            parent, _, own = source.full_name(name).rpartition(".")
            if not parent:
                measures.names.add(own)
            return col(own, parent or "s")

        found = condition.render(column)
        return found if measures.domains is None else ids_as_text(found, source, measures.domains)

    def _known_elsewhere(self, error: FormulaError) -> bool:
        """Whether the only fault of a filter is that it speaks of another source's columns."""
        everything = {name: kind for source in SOURCES.values() for name, kind in source.column_types().items()}
        try:
            parse_condition(self.request.where or "", everything)
        except FormulaError:
            return False
        return len(self.request.kpis) > 1

    def _dimensions(self, source: Source) -> tuple[str, ...]:
        types = source.column_types()
        for name in self.request.dimensions:
            if name not in types:
                raise _NotHere(_cannot_split(source, name))
        return tuple(source.full_name(name) for name in self.request.dimensions)

    def _doubtful(self, parsed: ParsedPopulation, measures: Measures) -> Expr | None:
        """What makes a row lack something the KPI needs: a doubtful value, or the definition's own condition."""
        mask = self._mask(parsed)
        if mask:
            measures.names.add("doubts")
        own = measures.condition(parsed.leaves_out)
        options = [sql.coalesce(exp.Paren(this=own), exp.false())] if own is not None else []
        options += [doubts(mask)] if mask else []
        return exp.Paren(this=sql.either(*options)) if options else None

    def _mask(self, parsed: ParsedPopulation) -> int:
        """The columns a KPI reads in which the table has doubtful values."""
        population = parsed.population
        drawn = drawn_from(population.of, self.context)
        table = SALES_MODEL[drawn.table]
        profile = self.context.profile(drawn.table)
        mask = 0
        for name in parsed.row_names | {population.on} | ({population.closes} if population.closes else set()):
            stored = drawn.stored(name)
            if stored and stored in profile.columns and profile.columns[stored].doubtful:
                mask |= 1 << table.position(stored)
        return mask

    def _freeze(self, draft: _Draft) -> Batch:
        stages = draft.measures.stages()
        wanted = frozenset(draft.measures.names | set(draft.dimensions))
        return Batch(
            draft.source.name,
            draft.mode,
            draft.on,
            draft.closes,
            wanted,
            draft.where,
            draft.dimensions,
            self.request.levels,
            self.windows.all(),
            stages,
            draft.measures.weighted,
        )


class _NotHere(Exception):
    """A filter or dimension of the request that one KPI's source does not have, while another's does."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(issue)
        self.issue = issue


def _mode(population: Population) -> Mode:
    if population.kind is Kind.STOCK:
        return Mode.STOCK
    return Mode.OPENING if population.base is Base.OPENING else Mode.FLOW


def _label(table: str, column: str | None) -> Text:
    return SALES_MODEL[table][column].label if column else SALES_MODEL[table].label


def _not(condition: Expr | None) -> Expr | None:
    return None if condition is None else exp.Not(this=condition.copy())


_IMPORT = Text("Importez ces données pour l’obtenir.", "Import these data to get it.")
_MAP = Text(
    "Indiquez leur place dans l’entrepôt, sous [tables] de cadran.toml.",
    "Say where the warehouse has them, under [tables] of cadran.toml.",
)
_COUNT_SIGNED = Text(
    'Importez-les, ou comptez les affaires gagnées : revenue_basis = "signed" dans cadran.toml.',
    'Import them, or count won opportunities: revenue_basis = "signed" in cadran.toml.',
)


def _unavailable(kpi: Kpi, missing: tuple[Text, ...], advice: Text) -> Issue:
    each = dict.fromkeys(missing)
    french, english = [text.fr for text in each], [text.en for text in each]
    return Issue(
        "unavailable",
        Text(
            f"« {kpi.label.fr} » est indisponible : il manque {', '.join(french)}.",
            f'"{kpi.label.en}" is unavailable: {", ".join(english)} missing.',
        ),
        advice,
    )


def _cannot_split(source: Source, name: str) -> Issue:
    label = source.table.label
    return Issue(
        "not_split_by",
        Text(f"« {name} » n’existe pas dans {label.fr}.", f'"{name}" does not exist in {label.en}.'),
    )


def _cannot_filter(source: Source) -> Issue:
    label = source.table.label
    return Issue(
        "not_filtered_by",
        Text(
            f"Ce filtre parle de colonnes absentes de {label.fr}.", f"This filter names columns that {label.en} lacks."
        ),
    )
