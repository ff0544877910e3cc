"""How the catalogue names themes, units, kinds and sources."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cadran.catalogue.kpi import Additivity, Better, Credit, IntervalMethod, Kind, Unit
from cadran.tables.contract import Type

YOURS = _("Your own")
THEMES = {
    "revenue": _("Sales"),
    "deals": _("Opportunities"),
    "prospects": _("Leads and activities"),
    "clients": _("Clients"),
    "feedback": _("Client satisfaction"),
}
UNITS = {
    Unit.MONEY: _("amount"),
    Unit.RATE: _("rate"),
    Unit.DAYS: _("days"),
    Unit.COUNT: _("count"),
    Unit.SCORE: _("score"),
    Unit.RATIO: _("ratio"),
}
KINDS = {
    Kind.FLOW: _("flow: rows dated in the period"),
    Kind.STOCK: _("stock: the state on the last evening"),
    Kind.COHORT: _("cohort: those who start in the period, followed"),
    Kind.DERIVED: _("computed from other KPIs"),
}
# Keys of a definition; the form asks for texts once per language.
FIELDS = {
    "label": _("Name"),
    "question": _("Question it answers"),
    "definition": _("Definition in one sentence"),
    "formula": _("Formula"),
    "where": _("Condition on rows"),
    "of": _("Rows counted"),
    "on": _("Date that puts a row in a period"),
    "closes": _("Date that takes it out of the stock"),
    "unit": _("Unit"),
    "companions": _("To be read with"),
    "id": _("Id"),
}
WORKED_OUT = {
    "first_purchase_on": _("Client’s first purchase ever"),
    "prospect_id": _("The account, or the lead that has none"),
    "was_client": _("Had bought before"),
    "due_on": _("Day the renewal is due"),
    "renewed": _("Was renewed"),
    "kept": _("The client still has a contract"),
    "period_start": _("First day of the period"),
    "period_end": _("Day after the last of the period"),
    "as_of": _("Evening the answer is known at"),
}
BETTERS = {Better.HIGHER: _("higher"), Better.LOWER: _("lower")}
INTERVALS = {
    IntervalMethod.NONE: _("none: a total, exact"),
    IntervalMethod.WILSON: _("for a rate: a count divided by a count"),
    IntervalMethod.BOOTSTRAP: _("for an average or a quotient"),
    IntervalMethod.MEDIAN: _("for a median"),
}
ADDITIVITIES = {
    Additivity.NON_ADDITIVE: _("no: rates, averages, distinct counts"),
    Additivity.ADDITIVE: _("yes: over reps and over months"),
    Additivity.SEMI_ADDITIVE: _("over reps only: a stock"),
}
CREDITS = {
    Credit.SHARE: _("to each their share"),
    Credit.ONCE: _("whole to each"),
}
SOURCES = {
    "sales": _("rows that make revenue"),
    "orders": _("orders"),
    "order_movements": _("orders, less what was invoiced of them"),
    "leads": _("leads"),
    "opportunities": _("opportunities"),
    "contracts": _("contracts"),
    "activities": _("calls, visits, meetings"),
    "feedback": _("opinions of clients"),
    "assessments": _("assessments of skills"),
    "stage_changes": _("passages from stage to stage"),
    "payments": _("payments"),
}
TYPES = {
    Type.ID: _("identifier"),
    Type.TEXT: _("text"),
    Type.CHOICE: _("choice"),
    Type.DATE: _("date"),
    Type.TIMESTAMP: _("moment, counted as its day"),
    Type.BOOLEAN: _("true or false"),
    Type.MONEY: _("amount"),
    Type.INTEGER: _("whole number"),
    Type.NUMBER: _("number"),
    Type.SHARE: _("share, from 0 to 1"),
}
