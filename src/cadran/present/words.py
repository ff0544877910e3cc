"""The words of tables and pages that belong to no KPI: statuses, scopes, column titles."""

from __future__ import annotations

from cadran.errors import Text

UNASSIGNED = Text("Non attribué", "Unassigned")
NOT_GIVEN = Text("non renseigné", "not given")
COMPANY = Text("Entreprise", "Company")

# Shape and word, never colour alone (look.md, "Status").
STATUS = {
    "exceeded": Text("▲ dépassé", "▲ exceeded"),
    "reached": Text("● atteint", "● reached"),
    "on_pace": Text("○ en rythme", "○ on pace"),
    "at_risk": Text("◆ à surveiller", "◆ at risk"),
    "behind": Text("▼ en retard", "▼ behind"),
    "provisional": Text("◌ provisoire", "◌ provisional"),
    "no_target": Text("sans objectif", "no target"),
    "undefined": Text("–", "–"),
}

TITLES = {
    "kpi": Text("Indicateur", "KPI"),
    "period": Text("Période", "Period"),
    "scope": Text("Périmètre", "Scope"),
    "value": Text("Valeur", "Value"),
    "target": Text("Objectif", "Target"),
    "attainment": Text("Atteinte", "Attainment"),
    "gap": Text("Écart", "Gap"),
    "status": Text("Statut", "Status"),
    "previous": Text("Période précédente", "Previous period"),
    "change_previous": Text("Évolution", "Change"),
    "last_year": Text("An dernier", "Last year"),
    "change_last_year": Text("Sur un an", "On last year"),
    "interval": Text("Intervalle à 95 %", "95% interval"),
    "sample_size": Text("n", "n"),
}

PARTIAL = Text("au {day}", "to {day}")
TOO_SMALL = "sample_too_small"  # the code of the note
# The codes of notes that are said of some periods of several, and what the first says of more than one.
KNOWN_THEN, REBUILT = "known_then", "rebuilt"
KNOWN_EACH = Text(
    "Montants et étapes connus au dernier soir de chaque période.",
    "Amounts and stages as known on the last evening of each period.",
)
MARKS = {
    "*": Text("provisoire : trop d’issues encore inconnues", "provisional: too many outcomes still unknown"),
    "°": Text("échantillon trop petit", "sample too small"),
}
YES_NO = {True: Text("oui", "yes"), False: Text("non", "no")}
EMPTY = Text("Rien à montrer.", "Nothing to show.")
