"""The sample company as it is, before chance comes in: who sells what to whom, and what is true of them.

Valmarin Équipements sells compressed air to industry: machines, parts, services and maintenance contracts. The
company, its people and its clients are invented.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from cadran.demo.rows import Membership, Objective, Product, Rate, Rep, Team

NAME = "Valmarin Équipements"
CURRENCY = "EUR"
TODAY = date(2026, 4, 15)
AS_OF = date(2026, 4, 14)
FIRST_DAY = date(2024, 1, 1)

FOUNDING_START, FOUNDING_END = date(2026, 1, 1), date(2026, 4, 1)
FOUNDING_REVENUE = Decimal("1000000.00")
FOUNDING_TARGET = Decimal("800000.00")

# -- people ------------------------------------------------------------------------------------------------------

MOVED, MOVED_ON = "STA", date(2025, 7, 1)
LEAVER, LEFT_ON = "PLE", date(2025, 12, 31)
NEWCOMER, ARRIVED_ON = "ASA", date(2026, 2, 2)
STAND_IN = "CDA"  # holds the leaver's accounts until the newcomer arrives
HANDED_OVER_ON = date(2026, 1, 1)

_OPENING = date(2023, 1, 2)


def _rep(code: str, name: str, mail: str, hired_on: date = _OPENING, left_on: date | None = None) -> Rep:
    return Rep(code, name, f"{mail}@valmarin.example", hired_on, left_on)


REPS = (
    _rep("CAU", "Camille Aubrenel", "c.aubrenel"),
    _rep("HVA", "Hugo Vastérin", "h.vasterin"),
    _rep("ICA", "Inès Calmadour", "i.calmadour"),
    _rep("MOR", "Mathis Orvanel", "m.orvanel"),
    _rep("LBR", "Léa Brunesque", "l.brunesque"),
    _rep("NBE", "Nadir Belkarem", "n.belkarem", date(2023, 9, 4)),
    _rep("JCO", "Julien Corvasse", "j.corvasse"),
    _rep("STA", "Sophie Talmerin", "s.talmerin"),
    _rep("CDA", "Chloé Damontel", "c.damontel"),
    _rep("RFA", "Rémi Fauvelin", "r.fauvelin", date(2023, 11, 6)),
    _rep("PLE", "Paul Lentorin", "p.lentorin", left_on=LEFT_ON),
    _rep("ASA", "Awa Sandiarou", "a.sandiarou", ARRIVED_ON),
)
TEAMS = (
    Team("GC", "Grands comptes", "CAU"),
    Team("NO", "Nord et Ouest", "MOR"),
    Team("SE", "Sud et Est", "CDA"),
)
_FIRST_TEAM = {
    "GC": ("CAU", "HVA", "ICA"),
    "NO": ("MOR", "LBR", "NBE", "JCO", MOVED),
    "SE": ("CDA", "RFA", LEAVER, NEWCOMER),
}
_LAST_DAY_OF_FIRST_TEAM = {MOVED: MOVED_ON, LEAVER: HANDED_OVER_ON}
_HIRED_ON = {rep.rep_id: rep.hired_on for rep in REPS}

MEMBERSHIPS = (
    *(
        Membership(rep, team, _HIRED_ON[rep], _LAST_DAY_OF_FIRST_TEAM.get(rep))
        for team, reps in _FIRST_TEAM.items()
        for rep in reps
    ),
    Membership(MOVED, "SE", MOVED_ON),
)

# Which portfolios serve a region; key accounts go to their own team wherever they are.
REGIONS = {
    "Hauts-de-France": ("MOR", "LBR"),
    "Normandie": ("LBR", "NBE"),
    "Bretagne": ("NBE", "JCO"),
    "Pays de la Loire": ("JCO", "MOR"),
    "Nouvelle-Aquitaine": ("STA",),
    "Auvergne-Rhône-Alpes": ("CDA", "PLE"),
    "Provence-Alpes-Côte d’Azur": ("PLE", "RFA"),
    "Grand Est": ("RFA", "CDA"),
    "Suisse romande": ("CDA",),
}
REGION_WEIGHTS = (0.17, 0.14, 0.13, 0.15, 0.11, 0.11, 0.08, 0.08, 0.03)
KEY_ACCOUNT_PORTFOLIOS = ("CAU", "HVA", "ICA")


def owner(portfolio: str, day: date) -> str:
    """The rep who has a portfolio's accounts on a day: the leaver's pass to his manager, then to the newcomer."""
    if portfolio != LEAVER or day < HANDED_OVER_ON:
        return portfolio
    return STAND_IN if day < ARRIVED_ON else NEWCOMER


def team_of(rep: str, day: date) -> str | None:
    """The team a rep is in on a day, or was last in before it; None before the rep's first."""
    own = [m for m in MEMBERSHIPS if m.rep_id == rep and m.starts_on <= day]
    return max(own, key=lambda m: m.starts_on).team_id if own else None


# -- what is sold ------------------------------------------------------------------------------------------------

