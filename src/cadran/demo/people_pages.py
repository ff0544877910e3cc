"""The files of the people: sales force, portfolios, absences, assessments, shares and objectives."""

from __future__ import annotations

from collections.abc import Iterable

from cadran.demo import world
from cadran.demo.cells import Percent
from cadran.demo.pages import Book, Columns, Page
from cadran.demo.rows import Absence, Assessment, Credit, Membership, Objective, Ownership, Rep, Team

_KPIS = {
    "revenue": "Chiffre d’affaires",
    "win_rate": "Taux de succès",
    "conversion_rate": "Taux de conversion",
    "average_basket": "Panier moyen",
    "sales_cycle_days": "Temps moyen de cycle de vente",
    "retention_rate": "Taux de rétention",
}
_SCOPES = {"company": "Société", "team": "Équipe", "rep": "Commercial"}


def sales_force() -> Book:
    reps = Columns[Rep](
        {
            "Code commercial": lambda rep: rep.rep_id,
            "Nom du commercial": lambda rep: rep.name,
            "E-mail": lambda rep: rep.email,
            "Date d’arrivée": lambda rep: rep.hired_on,
            "Date de départ": lambda rep: rep.left_on,
        }
    )
    teams = Columns[Team](
        {
            "Code équipe": lambda team: team.team_id,
            "Nom de l’équipe": lambda team: team.name,
            "Responsable": lambda team: team.manager,
        }
    )
    memberships = Columns[Membership](
        {
            "Code commercial": lambda row: row.rep_id,
            "Code équipe": lambda row: row.team_id,
            "Depuis le": lambda row: row.starts_on,
            "Jusqu’au (exclu)": lambda row: row.ends_on,
        }
    )
    pages = (
        reps.page(world.REPS, "Commerciaux"),
        teams.page(world.TEAMS, "Équipes"),
        memberships.page(world.MEMBERSHIPS, "Affectations"),
    )
    return Book("force_de_vente.xlsx", pages)


def owners(owners: Iterable[Ownership]) -> Page:
    columns = Columns[Ownership](
        {
            "Code client": lambda row: row.account_id,
            "Commercial": lambda row: row.rep_id,
            "Depuis le": lambda row: row.starts_on,
            "Jusqu’au (exclu)": lambda row: row.ends_on,
        }
    )
    return columns.page(owners)


def assessments(assessments: Iterable[Assessment]) -> Page:
    columns = Columns[Assessment](
        {
            "Commercial": lambda row: row.rep_id,
            "Critère": lambda row: row.criterion,
            "Niveau (1 à 5)": lambda row: row.level,
            "Commentaire": lambda row: row.comment,
            "Date": lambda row: row.happened_on,
        }
    )
    return columns.page(assessments, "Évaluations", title="Évaluations semestrielles des commerciaux")


def credits(credits: Iterable[Credit]) -> Page:
    tables = {"sales": "Vente", "opportunities": "Affaire"}
    columns = Columns[Credit](
        {
            "Table partagée": lambda credit: tables[credit.fact],
            "Ligne partagée": lambda credit: credit.fact_id,
            "Commercial": lambda credit: credit.rep_id,
            "Part": lambda credit: Percent(int(credit.share * 100)),
        }
    )
    return columns.page(credits)


def absences(absences: Iterable[Absence]) -> Page:
    columns = Columns[Absence](
        {
            "Commercial": lambda absence: absence.rep_id,
            "Premier jour": lambda absence: absence.starts_on,
            "Dernier jour": lambda absence: absence.ends_on,
        }
    )
    return columns.page(absences)


def objectives() -> Page:
    columns = Columns[Objective](
        {
            "Indicateur": lambda objective: _KPIS[objective.kpi],
            "Niveau": lambda objective: _SCOPES[objective.scope],
            "Équipe ou commercial": lambda objective: objective.scope_id,
            "Période": lambda objective: objective.period,
            "Objectif": lambda objective: objective.value,
            "Fixé le": lambda objective: objective.set_on,
        }
    )
    return columns.page(world.objectives())
