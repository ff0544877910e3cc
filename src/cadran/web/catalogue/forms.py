"""An own KPI as a form: what most definitions are made of. The others are written in YAML.

The form checks nothing: what it holds becomes YAML, and a definition is read and checked in one place only
(`catalogue/drafts.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cadran.catalogue.form import read_definition
from cadran.catalogue.kpi import Additivity, Better, Credit, IntervalMethod, Kind, Kpi, Unit
from cadran.catalogue.plain_yaml import Plain
from cadran.catalogue.sources import SOURCES
from cadran.tables.mapping import fold
from cadran.web.catalogue.words import ADDITIVITIES, BETTERS, CREDITS, FIELDS, INTERVALS, KINDS, UNITS
from cadran.web.catalogue.words import SOURCES as SOURCE_WORDS

_NEW_ID = "kpi"


def _line(label: Any, help_text: Any = "", **attributes: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"} | attributes),
    )


def _code(label: Any, help_text: Any = "", rows: int = 2) -> forms.CharField:
    attributes = {"rows": rows, "spellcheck": "false", "autocapitalize": "off", "class": "code"}
    return forms.CharField(label=label, help_text=help_text, required=False, widget=forms.Textarea(attrs=attributes))


def _sentence(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, required=False, widget=forms.Textarea(attrs={"rows": 2}))


def _choice(label: Any, choices: Mapping[Any, Any], help_text: Any = "") -> forms.CharField:
    """Any text is taken: what is no choice is told by the definition's own check."""
    pairs = [(str(key), text) for key, text in choices.items()]
    return forms.CharField(label=label, help_text=help_text, required=False, widget=forms.Select(choices=pairs))


def _sources() -> dict[str, Any]:
    return {name: f"{name} · {SOURCE_WORDS[name]}" for name in SOURCES}


def _dates() -> dict[str, Any]:
    roles = dict.fromkeys(role for source in SOURCES.values() for role in source.date_roles)
    return {"": _("the usual one of the source")} | {role: role for role in roles}


class DefinitionForm(forms.Form):
    """Names of fields are keys of a definition, texts once per language; `id` is asked of a new KPI only."""

    label_fr = _line(_("Name, in French"))
    label_en = _line(_("Name, in English"), _("Left empty: as in French."))
    id = _line(
        FIELDS["id"], _("For addresses and formulas: discount_rate. Left empty: made from the name."), maxlength=63
    )
    question_fr = _line(_("Question it answers, in French"))
    question_en = _line(_("Question it answers, in English"))
    definition_fr = _sentence(_("Definition in one sentence, in French"))
    definition_en = _sentence(_("Definition in one sentence, in English"))
    kind = _choice(_("Kind"), KINDS)
    of = _choice(FIELDS["of"], {})
    on = _choice(FIELDS["on"], {})
    closes = _line(FIELDS["closes"], _("For a stock only: closed_on, for instance."))
    where = _code(FIELDS["where"], _("Only rows that fulfil it count. Left empty: all."))
    formula = _code(
        FIELDS["formula"], _("Of rows: sum(amount) / count(*). Of other KPIs: {revenue} / {orders}."), rows=3
    )
    unit = _choice(FIELDS["unit"], UNITS)
    better = _choice(_("Better when"), BETTERS)
    interval = _choice(_("Confidence interval"), INTERVALS)
    additivity = _choice(_("May be added up"), ADDITIVITIES)
    credit = _choice(_("What several reps share counts"), CREDITS)
    companions = _line(FIELDS["companions"], _("Ids of KPIs, separated by commas."))
    note_fr = _sentence(_("Reading note, in French"))
    note_en = _sentence(_("Reading note, in English"))

    def __init__(self, *args: Any, is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["of"].widget.choices = list(_sources().items())
        self.fields["on"].widget.choices = list(_dates().items())
        if not is_new:
            del self.fields["id"]

    def id_and_values(self) -> tuple[str, dict[str, Plain]]:
        """The id (made from the name where it was left empty) and the definition's values."""
        self.full_clean()
        given: dict[str, str] = {name: text or "" for name, text in self.cleaned_data.items()}
        return given.get("id") or id_from(given["label_fr"] or given["label_en"]), values(given)


def values(given: Mapping[str, str]) -> dict[str, Plain]:
    """The form's texts as the values of a definition; what is left empty is left out."""
    derived = given["kind"] == Kind.DERIVED
    source = SOURCES.get(given["of"])
    on = given["on"] or (source.date_roles[0] if source else "")
    counted = {"of": given["of"], "on": on, "where": given["where"], "closes": given["closes"]}
    companions = [name.strip() for name in given["companions"].split(",") if name.strip()]
    optional = {
        "interval": given["interval"] if given["interval"] != IntervalMethod.NONE else "",
        "better": given["better"] if given["better"] != Better.HIGHER else "",
        "additivity": given["additivity"] if given["additivity"] != Additivity.NON_ADDITIVE else "",
        "credit": given["credit"] if given["credit"] != Credit.SHARE else "",
        "companions": companions,
        "note": _both(given, "note") if given["note_fr"] or given["note_en"] else "",
    }
    return {
        **{key: _both(given, key) for key in ("label", "question", "definition")},
        "kind": given["kind"],
        **({} if derived else {key: text for key, text in counted.items() if text or key in ("of", "on")}),
        "formula": given["formula"],
        "unit": given["unit"],
        **{key: value for key, value in optional.items() if value},
    }


def initial_of(kpi: Kpi) -> dict[str, str] | None:
    """What the form shows of a KPI; None for one with parts that the form has no field for."""
    population = kpi.populations[0] if kpi.populations else None
    counted = {key: getattr(population, key, None) or "" for key in ("of", "on", "where", "closes")}
    given = {
        **{f"{key}_{lang}": getattr(getattr(kpi, key), lang) for key in _TEXTS for lang in ("fr", "en")},
        **{key: str(getattr(kpi, key)) for key in ("kind", "unit", "better", "interval", "additivity", "credit")},
        **counted,
        "formula": kpi.formula or (population.formula if population else ""),
        "companions": ", ".join(kpi.companions),
    }
    again, problems = read_definition(kpi.id, values(given), kpi.origin, kpi.source_text)
    return given if again == kpi and not problems else None


def blank() -> dict[str, str]:
    """A new form: the first choice everywhere."""
    return {
        "kind": Kind.FLOW,
        "of": "sales",
        "unit": Unit.MONEY,
        "better": Better.HIGHER,
        "interval": IntervalMethod.NONE,
        "additivity": Additivity.NON_ADDITIVE,
        "credit": Credit.SHARE,
    }


def id_from(label: str) -> str:
    """« Taux de remise (%) » -> taux_de_remise."""
    words = re.findall(r"[a-z0-9]+", fold(label))
    return "_".join(words)[:63].strip("_") or _NEW_ID


_TEXTS = ("label", "question", "definition", "note")


def _both(given: Mapping[str, str], key: str) -> dict[str, str]:
    """A text in both languages; one of them left empty says the same."""
    fr, en = given[f"{key}_fr"], given[f"{key}_en"]
    return {"fr": fr or en, "en": en or fr}
