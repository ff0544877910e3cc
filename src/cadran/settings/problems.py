"""What may be wrong with a `cadran.toml`, in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from cadran.errors import NO_TEXT, Issue, Text, did_you_mean
from cadran.settings.sections import FILE_NAME, SECTIONS, describe, names

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


def each_once(details: list[ErrorDetails]) -> list[Issue]:
    """One issue a setting: of a list with two wrong dates, the first."""
    places = {tuple(str(part) for part in detail["loc"][:2]): detail for detail in reversed(details)}
    return [_issue(place, places[place]) for place in reversed(places)]


def _issue(place: tuple[str, ...], detail: ErrorDetails) -> Issue:
    name = place[-1]
    if detail["type"] == "unexpected_keyword_argument":
        return _unknown(place)
    if detail["type"] == "missing":
        return _missing(place)
    if len(place) == 1:
        message = Text(f"« {name} » doit être une section.", f'"{name}" must be a section.')
        return Issue("wrong_section", message, Text(f"Écrivez [{name}].", f"Write [{name}]."))
    return wrong_value(place[0], name, detail["input"])


def _unknown(place: tuple[str, ...]) -> Issue:
    name = place[-1]
    if len(place) == 1:
        message = Text(f"La section [{name}] n’existe pas.", f"There is no section [{name}].")
        return Issue("unknown_section", message, did_you_mean(name, SECTIONS))
    section = place[0]
    message = Text(f"Le réglage « {name} » n’existe pas dans [{section}].", f'[{section}] has no setting "{name}".')
    return Issue("unknown_setting", message, _elsewhere(name) or did_you_mean(name, names(section)))


def _elsewhere(name: str) -> Text | None:
    for section in SECTIONS:
        if name in names(section):
            return Text(f"Déplacez-le dans [{section}].", f"Move it to [{section}].")
    return None


def _missing(place: tuple[str, ...]) -> Issue:
    if len(place) == 1:
        message = Text("Il manque la section [company].", "The section [company] is missing.")
        return Issue(
            "missing_section", message, Text('Ajoutez [company] et name = "…".', 'Add [company] and name = "...".')
        )
    section, name = place
    expects = describe(section, name)["expects"]
    message = Text(f"Il manque « {name} » dans [{section}].", f'[{section}] lacks "{name}".')
    return Issue("missing_setting", message, Text(f"Il faut {expects.fr}.", f"It takes {expects.en}."))


def wrong_value(section: str, name: str, value: object, near: Text = NO_TEXT) -> Issue:
    if (section, name) == ("engine", "url"):
        return wrong_address()
    shown, expects = _as_written(value), describe(section, name)["expects"]
    message = Text(f"[{section}] {name} = {shown} est impossible.", f"[{section}] {name} = {shown} is not possible.")
    advice = Text(f"{near.fr} Il faut {expects.fr}.".strip(), f"{near.en} It takes {expects.en}.".strip())
    return Issue("wrong_setting", message, advice)


def _as_written(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def no_file(path: Path) -> Issue:
    message = Text(
        f"Aucune entreprise dans « {path.parent} » : il n’y a pas de {FILE_NAME}.",
        f'No company in "{path.parent}": there is no {FILE_NAME}.',
    )
    advice = Text(
        "Créez-la avec « cadran init DOSSIER --name NOM », ou donnez son dossier avec --workspace.",
        'Create one with "cadran init DIR --name NAME", or give its folder with --workspace.',
    )
    return Issue("no_workspace", message, advice)


def unreadable(path: Path, error: Exception) -> Issue:
    message = Text(f"Le fichier « {path} » est illisible : {error}.", f'The file "{path}" cannot be read: {error}.')
    return Issue("unreadable_settings", message, Text("Corrigez cette ligne.", "Correct that line."))


def wrong_address() -> Issue:
    """The address is not repeated: it may hold a password."""
    expects = describe("engine", "url")["expects"]
    message = Text("[engine] url : cette adresse n’en est pas une.", "[engine] url: this is no address.")
    return Issue("wrong_setting", message, Text(f"Il faut {expects.fr}.", f"It takes {expects.en}."))


NO_WAREHOUSE = Issue(
    "tables_without_warehouse",
    Text(
        "[tables] dit où sont les tables d’un entrepôt, mais [engine] url n’en donne pas l’adresse.",
        "[tables] says where a warehouse's tables are, but [engine] url does not give its address.",
    ),
    Text(
        'Ajoutez [engine] et url = "postgresql://…", ou retirez [tables] et importez des fichiers.',
        'Add [engine] and url = "postgresql://...", or remove [tables] and import files.',
    ),
)
NO_TABLES = Issue(
    "warehouse_without_tables",
    Text(
        "[engine] url désigne un entrepôt, mais aucune section [tables] ne dit où y sont les ventes.",
        "[engine] url names a warehouse, but no section [tables] says where its sales are.",
    ),
    Text('Ajoutez [tables.sales] et table = "…".', 'Add [tables.sales] and table = "...".'),
)
