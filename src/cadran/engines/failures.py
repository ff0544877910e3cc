"""What a warehouse may answer instead of numbers, in one clear sentence each. Neither an address nor a value that
stands in a row is ever repeated: whoever reads the sentence may not be allowed to see it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cadran.errors import Issue, Text

_STATE = re.compile(r"SQLSTATE:?\s*([0-9A-Z]{5})")
_ERROR = re.compile(r"(?:ERROR|FATAL):\s*(.+)")
_PASSWORD = ("password authentication failed", "no password supplied", "28P01", "28000", "does not exist")
_LOST = ("server closed the connection", "no connection to the server", "terminating connection", "SSL SYSCALL")
_LOST_STATES = ("57P01", "57P02", "57P03")
# The classes of states of which the engine's own words may be repeated: they speak of names, rights and the server. Any
# other may hold a value.
_TELLING = ("0A", "25", "3D", "3F", "42", "53", "54", "55", "57", "58", "XX")
_WRONG_VALUES = ("22003", "22007", "22008", "22018", "22P02")


def no_driver(scheme: str, package: str) -> Issue:
    if scheme in ("postgresql", "postgres"):
        message = Text(
            "Le pilote ADBC de PostgreSQL n’est pas installé.", "The ADBC driver of PostgreSQL is not installed."
        )
        install = "pip install cadran[postgresql]"
    elif package:
        message = Text(
            f"Le pilote ADBC « {package} » n’est pas installé.", f'The ADBC driver "{package}" is not installed.'
        )
        install = f"pip install adbc-driver-manager {package.replace('_', '-')}"
    else:
        message = Text(
            "Cet entrepôt n’est pas PostgreSQL : il faut dire par quel pilote le lire.",
            "This warehouse is not PostgreSQL: say by which driver to read it.",
        )
        advice = Text(
            "Ajoutez driver et dialect à [engine] (docs/engines.md).",
            "Add driver and dialect to [engine] (docs/engines.md).",
        )
        return Issue("engine_no_driver", message, advice)
    return Issue("engine_no_driver", message, Text(f"Installez-le : {install}.", f"Install it: {install}."))


def cannot_connect(place: str, said: str) -> Issue:
    """Why no connection was made; what the driver said is not repeated. `place`: host and base, "" when they cannot be
    told from the rest of the address."""
    french, english = _warehouse(place)
    if any(sign in said for sign in _PASSWORD):
        return Issue(
            "engine_access_refused",
            Text(f"{french} refuse l’accès.", f"{english} refuses access."),
            Text(
                "Vérifiez l’utilisateur, le mot de passe et le nom de la base dans [engine] url.",
                "Check the user, the password and the name of the database in [engine] url.",
            ),
        )
    return unreachable(place)


def unreachable(place: str) -> Issue:
    french, english = _warehouse(place)
    return Issue(
        "engine_unreachable",
        Text(f"{french} ne répond pas.", f"{english} does not answer."),
        Text(
            "Vérifiez l’adresse dans [engine] url, le réseau et que le serveur tourne.",
            "Check the address in [engine] url, the network, and that the server is running.",
        ),
    )


def failed(name: str, place: str, said: str) -> Issue:
    """Why a statement got no answer."""
    found = _STATE.search(said)
    state = found[1] if found else ""
    if state == "57014" or (not state and "cancel" in said.lower()):
        return interrupted()
    if state[:2] == "08" or state in _LOST_STATES or any(sign in said for sign in _LOST):
        return lost(place)
    told = _ERROR.search(said)
    reason = (told[1] if told else said.splitlines()[0]).strip()
    return unanswered(name, reason if state[:2] in _TELLING else f"SQLSTATE {state or '?'}", state)


def interrupted() -> Issue:
    return Issue(
        "engine_interrupted",
        Text("Le calcul a été interrompu.", "The computation was interrupted."),
        Text("Réduisez la période ou le découpage.", "Narrow the period or the breakdown."),
    )


def lost(place: str) -> Issue:
    french, english = (words[0].lower() + words[1:] for words in _warehouse(place))
    return Issue(
        "engine_lost",
        Text(f"La connexion à {french} a été perdue.", f"The connection to {english} was lost."),
        Text("Réessayez ; si cela dure, vérifiez le serveur.", "Try again; if it goes on, check the server."),
    )


def unanswered(name: str, reason: str, state: str) -> Issue:
    """The engine's own reason, in one line and without a value; what to do about it goes by its SQL state."""
    return Issue(
        "engine_failed",
        Text(f"{name} n’a pas pu répondre : {reason}.", f"{name} could not answer: {reason}."),
        _ADVICE.get(state, _CHECK),
    )