MACHINES, TREATMENT, PUMPS = "Compresseurs", "Traitement de l’air", "Pompes"
PARTS, SERVICES, CONTRACTS = "Pièces et consommables", "Prestations", "Contrats d’entretien"


def _product(product_id: str, name: str, category: str, price: int, cost: int) -> Product:
    return Product(product_id, name, category, Decimal(price), Decimal(cost))


PRODUCTS = (
    _product("CP-011", "Compresseur à vis 11 kW", MACHINES, 8900, 5870),
    _product("CP-022", "Compresseur à vis 22 kW", MACHINES, 14900, 9980),
    _product("CP-037", "Compresseur à vis 37 kW", MACHINES, 22400, 15250),
    _product("CP-045", "Compresseur à vitesse variable 45 kW", MACHINES, 29800, 19900),
    _product("TR-010", "Sécheur frigorifique 10 m³/min", TREATMENT, 4600, 2990),
    _product("TR-020", "Sécheur frigorifique 20 m³/min", TREATMENT, 6900, 4550),
    _product("TR-110", "Filtre haute efficacité", TREATMENT, 680, 365),
    _product("TR-210", "Séparateur huile-eau", TREATMENT, 1150, 640),
    _product("TR-310", "Réservoir vertical 1 000 l", TREATMENT, 2150, 1390),
    _product("PV-100", "Pompe à vide 100 m³/h", PUMPS, 5400, 3480),
    _product("PV-250", "Pompe à vide 250 m³/h", PUMPS, 9800, 6450),
    _product("PC-007", "Pompe centrifuge inox 7 kW", PUMPS, 3250, 2080),
    _product("PI-040", "Kit d’entretien 4 000 h", PARTS, 420, 205),
    _product("PI-080", "Kit d’entretien 8 000 h", PARTS, 860, 430),
    _product("PI-020", "Huile synthétique, bidon de 20 l", PARTS, 215, 118),
    _product("PI-110", "Cartouche filtrante", PARTS, 128, 56),
    _product("PI-150", "Jeu de courroies", PARTS, 95, 38),
    _product("PI-300", "Détecteur de fuites à ultrasons", PARTS, 1490, 890),
    _product("SV-100", "Audit énergétique air comprimé", SERVICES, 2400, 1150),
    _product("SV-200", "Mise en service", SERVICES, 950, 520),
    _product("SV-300", "Formation des exploitants (journée)", SERVICES, 1350, 610),
    _product("CE-001", "Contrat Sérénité", CONTRACTS, 1900, 980),
    _product("CE-002", "Contrat Performance", CONTRACTS, 3600, 1870),
    _product("CE-003", "Contrat Intégral 24/7", CONTRACTS, 6800, 3720),
)
PRODUCT = {product.product_id: product for product in PRODUCTS}
UNKNOWN_PRODUCT = "DIV-000"  # on a few lines, in no catalogue

# The Swiss franc, fixed on the first of each month. Rates are even thousandths and Swiss prices end in 0 or 5, so
# that a line in francs converts to whole cents and totals are exact whatever the order of rounding.
_FRANC = (1066, 1058, 1044, 1026, 1020, 1034, 1036, 1050, 1064, 1068, 1070, 1072, 1066, 1062, 1058, 1050, 1068, 1070,
          1072, 1066, 1068, 1070, 1076, 1074, 1072, 1078, 1080, 1076)  # fmt: skip
