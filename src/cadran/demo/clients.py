"""The accounts of the sample company: names that belong to nobody, where they are and who looks after them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import count, product

from cadran.demo import world
from cadran.demo.chance import Chance
from cadran.demo.rows import Account, Ownership

_TRADES = {
    "Agroalimentaire": ("Laiterie", "Conserverie", "Biscuiterie", "Minoterie", "Brasserie"),
    "Mécanique et usinage": ("Ateliers", "Mécanique", "Usinage", "Tôlerie", "Fonderie"),
    "Plasturgie": ("Plasturgie", "Thermoformage", "Injection"),
    world.SILENT_INDUSTRY: ("Papeterie", "Imprimerie", "Cartonnerie"),
    "Chimie et cosmétique": ("Laboratoires", "Savonnerie", "Peintures"),
    "Bois et ameublement": ("Scierie", "Menuiserie", "Meubles"),
    "Équipement automobile": ("Carrosserie", "Emboutissage", "Équipements"),
}
_INDUSTRY_WEIGHTS = (0.19, 0.24, 0.13, 0.12, 0.11, 0.09, 0.12)
_STARTS = ("Aubre", "Bazo", "Belo", "Corva", "Darni", "Esto", "Falgue", "Grena", "Hauve", "Jorve", "Kerlo", "Lorme",
           "Mirva", "Nivo", "Orsa", "Pelga", "Quéru", "Rostel", "Sorbe", "Talva", "Ulmeri", "Vasto", "Wimbe", "Xaintra",
           "Yvrel", "Zamo")  # fmt: skip
_ENDS = ("ndrac", "lvert", "nvielle", "ssoux", "rgane", "mbrac", "ntrel", "doux", "rvins", "quesne", "villon", "gnères",
         "thal", "lande", "rmont", "zay", "vraux", "beuf", "ricourt", "nchamp", "lières", "snoy", "gny", "bourg",
         "tières")  # fmt: skip
_SIZES = {"Grand compte": "1 000 et plus", "ETI": "250 à 999", "PME": "10 à 249"}
_EXISTING = 230


class Clientele:
    """Makes accounts one after the other, each with its own code and name."""

    def __init__(self, seed: int) -> None:
        self._chance = Chance(seed, "accounts")
        self._places = _invented_places(Chance(seed, "places"))
        self.accounts: list[Account] = []

    def existing(self) -> list[Account]:
        """The clients the company had before its first day of data."""
        first = date(2019, 1, 7)
        return [self.add(self._chance.workday(first, world.FIRST_DAY, {}), True) for _ in range(_EXISTING)]

    def add(self, created_on: date, is_client: bool) -> Account:
        draw = self._chance
        segment = draw.one_of(tuple(_SIZES), (0.13, 0.31, 0.56))
        region = draw.one_of(tuple(world.REGIONS), world.REGION_WEIGHTS)
        portfolios = world.KEY_ACCOUNT_PORTFOLIOS if segment == "Grand compte" else world.REGIONS[region]
        industry = draw.one_of(tuple(_TRADES), _INDUSTRY_WEIGHTS)
        account = Account(
            account_id=f"CL{len(self.accounts) + 1:05}",
            name=f"{draw.one_of(_TRADES[industry])} {next(self._places)}",
            segment=segment,
            industry=industry,
            region=region,
            country="Suisse" if region == "Suisse romande" else "France",
            size_band=_SIZES[segment],
            portfolio=draw.one_of(portfolios),
            created_on=created_on,
            is_client=is_client,
        )
        self.accounts.append(account)
        return account

    def signed(self, account_ids: set[str]) -> tuple[Account, ...]:
        """All accounts; those of `account_ids` have become clients."""
        return tuple(
            replace(account, is_client=True) if account.account_id in account_ids else account
            for account in self.accounts
        )


def _invented_places(draw: Chance) -> Iterator[str]:
    """Names of places that do not exist, without end: « Corvalvert », and much later « Corvalvert 2 »."""
    places = [start + end for start, end in product(_STARTS, _ENDS)]
    draw.stream.shuffle(places)
    yield from places
    for number in count(2):
        yield from (f"{place} {number}" for place in places)


def currency_of(account: Account) -> str:
    return "CHF" if account.country == "Suisse" else world.CURRENCY


def ownership(accounts: tuple[Account, ...]) -> Iterator[Ownership]:
    """Who had which account when; only the leaver's portfolio changed hands."""
    steps = (world.HANDED_OVER_ON, world.ARRIVED_ON)
    for account in accounts:
        since = account.created_on
        for day in steps if account.portfolio == world.LEAVER else ():
            if since < day:
                yield Ownership(account.account_id, world.owner(account.portfolio, since), since, day)
                since = day
        yield Ownership(account.account_id, world.owner(account.portfolio, since), since, None)