def _warehouse(place: str) -> tuple[str, str]:
    return (f"L’entrepôt {place}", f"The warehouse {place}") if place else ("L’entrepôt", "The warehouse")


_CHECK = Text(
    "« cadran doctor » vérifie chaque table de l’entrepôt.", '"cadran doctor" checks every table of the warehouse.'
)
_ADVICE = {
    "42P01": Text(
        "Vérifiez le nom de la table dans [tables], son schéma compris.",
        "Check the table's name in [tables], its schema included.",
    ),
    "42703": Text("Vérifiez les noms de colonnes dans [tables].", "Check the names of columns in [tables]."),
    "42501": Text(
        "Donnez à l’utilisateur de [engine] url le droit de lire cette table (GRANT SELECT).",
        "Grant the user of [engine] url the right to read that table (GRANT SELECT).",
    ),
    **dict.fromkeys(
        _WRONG_VALUES,
        Text(
            "Une valeur n’a pas le type que [tables] lui demande : écartez-la avec « where » ou convertissez-la.",
            'A value is not of the type that [tables] asks of it: leave it out with "where", or convert it.',
        ),
    ),
    "25006": Text("Cadran n’écrit jamais dans l’entrepôt.", "Cadran never writes to the warehouse."),
}


def not_written(name: str, functions: Iterable[str]) -> Issue:
    listed = ", ".join(sorted(functions))
    return Issue(
        "engine_lacks",
        Text(
            f"Cette question n’est pas encore écrite pour {name} ({listed}).",
            f"This question is not written for {name} yet ({listed}).",
        ),
        Text(
            "Demandez une seule période, ou un indicateur sans marge d’erreur.",
            "Ask for a single period, or a KPI without a margin of error.",
        ),
    )


# -- Spark ---------------------------------------------------------------------------------------------------------


def token_refused(place: str) -> Issue:
    french, english = _warehouse(place)
    return Issue(
        "engine_access_refused",
        Text(f"{french} refuse l’accès.", f"{english} refuses access."),
        Text("Vérifiez le jeton (token) dans [engine] url.", "Check the token in [engine] url."),
    )


NO_SPARK = Issue(
    "engine_no_driver",
    Text("Le client de Spark Connect n’est pas installé.", "The client of Spark Connect is not installed."),
    Text("Installez-le : pip install cadran[spark].", "Install it: pip install cadran[spark]."),
)
NO_PLAN = Issue(
    "engine_lacks",
    Text(
        "Spark ne dit pas d’avance combien de lignes il lirait.",
        "Spark does not tell beforehand how many rows it would read.",
    ),
    Text(
        "Retirez --plan : explain montre alors le SQL, et l’interface de Spark ce qu’il lit.",
        "Leave --plan out: explain then shows the SQL, and Spark's own interface what it reads.",
    ),
)
ONLY_QUESTIONS = Issue(
    "engine_no_question",
    Text("Seule une question (SELECT) peut être posée à Spark.", "Spark is only asked questions (SELECT)."),
    Text("Cadran n’écrit jamais dans l’entrepôt.", "Cadran never writes to the warehouse."),
)
