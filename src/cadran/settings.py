"""A company's choices, read from its `cadran.toml`: chosen once, visibly, never flipped by an import.

The dataclasses below are the whole description: names, types, defaults, what each choice means and what it may be.
Reading, error messages and docs/settings.md are all made from them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, MinLen

from cadran.errors import NO_TEXT, Issue, Lang, SettingsError, Text, did_you_mean

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

FILE_NAME = "cadran.toml"


def _says(fr: str, en: str, expects: Text) -> dict[str, Text]:
    return {"means": Text(fr, en), "expects": expects}


_DAY = Text("une date comme 2025-12-24", "a date such as 2025-12-24")
_COUNT = Text("un nombre entier, 1 ou plus", "a whole number, 1 or more")
_DAYS = Text("un nombre entier de jours, 0 ou plus", "a whole number of days, 0 or more")
_STRICT = {"extra": "forbid"}


@dataclass(frozen=True)
class Company:
    """`[company]`: who the company is, and how it counts."""

    __pydantic_config__ = _STRICT

    name: Annotated[str, MinLen(1)] = field(
        metadata=_says(
            "Nom de l’entreprise", "Name of the company", Text("un nom entre guillemets", "a name in quotes")
        )
    )
    currency: Annotated[str, MinLen(3)] = field(
        default="EUR",
        metadata=_says(
            "Devise dans laquelle tout est montré",
            "The currency everything is shown in",
            Text("un code de trois capitales comme EUR", "a code of three capitals such as EUR"),
        ),
    )
    fiscal_month: Annotated[int, Ge(1), Le(12)] = field(
        default=1,
        metadata=_says(
            "Premier mois de l’exercice",
            "First month of the fiscal year",
            Text("un mois de 1 à 12", "a month from 1 to 12"),
        ),
    )
    country: Annotated[str, MinLen(2)] = field(
        default="FR",
        metadata=_says(
            "Pays dont les jours fériés comptent",
            "The country whose public holidays count",
            Text("un code de pays comme FR", "a country code such as FR"),
        ),
    )
    region: str | None = field(
        default=None,
        metadata=_says(
            "Région, si elle a ses propres jours fériés",
            "Region, where it has public holidays of its own",
            Text("un code de région comme 57", "a region code such as 57"),
        ),
    )
    lang: Literal["fr", "en"] = field(
        default="fr",
        metadata=_says(
            "Langue des réponses, sauf demande contraire",
            "Language of the answers, unless asked otherwise",
            Text("« fr » ou « en »", '"fr" or "en"'),
        ),
    )
    timezone: str = field(
        default="Europe/Paris",
        metadata=_says(
            "Fuseau horaire dans lequel un jour commence",
            "The time zone in which a day begins",
            Text("un fuseau comme Europe/Paris", "a zone such as Europe/Paris"),
        ),
    )
    organisation: Literal["dated", "current"] = field(
        default="dated",
        metadata=_says(
            "« dated » : une vente va à l’équipe du commercial ce jour-là ; « current » : à son équipe actuelle",
            '"dated": a sale goes to the team the rep was in that day; "current": to the team of today',
            Text("« dated » ou « current »", '"dated" or "current"'),
        ),
    )
    today: date | None = field(
        default=None, metadata=_says("Arrête l’horloge à cette date", "Stops the clock at this date", _DAY)
    )
    revenue_basis: Literal["invoiced", "ordered", "signed"] = field(
        default="invoiced",
        metadata=_says(
            "Ce que compte le chiffre d’affaires : facturé, commandé ou signé",
            "What revenue counts: what was invoiced, ordered or signed",
            Text("« invoiced », « ordered » ou « signed »", '"invoiced", "ordered" or "signed"'),
        ),
    )
    retention_basis: Literal["contracts", "purchases"] = field(
        default="purchases",
        metadata=_says(
            "Ce qui fait un client fidèle : un contrat renouvelé ou un nouvel achat",
            "What makes a client kept: a renewed contract or a new purchase",
            Text("« contracts » ou « purchases »", '"contracts" or "purchases"'),
        ),
    )
    pace: Literal["business_days", "past_curve"] = field(
        default="business_days",
        metadata=_says(
            "Ce qui est attendu à date d’un objectif : la part des jours ouvrés passés, ou la part que toute "
            "l’entreprise avait atteinte au même point un an plus tôt",
            "What is expected to date of a target: the share of business days that are over, or the share that the "
            "whole company had reached by the same point a year before",
            Text("« business_days » ou « past_curve »", '"business_days" or "past_curve"'),
        ),
    )
    closures: tuple[date, ...] = field(
        default=(),
        metadata=_says(
            "Jours où l’entreprise est fermée, en plus des fériés",
            "Days the company is closed besides holidays",
            Text(
                "une liste de dates comme [2025-12-24, 2025-12-31]", "a list of dates such as [2025-12-24, 2025-12-31]"
            ),
        ),
    )
    excluded_natures: tuple[str, ...] = field(
        default=(),
        metadata=_says(
            "Natures de vente hors du chiffre d’affaires",
            "Natures of sale left out of revenue",
            Text('une liste comme ["freight", "rebate"]', 'a list such as ["freight", "rebate"]'),
        ),
    )


@dataclass(frozen=True)
class Engine:
    """`[engine]`: where the data are computed."""

    __pydantic_config__ = _STRICT

    url: Literal["duckdb"] = field(
        default="duckdb",
        metadata=_says(
            "Moteur de calcul",
            "The engine that computes",
            Text("« duckdb », le seul possible pour l’instant", '"duckdb", the only one possible for now'),
        ),
    )


@dataclass(frozen=True)
class Thresholds:
    """`[thresholds]`: from when on a number worries, and from when on it may be trusted."""

    __pydantic_config__ = _STRICT

    at_risk: Annotated[float, Gt(0), Le(1)] = field(
        default=0.9,
        metadata=_says(
            "Part de l’attendu à date sous laquelle on est en retard ; au-dessus, à surveiller",
            "Share of the expected to date under which one is behind; above it, at risk",
            Text("un nombre entre 0 (exclu) et 1", "a number above 0, 1 at most"),
        ),
    )
    minimum_rate_sample: Annotated[int, Ge(1)] = field(
        default=5,
        metadata=_says(
            "Sous ce nombre, un taux est « échantillon trop petit »", "Under it, a rate is too small a sample", _COUNT
        ),
    )
    minimum_mean_sample: Annotated[int, Ge(1)] = field(
        default=20,
        metadata=_says(
            "De même pour une durée ou un montant moyen", "The same for an average duration or amount", _COUNT
        ),
    )
    maturity: Annotated[float, Ge(0), Le(1)] = field(
        default=0.8,
        metadata=_says(
            "Part d’issues connues sous laquelle une cohorte est provisoire",
            "Share of known outcomes under which a cohort is provisional",
            Text("un nombre entre 0 et 1", "a number between 0 and 1"),
        ),
    )
    horizon_days: Annotated[int, Ge(1)] | None = field(
        default=None,
        metadata=_says(
            "Délai laissé à un prospect pour devenir client ; sinon celui de l’indicateur",
            "Time given to a prospect to become a client; by default that of the KPI",
            _COUNT,
        ),
    )
    grace_days: Annotated[int, Ge(0)] = field(
        default=30,
        metadata=_says("Délai de grâce pour renouveler un contrat", "Time of grace to renew a contract", _DAYS),
    )


@dataclass(frozen=True)
class Settings:
    """Everything in `cadran.toml`. `company` is required, the other sections have their defaults."""

    __pydantic_config__ = _STRICT

    company: Company
    engine: Engine = field(default_factory=Engine)
    thresholds: Thresholds = field(default_factory=Thresholds)

    @property
    def lang(self) -> Lang:
        return self.company.lang

    def today(self) -> date:
        """The company's clock: fixed by `today` when it is set, else the date in its time zone."""
        from zoneinfo import ZoneInfo

        return self.company.today or datetime.now(ZoneInfo(self.company.timezone)).date()

    def as_of(self, today: date | None = None) -> date:
        """Yesterday, the last day that is over: the evening that answers are as of by default."""
        return (today or self.today()) - timedelta(days=1)

    def canonical(self) -> str:
        """What makes the numbers, as JSON: the same text for the same choices. `from_canonical` reads it back.

        The engine is left out: it may not change a number, and its address may hold a password.
        """
        sections = {name: _plain(getattr(self, name)) for name in ("company", "thresholds")}
        return json.dumps(sections, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


SECTIONS: dict[str, type[Company] | type[Engine] | type[Thresholds]] = {
    "company": Company,
    "engine": Engine,
    "thresholds": Thresholds,
}


def _plain(section: Any) -> dict[str, Any]:
    return {each.name: getattr(section, each.name) for each in fields(section)}


def load(path: Path) -> Settings:
    """Read a `cadran.toml`. Raises SettingsError with every problem of the file at once."""
    import tomllib

    try:
        return from_tables(tomllib.loads(path.read_text("utf-8-sig")))
    except FileNotFoundError:
        raise SettingsError(_no_file(path)) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(_unreadable(path, error)) from error


def from_canonical(text: str) -> Settings:
    """The settings that `Settings.canonical` wrote (the engine is the built-in one)."""
    return from_tables(json.loads(text))


def from_tables(tables: Mapping[str, Any]) -> Settings:
    """Settings from the sections of a file. Raises SettingsError with every problem at once."""
    from pydantic import TypeAdapter, ValidationError

    wanted = {name: section for name, section in tables.items() if name != "tables"}
    issues = [_NO_WAREHOUSE] if "tables" in tables else []
    try:
        settings = TypeAdapter(Settings).validate_python(wanted)
    except ValidationError as error:
        issues += _each_once(error.errors(include_url=False))
    else:
        issues += _impossible(settings.company)
    if issues:
        raise SettingsError(*issues)
    return settings


def _impossible(company: Company) -> Iterator[Issue]:
    """What a type cannot tell: codes and names that do not exist."""
    if not (len(company.currency) == 3 and company.currency.isascii() and company.currency.isupper()):
        yield _wrong_value("company", "currency", company.currency)
    if not _is_zone(company.timezone):
        from zoneinfo import available_timezones

        near = did_you_mean(company.timezone, available_timezones())
        yield _wrong_value("company", "timezone", company.timezone, near)


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


# -- problems, in words ------------------------------------------------------------------------------------------


def _each_once(details: list[ErrorDetails]) -> list[Issue]:
    """One issue a setting: of a list with two wrong dates, the first."""
    places = {tuple(str(part) for part in detail["loc"][:2]): detail for detail in reversed(details)}
    return [_issue(place, places[place]) for place in reversed(places)]


def _issue(place: tuple[str, ...], detail: ErrorDetails) -> Issue:
    name = place[-1]
    if detail["type"] == "unexpected_keyword_argument":
        return _unknown(place)
    if detail["type"] == "missing":
        return _missing(place)
    if len(place) == 1:
        message = Text(f"« {name} » doit être une section.", f'"{name}" must be a section.')
        return Issue("wrong_section", message, Text(f"Écrivez [{name}].", f"Write [{name}]."))
    return _wrong_value(place[0], name, detail["input"])


def _unknown(place: tuple[str, ...]) -> Issue:
    name = place[-1]
    if len(place) == 1:
        message = Text(f"La section [{name}] n’existe pas.", f"There is no section [{name}].")
        return Issue("unknown_section", message, did_you_mean(name, SECTIONS))
    section = place[0]
    message = Text(f"Le réglage « {name} » n’existe pas dans [{section}].", f'[{section}] has no setting "{name}".')
    return Issue("unknown_setting", message, _elsewhere(name) or did_you_mean(name, names(section)))


def _elsewhere(name: str) -> Text | None:
    for section in SECTIONS:
        if name in names(section):
            return Text(f"Déplacez-le dans [{section}].", f"Move it to [{section}].")
    return None


def _missing(place: tuple[str, ...]) -> Issue:
    if len(place) == 1:
        message = Text("Il manque la section [company].", "The section [company] is missing.")
        return Issue(
            "missing_section", message, Text('Ajoutez [company] et name = "…".', 'Add [company] and name = "...".')
        )
    section, name = place
    expects = describe(section, name)["expects"]
    message = Text(f"Il manque « {name} » dans [{section}].", f'[{section}] lacks "{name}".')
    return Issue("missing_setting", message, Text(f"Il faut {expects.fr}.", f"It takes {expects.en}."))


def _wrong_value(section: str, name: str, value: object, near: Text = NO_TEXT) -> Issue:
    shown, expects = _as_written(value), describe(section, name)["expects"]
    message = Text(f"[{section}] {name} = {shown} est impossible.", f"[{section}] {name} = {shown} is not possible.")
    advice = Text(f"{near.fr} Il faut {expects.fr}.".strip(), f"{near.en} It takes {expects.en}.".strip())
    return Issue("wrong_setting", message, advice)


def _as_written(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def names(section: str) -> tuple[str, ...]:
    """The settings of a section."""
    return tuple(each.name for each in fields(SECTIONS[section]))


def describe(section: str, name: str) -> Mapping[str, Text]:
    """What a setting `means` and what it `expects`."""
    return next(each.metadata for each in fields(SECTIONS[section]) if each.name == name)


def _no_file(path: Path) -> Issue:
    message = Text(
        f"Aucune entreprise dans « {path.parent} » : il n’y a pas de {FILE_NAME}.",
        f'No company in "{path.parent}": there is no {FILE_NAME}.',
    )
    advice = Text(
        "Créez-la avec « cadran init DOSSIER --name NOM », ou donnez son dossier avec --workspace.",
        'Create one with "cadran init DIR --name NAME", or give its folder with --workspace.',
    )
    return Issue("no_workspace", message, advice)


def _unreadable(path: Path, error: Exception) -> Issue:
    message = Text(f"Le fichier « {path} » est illisible : {error}.", f'The file "{path}" cannot be read: {error}.')
    return Issue("unreadable_settings", message, Text("Corrigez cette ligne.", "Correct that line."))


_NO_WAREHOUSE = Issue(
    "no_warehouse_yet",
    Text(
        "[tables] : lire les tables d’un entrepôt sur place n’est pas encore possible.",
        "[tables]: reading the tables of a warehouse in place is not possible yet.",
    ),
    Text("Retirez la section et importez des fichiers.", "Remove the section and import files."),
)
