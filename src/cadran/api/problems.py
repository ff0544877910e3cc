"""What the API refuses, as JSON: `{"errors": [{"code", "message", "advice"}]}`."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import get_language

from cadran.api.shapes import Asked
from cadran.errors import Issue, Lang, Text, did_you_mean
from cadran.present.export import to_json


def refusal(status: int, *issues: Issue) -> HttpResponse:
    lang: Lang = "en" if get_language() == "en" else "fr"
    errors = [{"code": each.code, "message": each.message.to(lang), "advice": each.advice.to(lang)} for each in issues]
    return HttpResponse(to_json({"errors": errors}), content_type="application/json", status=status)


def unknown_argument(name: str) -> Issue:
    message = Text(f"L’argument « {name} » n’existe pas.", f'There is no argument "{name}".')
    return Issue("unknown_argument", message, did_you_mean(name, Asked.model_fields))


def too_many_periods(most: int) -> Issue:
    return Issue(
        "too_many_periods",
        Text(f"Une réponse tient {most} périodes au plus.", f"An answer holds {most} periods at most."),
        Text("Demandez moins de temps, ou un découpage plus large.", "Ask for less time, or for a coarser grain."),
    )


MISSING = Issue(
    "missing_argument",
    Text("Il manque l’argument « kpis ».", 'The argument "kpis" is missing.'),
    Text("Ajoutez par exemple kpis=revenue.", "Add kpis=revenue, for example."),
)
NO_KEY = Issue(
    "no_key",
    Text("Cette adresse demande une clé d’API valable.", "This address takes a valid API key."),
    Text(
        "Envoyez « Authorization: Bearer CLÉ » ; un administrateur crée les clés dans les réglages.",
        'Send "Authorization: Bearer KEY"; an administrator makes keys in the settings.',
    ),
)
TOO_OFTEN = Issue(
    "too_often",
    Text("Trop de questions en une minute.", "Too many questions in a minute."),
    Text("Attendez le nombre de secondes de Retry-After.", "Wait the number of seconds in Retry-After."),
)
UNFORESEEN = Issue(
    "unforeseen",
    Text("La réponse n’a pas pu être calculée.", "The answer could not be computed."),
    Text("Réessayez ; le journal du serveur en dit la cause.", "Try again; the server’s log tells why."),
)