RATES = tuple(
    Rate("CHF", date(2024 + month // 12, month % 12 + 1, 1), Decimal(rate) / 1000) for month, rate in enumerate(_FRANC)
)


def in_euros(amount: Decimal, currency: str, day: date) -> Decimal:
    """The amount at the rate of its day."""
    if currency == CURRENCY:
        return amount
    return amount * max((rate for rate in RATES if rate.rate_on <= day), key=lambda rate: rate.rate_on).rate


# -- the truth behind the figures --------------------------------------------------------------------------------

WIN_RATE = {
    "CAU": 0.46, "HVA": 0.38, "ICA": 0.33, "MOR": 0.40, "LBR": 0.36, "NBE": 0.30,
    "JCO": 0.34, "STA": 0.42, "CDA": 0.35, "RFA": 0.24, "PLE": 0.22, "ASA": 0.30,
}  # fmt: skip
# Share of the leads of a source that become a deal.
QUALIFIED_RATE = {"Recommandation": 0.55, "Partenaire": 0.38, "Salon": 0.27, "Site web": 0.20, "Prospection": 0.12}
SOURCE_WEIGHTS = {"Recommandation": 0.11, "Partenaire": 0.12, "Salon": 0.19, "Site web": 0.33, "Prospection": 0.25}
# Mean days from first contact to decision.
CYCLE_DAYS = {"new": 78.0, "upsell": 44.0, "cross_sell": 52.0}
DISCOUNT, GENEROUS_DISCOUNT = 0.07, 0.21
RENEWAL_RATE = {True: 0.90, False: 0.76}  # by tacit renewal or not
PROMOTERS, DETRACTORS = 0.47, 0.19
SATISFIED = 0.82

# Planted problems, for the analyses to find.
STUCK_TEAM, STUCK_STAGE, STUCK_SINCE, STUCK_EXTRA_DAYS = "SE", "Devis envoyé", date(2025, 10, 1), 45.0
GENEROUS_REP = "JCO"
SILENT_INDUSTRY, SILENT_SINCE = "Papier et imprimerie", date(2025, 9, 1)
QUIET_MONTH = 8

STAGES = ("Découverte", "Analyse du besoin", "Devis envoyé", "Négociation")
STAGE_PROBABILITY = {"Découverte": 10, "Analyse du besoin": 25, "Devis envoyé": 50, "Négociation": 75}
WON_STAGE, LOST_STAGE = "Gagnée", "Perdue"

# -- objectives --------------------------------------------------------------------------------------------------

_QUARTERS = {  # company revenue, and its months where they were set
    "T1 2024": (700_000, ()),
    "T2 2024": (880_000, ()),
    "T3 2024": (900_000, ()),
    "T4 2024": (950_000, ()),
    "T1 2025": (850_000, (("janvier", 275_000), ("février", 280_000), ("mars", 295_000))),
    "T2 2025": (900_000, (("avril", 300_000), ("mai", 285_000), ("juin", 315_000))),
    "T3 2025": (800_000, (("juillet", 290_000), ("août", 190_000), ("septembre", 320_000))),
    "T4 2025": (920_000, (("octobre", 305_000), ("novembre", 300_000), ("décembre", 315_000))),
    "T1 2026": (800_000, (("janvier", 260_000), ("février", 265_000), ("mars", 275_000))),
    "T2 2026": (900_000, (("avril", 285_000), ("mai", 280_000), ("juin", 335_000))),
}
_TEAMS = {
    "T1 2025": {"GC": 330_000, "NO": 330_000, "SE": 190_000},
    "T2 2025": {"GC": 350_000, "NO": 350_000, "SE": 200_000},
    "T3 2025": {"GC": 290_000, "NO": 300_000, "SE": 210_000},
    "T4 2025": {"GC": 350_000, "NO": 310_000, "SE": 260_000},
    "T1 2026": {"GC": 290_000, "NO": 270_000, "SE": 240_000},
    "T2 2026": {"GC": 330_000, "NO": 300_000, "SE": 270_000},
}
# The newcomer's 90,000 are for a full quarter: 42 of its 63 business days leave 60,000, and the reps then add up to
# their teams and the company. For T2 2026 the reps were given 2 % more than the company.
_REPS = {
    "T1 2026": {
        "CAU": 110_000, "HVA": 95_000, "ICA": 85_000, "MOR": 75_000, "LBR": 70_000, "NBE": 60_000, "JCO": 65_000,
        "STA": 75_000, "CDA": 60_000, "RFA": 45_000, "ASA": 90_000,
    },
    "T2 2026": {
        "CAU": 120_000, "HVA": 110_000, "ICA": 105_000, "MOR": 85_000, "LBR": 80_000, "NBE": 70_000, "JCO": 70_000,
        "STA": 80_000, "CDA": 65_000, "RFA": 50_000, "ASA": 83_000,
    },
}  # fmt: skip
_OTHERS = {  # for each quarter from T1 2025 on
    "win_rate": "0.36",
    "conversion_rate": "0.08",
    "average_basket": "5000",
    "sales_cycle_days": "62",
    "retention_rate": "0.88",
}


def objectives() -> tuple[Objective, ...]:
    """Every objective: revenue for company (quarters and months), teams and reps; the other rates for the company."""
    return (*_company_revenue(), *_shared_out("team", _TEAMS), *_shared_out("rep", _REPS), *_other_kpis())


def _company_revenue() -> list[Objective]:
    found = []
    for quarter, (value, months) in _QUARTERS.items():
        windows = [(quarter, value), *((f"{month} {quarter[-4:]}", share) for month, share in months)]
        found += [_objective("revenue", "company", None, window, Decimal(share)) for window, share in windows]
    return found


def _shared_out(scope: str, by_quarter: dict[str, dict[str, int]]) -> list[Objective]:
    return [
        _objective("revenue", scope, scope_id, quarter, Decimal(value))
        for quarter, shares in by_quarter.items()
        for scope_id, value in shares.items()
    ]


def _other_kpis() -> list[Objective]:
    return [
        _objective(kpi, "company", None, quarter, Decimal(value))
        for quarter in _TEAMS
        for kpi, value in _OTHERS.items()
    ]


def _objective(kpi: str, scope: str, scope_id: str | None, period: str, value: Decimal) -> Objective:
    """Objectives of a year are set on 12 December of the year before; those of T2 2026 were set on 20 March."""
    set_on = date(2026, 3, 20) if period in {"T2 2026", "avril 2026", "mai 2026", "juin 2026"} else None
    return Objective(kpi, scope, scope_id, period, value, set_on or date(int(period[-4:]) - 1, 12, 12))
