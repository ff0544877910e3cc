"""What people did and said: activities of the reps, answers of the clients, managers' assessments, absences."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from cadran.demo import world
from cadran.demo.chance import Chance, next_workday
from cadran.demo.rows import Absence, Account, Activity, Assessment, Deal, Feedback, Lead, SaleLine, StageEntry
from cadran.periods.period import ONE_DAY

_STAGE_WORK = {
    "Découverte": ("call", "email", "meeting"),
    "Analyse du besoin": ("visit", "meeting", "demo"),
    "Devis envoyé": ("quote", "call", "email"),
    "Négociation": ("meeting", "call", "visit"),
}
_CLIENT_WORK = ("call", "visit", "email", "other")
_CLIENT_VISITS = 1250
_PROMISED = {"nps": 420, "csat": 310}
_PRAISE = (
    "Équipe réactive, machine installée dans les temps.",
    "Très bon suivi du commercial ; nous recommandons.",
    "Audit utile : 18 % d’électricité en moins.\nMerci au technicien.",
    "",
    "",
)
_NEUTRAL = ("Correct, sans plus.", "Bon matériel ; délais un peu longs", "", "", "")
_COMPLAINTS = (
    "Trois semaines pour recevoir un devis.",
    'Sans nouvelles depuis le devis ; "on vous rappelle", puis rien.',
    "Pièce livrée en retard, ligne arrêtée une journée",
    "Prix des pièces trop élevé",
    "",
)
_CRITERIA = ("Découverte du besoin", "Argumentation", "Négociation", "Connaissance produit", "Organisation")
_CAMPAIGNS = (date(2024, 6, 20), date(2024, 12, 12), date(2025, 6, 19), date(2025, 12, 11))
_REMARKS = {2: "À accompagner : formation prévue.", 4: "Solide.", 5: "Point fort, à partager avec l’équipe."}
_LAST_MOMENT = datetime.combine(world.AS_OF, datetime.max.time())


def activities(
    seed: int,
    accounts: tuple[Account, ...],
    leads: tuple[Lead, ...],
    deals: tuple[Deal, ...],
    entries: tuple[StageEntry, ...],
) -> tuple[Activity, ...]:
    """First answers to leads, the work on each stage of a deal, and visits to clients; by time."""
    draw = Chance(seed, "activities")
    done = [
        *_answers_to_leads(draw, leads),
        *_work_on_deals(draw, {deal.opportunity_id: deal for deal in deals}, entries),
        *_visits(draw, [account for account in accounts if account.is_client]),
    ]
    return tuple(sorted((a for a in done if a.happened_at <= _LAST_MOMENT), key=lambda a: (a.happened_at, a.rep_id)))


def _answers_to_leads(draw: Chance, leads: tuple[Lead, ...]) -> Iterable[Activity]:
    for lead in leads:
        day = next_workday(lead.first_contact_on + timedelta(days=min(9, int(draw.wait(1.6, shape=1)))))
        kind = draw.one_of(("call", "email"))
        yield Activity(lead.rep_id, lead.account_id, None, lead.lead_id, kind, draw.at_work(day))


def _work_on_deals(draw: Chance, deals: dict[str, Deal], entries: tuple[StageEntry, ...]) -> Iterable[Activity]:
    """One or two things done in the days after a stage was entered; the first demo of a stage is soon."""
    for entry in entries:
        deal = deals[entry.opportunity_id]
        for kind in _STAGE_WORK.get(entry.stage, ())[: draw.whole(1, 2)]:
            day = next_workday(entry.entered_at.date() + timedelta(days=draw.whole(0, 6)))
            yield Activity(deal.rep_id, deal.account_id, deal.opportunity_id, None, kind, draw.at_work(day))


def _visits(draw: Chance, clients: list[Account]) -> Iterable[Activity]:
    for _ in range(_CLIENT_VISITS):
        account = draw.one_of(clients)
        first = max(world.FIRST_DAY, account.created_on)
        day = draw.workday(first, world.AS_OF + ONE_DAY, {world.QUIET_MONTH: 0.3})
        rep = world.owner(account.portfolio, day)
        yield Activity(rep, account.account_id, None, None, draw.one_of(_CLIENT_WORK), draw.at_work(day))


def feedback(seed: int, accounts: tuple[Account, ...], invoices: tuple[SaleLine, ...]) -> tuple[Feedback, ...]:
    """Answers to the survey sent some days after an invoice; those of the team whose quotes are stuck turn sour."""
    draw = Chance(seed, "feedback")
    portfolios = {account.account_id: account.portfolio for account in accounts}
    asked = [line for line in invoices if line.kind == "invoice" and line.account_id]
    found = []
    for kind, answers in _PROMISED.items():
        for _ in range(answers):
            line = draw.one_of(asked)
            day = next_workday(line.sold_on + timedelta(days=draw.whole(5, 25)))
            if line.account_id and day <= world.AS_OF:
                rep = world.owner(portfolios[line.account_id], day)
                is_sour = world.team_of(rep, day) == world.STUCK_TEAM and day >= world.STUCK_SINCE
                score = _nps(draw, is_sour) if kind == "nps" else _csat(draw)
                comment = draw.one_of(_comments(kind, score))
                found.append(Feedback(line.account_id, rep, kind, score, comment, draw.at_work(day)))
    return tuple(sorted(found, key=lambda answer: (answer.happened_at, answer.account_id, answer.kind)))


def _nps(draw: Chance, is_sour: bool) -> int:
    promoters = world.PROMOTERS - (0.25 if is_sour else 0)
    detractors = world.DETRACTORS + (0.25 if is_sour else 0)
    group = draw.one_of(((9, 10), (7, 8), (3, 6)), (promoters, 1 - promoters - detractors, detractors))
    return draw.whole(*group)


def _csat(draw: Chance) -> int:
    return draw.whole(4, 5) if draw.happens(world.SATISFIED) else draw.whole(1, 3)


def _comments(kind: str, score: int) -> tuple[str, ...]:
    high, low = (9, 6) if kind == "nps" else (5, 3)
    return _PRAISE if score >= high else _COMPLAINTS if score <= low else _NEUTRAL


def assessments(seed: int) -> tuple[Assessment, ...]:
    """Every rep present, twice a year, by criterion; each has lasting strengths, and campaigns differ by a notch."""
    draw = Chance(seed, "assessments")
    found = []
    for rep in world.REPS:
        strengths = {criterion: draw.normal(3.4, 0.8, 1, 5) for criterion in _CRITERIA}
        for day in _CAMPAIGNS:
            for criterion, strength in strengths.items():
                level = round(draw.normal(strength, 0.4, 1, 5))
                if rep.hired_on <= day:
                    found.append(Assessment(rep.rep_id, criterion, level, _REMARKS.get(level, ""), day))
    return tuple(sorted(found, key=lambda a: a.happened_on))


def absences(seed: int) -> tuple[Absence, ...]:
    """Three weeks each summer, a week in winter; one rep was away for a month."""
    draw = Chance(seed, "absences")
    found = [Absence("RFA", date(2025, 11, 3), date(2025, 11, 30))]
    for rep in world.REPS:
        for year, month, weeks in ((2024, 8, 3), (2025, 2, 1), (2025, 8, 3), (2026, 2, 1)):
            start = date(year, month, 1) + timedelta(days=draw.whole(0, 9))
            start += timedelta(days=-start.weekday() % 7)
            end = start + timedelta(days=7 * weeks - 3)
            if rep.hired_on < start and (rep.left_on is None or end < rep.left_on) and rep.rep_id != world.NEWCOMER:
                found.append(Absence(rep.rep_id, start, end))
    return tuple(sorted(found, key=lambda absence: (absence.starts_on, absence.rep_id)))
