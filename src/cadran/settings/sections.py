"""The sections of `cadran.toml`: names, types, defaults, what each choice means and what it may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, MinLen

from cadran.errors import Text

FILE_NAME = "cadran.toml"


def _says(fr: str, en: str, expects: Text) -> dict[str, Text]:
    return {"means": Text(fr, en), "expects": expects}


_DAY = Text("une date comme 2025-12-24", "a date such as 2025-12-24")
_COUNT = Text("un nombre entier, 1 ou plus", "a whole number, 1 or more")
_DAYS = Text("un nombre entier de jours, 0 ou plus", "a whole number of days, 0 or more")
STRICT = {"extra": "forbid"}


@dataclass(frozen=True)
class Company:
    """`[company]`: who the company is, and how it counts."""

    __pydantic_config__ = STRICT

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

    __pydantic_config__ = STRICT

    url: str = field(
        default="duckdb",
        repr=False,
        metadata=_says(
            "Où sont les données : « duckdb », les fichiers importés ; sinon l’entrepôt de l’entreprise, lu sur place "
            "et jamais modifié, par ses [tables]",
            'Where the data are: "duckdb", the files that were imported; else the company\'s own warehouse, read in '
            "place through its [tables] and never written to",
            Text(
                "« duckdb », une adresse comme postgresql://serveur/base, ou « env:NOM », la variable "
                "d’environnement qui la contient",
                '"duckdb", an address such as postgresql://host/database, or "env:NAME", the environment variable '
                "that holds it",
            ),
        ),
    )
    driver: str | None = field(
        default=None,
        metadata=_says(
            "Pilote ADBC d’un autre entrepôt que PostgreSQL",
            "The ADBC driver of a warehouse other than PostgreSQL",
            Text("le nom d’un paquet comme adbc_driver_snowflake", "a package's name such as adbc_driver_snowflake"),
        ),
    )
    dialect: str | None = field(
        default=None,
        metadata=_says(
            "Dialecte SQL de cet entrepôt",
            "The SQL dialect of that warehouse",
            Text("un dialecte de sqlglot comme snowflake", "a dialect of sqlglot such as snowflake"),
        ),
    )

    @property
    def is_warehouse(self) -> bool:
        return self.url != "duckdb"


@dataclass(frozen=True)
class Thresholds:
    """`[thresholds]`: from when on a number worries, and from when on it may be trusted."""

    __pydantic_config__ = STRICT

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
class Web:
    """`[web]`: the pages, who reaches them and how people sign in."""

    __pydantic_config__ = STRICT

    hosts: tuple[str, ...] = field(
        default=(),
        metadata=_says(
            "Noms sous lesquels les pages répondent, en plus de cette machine",
            "Names the pages answer to, besides this machine",
            Text('une liste comme ["cadran.exemple.fr"]', 'a list such as ["cadran.example.com"]'),
        ),
    )
    https: bool = field(
        default=False,
        metadata=_says(
            "Les pages ne sont servies qu’en HTTPS, par un serveur placé devant Cadran",
            "The pages are served over HTTPS only, by a server in front of Cadran",
            Text("true ou false", "true or false"),
        ),
    )
    database: str = field(
        default="sqlite",
        repr=False,
        metadata=_says(
            "Où sont les comptes, les notes et le journal : « sqlite », un fichier du dossier ; sinon PostgreSQL",
            'Where accounts, notes and the log are: "sqlite", a file of the folder; else PostgreSQL',
            Text(
                "« sqlite », une adresse comme postgresql://serveur/base, ou « env:NOM »",
                '"sqlite", an address such as postgresql://host/database, or "env:NAME"',
            ),
        ),
    )
    upload_megabytes: Annotated[int, Ge(1)] = field(
        default=500,
        metadata=_says(
            "Taille la plus grande d’un envoi de fichiers, en Mo",
            "The largest delivery of files that is taken, in MB",
            _COUNT,
        ),
    )
    import_megabytes: Annotated[int, Ge(256)] = field(
        default=2048,
        metadata=_says(
            "Mémoire donnée à un import lancé depuis les pages, en Mo ; ce qui n’y tient pas passe par le disque",
            "Memory given to an import started from the pages, in MB; what does not fit goes through the disk",
            Text("un nombre entier, 256 ou plus", "a whole number, 256 or more"),
        ),
    )
    answer_megabytes: Annotated[int, Ge(128)] = field(
        default=1024,
        metadata=_says(
            "Mémoire donnée aux questions que les pages calculent, toutes ensemble, dans chaque processus, en Mo ; ce "
            "qui n’y tient pas passe par le disque. Une question sur ce qui était connu un jour passé en prend autant",
            "Memory given to the questions that the pages work out, all of them together, in each process, in MB; what "
            "does not fit goes through the disk. A question of what was known on a past day takes as much again",
            Text("un nombre entier, 128 ou plus", "a whole number, 128 or more"),
        ),
    )
    patience: Annotated[float, Ge(0)] = field(
        default=0.4,
        metadata=_says(
            "Secondes pendant lesquelles une page attend des chiffres qui ne sont pas prêts, avant de montrer ceux "
            "d’avant ou de dire qu’ils se calculent",
            "Seconds that a page waits for figures that are not at hand, before it shows those of before or says that "
            "they are being worked out",
            Text("un nombre, 0 ou plus", "a number, 0 or more"),
        ),
    )
    team_ranks: bool = field(
        default=False,
        metadata=_says(
            "Un commercial voit le chiffre d’affaires et le rang de chacun dans son équipe",
            "A rep sees everybody’s revenue and rank in their own team",
            Text("true ou false", "true or false"),
        ),
    )
    openid_url: str | None = field(
        default=None,
        metadata=_says(
            "Adresse du fournisseur OpenID Connect de l’entreprise",
            "Address of the company’s OpenID Connect provider",
            Text("une adresse comme https://comptes.exemple.fr", "an address such as https://accounts.example.com"),
        ),
    )
    openid_name: str = field(
        default="OpenID",
        metadata=_says(
            "Nom de ce fournisseur sur la page de connexion",
            "That provider’s name on the sign-in page",
            Text("un nom entre guillemets", "a name in quotes"),
        ),
    )
    openid_client: str | None = field(
        default=None,
        metadata=_says(
            "Identifiant de Cadran chez ce fournisseur",
            "Cadran’s client id at that provider",
            Text("un identifiant entre guillemets", "an id in quotes"),
        ),
    )
    openid_secret: str | None = field(
        default=None,
        repr=False,
        metadata=_says(
            "Secret de Cadran chez ce fournisseur",
            "Cadran’s secret at that provider",
            Text("« env:NOM », la variable qui le contient", '"env:NAME", the variable that holds it'),
        ),
    )


SECTIONS: dict[str, type[Company] | type[Engine] | type[Thresholds] | type[Web]] = {
    "company": Company,
    "engine": Engine,
    "thresholds": Thresholds,
    "web": Web,
}


def names(section: str) -> tuple[str, ...]:
    """The settings of a section."""
    return tuple(each.name for each in fields(SECTIONS[section]))


def describe(section: str, name: str) -> Mapping[str, Text]:
    """What a setting `means` and what it `expects`."""
    return next(each.metadata for each in fields(SECTIONS[section]) if each.name == name)
