"""From a first contact to a decision: the leads and deals of the sample company, and the stages deals went through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from cadran.demo import world
from cadran.demo.baskets import machine_basket, total
from cadran.demo.chance import Chance, nearest_workday, next_workday
from cadran.demo.clients import Clientele, currency_of
from cadran.demo.rows import Account, Deal, Lead, SaleLine, StageEntry
from cadran.periods.period import ONE_DAY

_LEADS = 1450
_DEALS_WITH_CLIENTS = 530
_DEALS_PER_CLIENT = {"Grand compte": 3.4, "ETI": 1.4, "PME": 1.0}
_QUIET = {world.QUIET_MONTH: 0.35, 12: 0.75}
_LEAD_LOST = ("Pas de projet", "Hors cible", "Injoignable", "Budget")
_DEAL_LOST = ("Prix", "Concurrent", "Projet reporté", "Délai", "Sans suite")
_DEAL_LOST_WEIGHTS = (0.34, 0.27, 0.18, 0.09, 0.12)
_NEVER_DECIDED_SOONER = 8  # days


@dataclass(frozen=True)
class Prospecting:
    leads: tuple[Lead, ...]
    deals: tuple[Deal, ...]
    stage_entries: tuple[StageEntry, ...]


class _Desk:
    """Draws leads and deals in turn, numbering them."""

    def __init__(self, seed: int, clientele: Clientele) -> None:
        self.clientele = clientele
        self.draw = Chance(seed, "prospecting")
        self.baskets = Chance(seed, "deal baskets")
        self.leads: list[Lead] = []
        self.deals: list[Deal] = []
        self.entries: list[StageEntry] = []

    # -- leads ---------------------------------------------------------------------------------------------------

    def lead(self, first: date) -> None:
        draw = self.draw
        source = draw.one_of(tuple(world.SOURCE_WEIGHTS), tuple(world.SOURCE_WEIGHTS.values()))
        is_good = draw.happens(world.QUALIFIED_RATE[source])
        cycle = self._cycle("new")
        qualified_on = next_workday(first + timedelta(days=max(1, round(cycle * draw.between(0.1, 0.3)))))
        if is_good and qualified_on <= world.AS_OF:
            self._qualified(source, first, qualified_on, cycle)
        else:
            self._unqualified(source, first, is_good)

    def _qualified(self, source: str, first: date, qualified_on: date, cycle: float) -> None:
        account = self.clientele.add(qualified_on, False)
        lead = Lead(self._lead_id(), account.account_id, self._owner(account, first), source, first, qualified_on)
        deal = self._deal(account, "new", source, first, qualified_on, cycle, lead.lead_id)
        won = deal.closed_on if deal.outcome == "won" else None
        lost = deal.closed_on if deal.outcome == "lost" else None
        self.leads.append(replace(lead, client_on=won, lost_on=lost, lost_reason=deal.lost_reason))

    def _unqualified(self, source: str, first: date, is_good: bool) -> None:
        """Nothing came of it, or nothing yet; nobody opened an account for it."""
        lost_on = next_workday(first + timedelta(days=2 + round(self.draw.wait(24))))
        reason = self.draw.one_of(_LEAD_LOST)
        is_lost = not is_good and lost_on <= world.AS_OF
        portfolios = [code for codes in world.REGIONS.values() for code in codes]
        rep = world.owner(self.draw.one_of(portfolios), first)
        ending = (lost_on, reason) if is_lost else (None, None)
        self.leads.append(Lead(self._lead_id(), None, rep, source, first, None, None, *ending))

    def second_chance(self, lead: Lead) -> None:
        """A lost prospect met again: the same prospect, which counts once."""
        assert lead.lost_on
        again = next_workday(lead.lost_on + timedelta(days=self.draw.whole(10, 60)))
        lost_on = next_workday(again + timedelta(days=self.draw.whole(5, 30)))
        if lost_on <= world.AS_OF:
            self.leads.append(
                replace(lead, lead_id=self._lead_id(), first_contact_on=again, qualified_on=None, lost_on=lost_on)
            )

    def _lead_id(self) -> str:
        return f"PR-{len(self.leads) + 1:05}"

    # -- deals ---------------------------------------------------------------------------------------------------

    def deal_with_client(self, account: Account, first: date) -> None:
        kind = self.draw.one_of(("upsell", "cross_sell"))
        created_on = next_workday(first + timedelta(days=self.draw.whole(0, 6)))
        if created_on <= world.AS_OF:
            self._deal(account, kind, "Client existant", first, created_on, self._cycle(kind), None)

    def _deal(
        self, account: Account, kind: str, source: str, first: date, created_on: date, cycle: float, lead_id: str | None
    ) -> Deal:
        draw = self.draw
        close = max(nearest_workday(first + timedelta(days=round(cycle))), next_workday(created_on + ONE_DAY))
        stages, close = self._walk(account, created_on, close)
        is_closed = close <= world.AS_OF
        rep = self._owner(account, min(close, world.AS_OF))
        outcome = "won" if draw.happens(world.WIN_RATE[rep]) else "lost"
        reason = draw.one_of(_DEAL_LOST, _DEAL_LOST_WEIGHTS)
        path = stages if outcome == "won" else stages[: draw.one_of((1, 2, 3, 4), (0.12, 0.23, 0.36, 0.29))]
        reached = path if is_closed else [(stage, day) for stage, day in stages if day <= world.AS_OF]
        ending = world.WON_STAGE if outcome == "won" else world.LOST_STAGE
        basket = machine_basket(self.baskets, account, rep, kind)
        deal = Deal(
            opportunity_id=f"AF-{len(self.deals) + 1:04}",
            account_id=account.account_id,
            lead_id=lead_id,
            rep_id=rep,
            kind=kind,
            source=source,
            amount=total(basket) if outcome == "won" and is_closed else _rounded(total(basket)),
            currency=currency_of(account),
            first_contact_on=first,
            created_on=created_on,
            expected_close_on=next_workday(close + timedelta(days=draw.whole(-12, 8))),
            closed_on=close if is_closed else None,
            outcome=outcome if is_closed else "open",
            stage=ending if is_closed else reached[-1][0],
            lost_reason=reason if is_closed and outcome == "lost" else None,
            basket=basket,
        )
        self.deals.append(deal)
        self._enter(deal.opportunity_id, [*reached, (ending, close)] if is_closed else reached)
        return deal

    def _enter(self, deal_id: str, path: list[tuple[str, date]]) -> None:
        moments = sorted(self.draw.at_work(day) for _, day in path)
        self.entries += [StageEntry(deal_id, stage, moment) for (stage, _), moment in zip(path, moments, strict=True)]

    def _walk(self, account: Account, created_on: date, close: date) -> tuple[list[tuple[str, date]], date]:
        """The day each stage is entered, and the decision: later where quotes get stuck."""
        cuts = sorted(self.draw.between(0.08, 0.9) for _ in world.STAGES[1:])
        span = (close - created_on).days
        days = [created_on, *(nearest_workday(created_on + timedelta(days=int(span * cut))) for cut in cuts)]
        quote = world.STAGES.index(world.STUCK_STAGE)
        delay = timedelta(days=20 + round(self.draw.wait(world.STUCK_EXTRA_DAYS - 20)))
        team = world.team_of(self._owner(account, days[quote]), days[quote])
        if team == world.STUCK_TEAM and days[quote] >= world.STUCK_SINCE:
            days = [day if place <= quote else nearest_workday(day + delay) for place, day in enumerate(days)]
            close = nearest_workday(close + delay)
        return list(zip(world.STAGES, days, strict=True)), close

    def _cycle(self, kind: str) -> float:
        """Days from first contact to decision: gamma from eight days up, with the true mean of its kind."""
        return _NEVER_DECIDED_SOONER + self.draw.wait(world.CYCLE_DAYS[kind] - _NEVER_DECIDED_SOONER, shape=3.5)

    def _owner(self, account: Account, day: date) -> str:
        return world.owner(account.portfolio, day)


def _rounded(amount: Decimal) -> Decimal:
    """An estimate, as people type one: to the nearest fifty."""
    return (amount / 50).quantize(Decimal(1)) * 50


def prospect(seed: int, clientele: Clientele) -> Prospecting:
    """Leads and deals since the first day, with those clients that existed before it."""
    clients = clientele.existing()
    desk = _Desk(seed, clientele)
    end = world.AS_OF + ONE_DAY
    firsts = sorted(desk.draw.workday(world.FIRST_DAY, end, _QUIET) for _ in range(_LEADS))
    for first in firsts:
        desk.lead(first)
    for lead in [lead for lead in desk.leads if lead.account_id and lead.lost_on][::8]:
        desk.second_chance(lead)
    weights = [_DEALS_PER_CLIENT[client.segment] for client in clients]
    for first in sorted(desk.draw.workday(world.FIRST_DAY, end, _QUIET) for _ in range(_DEALS_WITH_CLIENTS)):
        desk.deal_with_client(desk.draw.one_of(clients, weights), first)
    return Prospecting(tuple(desk.leads), tuple(desk.deals), tuple(desk.entries))


def clients_met_again(seed: int, leads: tuple[Lead, ...], invoices: tuple[SaleLine, ...]) -> tuple[Lead, ...]:
    """Leads of clients who came by as if new, after they had bought: no prospects at all."""
    draw = Chance(seed, "clients met again")
    bought: dict[str, SaleLine] = {}
    for line in invoices:
        if line.account_id and line.rep_id:
            bought.setdefault(line.account_id, line)
    found: list[Lead] = []
    for line in list(bought.values())[5::12]:
        first = next_workday(line.sold_on + timedelta(days=draw.whole(60, 200)))
        if first < world.HANDED_OVER_ON and line.rep_id:
            number = f"PR-{len(leads) + len(found) + 1:05}"
            found.append(Lead(number, line.account_id, line.rep_id, "Salon", first, next_workday(first + ONE_DAY)))
    return tuple(found)
