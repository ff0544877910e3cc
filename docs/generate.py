"""Writes the pages that are made from the code: KPIs, commands, settings. `tests/test_docs.py` fails when one is stale.

python docs/generate.py
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from cadran.catalogue.kpi import Kpi
from cadran.catalogue.loader import load_catalogue
from cadran.cli.main import build
from cadran.cli.texts import COMMANDS
from cadran.cli.wording import text_of, walk
from cadran.errors import Lang, Text
from cadran.present.definition import Fact, facts
from cadran.settings import SECTIONS, describe

DOCS = Path(__file__).resolve().parent
LANGS: tuple[Lang, ...] = ("en", "fr")
MADE = "<!-- Made by docs/generate.py: change the code, not this page. -->\n"


def pages() -> dict[Path, str]:
    """Every generated page: path -> text."""
    kpis = tuple(load_catalogue())
    made = {DOCS / "kpis" / f"{kpi.id}.md": kpi_page(kpi) for kpi in kpis}
    made[DOCS / "kpis" / "README.md"] = kpi_index(kpis)
    for lang in LANGS:
        suffix = "" if lang == "en" else ".fr"
        made[DOCS / f"commands{suffix}.md"] = commands_page(lang)
        made[DOCS / f"settings{suffix}.md"] = settings_page(lang)
    return {path: MADE + text for path, text in made.items()}


# -- KPIs --------------------------------------------------------------------------------------------------------


def kpi_index(kpis: tuple[Kpi, ...]) -> str:
    lines = ["# KPIs · Indicateurs", "", "| id | English | Français |", "| --- | --- | --- |"]
    lines += [f"| [{kpi.id}]({kpi.id}.md) | {kpi.label.en} | {kpi.label.fr} |" for kpi in kpis]
    return "\n".join([*lines, ""])


def kpi_page(kpi: Kpi) -> str:
    parts = [f"# {kpi.label.en} · {kpi.label.fr}", "", f"`cadran ask {kpi.id}`", ""]
    for lang in LANGS:
        parts += [f"**{kpi.question.to(lang)}** {kpi.definition.to(lang)}", ""]
        if kpi.note.to(lang):
            parts += [kpi.note.to(lang), ""]
        parts += ["| | |", "| --- | --- |", *map(_fact, facts(kpi, lang)), ""]
    parts += ["```yaml", kpi.source_text.rstrip(), "```", "", "[KPIs · Indicateurs](README.md)", ""]
    return "\n".join(parts)


def _fact(fact: Fact) -> str:
    text = f"`{_cell(fact.text)}`" if fact.is_code else _cell(fact.text)
    return f"| {fact.name} | {text} |"


# -- commands ----------------------------------------------------------------------------------------------------

_COMMANDS = Text("Commandes", "Commands")
_COMMANDS_INTRO = Text(
    "Toutes prennent `--workspace DIR` (par défaut : le dossier courant) et `--lang fr|en`. "
    "Une erreur va sur la sortie d’erreur avec ce qu’il faut faire, et le code 1 ; une commande mal écrite, le code 2.",
    "Every command takes `--workspace DIR` (by default the current folder) and `--lang fr|en`. "
    "An error goes to stderr with what to do about it, and code 1; a mistyped command gets code 2.",
)
_DEFAULT = Text("par défaut", "default")


def commands_page(lang: Lang) -> str:
    parts = [f"# {_COMMANDS.to(lang)}", "", _COMMANDS_INTRO.to(lang), ""]
    for path, command in walk(build()):
        if path and not (getattr(command, "commands", None) and not command.invoke_without_command):
            parts += [f"## cadran {path}", "", COMMANDS[path].to(lang), ""]
            parts += [f"- {_parameter(path, parameter, lang)}" for parameter in command.params]
            parts.append("")
    return "\n".join(parts)


def _parameter(path: str, parameter: Any, lang: Lang) -> str:
    is_argument = parameter.param_type_name == "argument"
    name = parameter.metavar if is_argument else ", ".join(parameter.opts)
    default = parameter.default
    shown = f" ({_DEFAULT.to(lang)} : `{_plain(default)}`)" if default not in (None, False, "") else ""
    return f"`{name}` {text_of(path, parameter.name).to(lang)}{shown if lang == 'fr' else shown.replace(' : ', ': ')}"


def _plain(default: Any) -> str:
    return str(getattr(default, "value", default))


# -- settings ----------------------------------------------------------------------------------------------------

_SETTINGS = Text("Réglages : cadran.toml", "Settings: cadran.toml")
_SETTINGS_INTRO = Text(
    "Chaque entreprise a son `cadran.toml`, dans son dossier. Seul `name` est obligatoire. "
    "Un réglage inconnu ou impossible est refusé, avec tous les autres problèmes du fichier. "
    "`[tables.…]` dit où sont les données d’un entrepôt lu sur place : [moteurs](engines.md).",
    "Every company has its `cadran.toml`, in its folder. Only `name` is required. "
    "An unknown or impossible setting is refused, with all the other problems of the file. "
    "`[tables....]` says where the data of a warehouse read in place are: [engines](engines.md).",
)
_HEADER = Text(
    "| réglage | ce qu’il veut dire | valeur | par défaut |", "| setting | what it means | value | default |"
)
_REQUIRED = Text("obligatoire", "required")


def settings_page(lang: Lang) -> str:
    parts = [f"# {_SETTINGS.to(lang)}", "", _SETTINGS_INTRO.to(lang), ""]
    for name, section in SECTIONS.items():
        parts += [f"## [{name}]", "", _HEADER.to(lang), "| --- | --- | --- | --- |"]
        parts += list(_settings_of(name, section, lang))
        parts.append("")
    return "\n".join(parts)


def _settings_of(name: str, section: Any, lang: Lang) -> Iterator[str]:
    for each in fields(section):
        says = describe(name, each.name)
        default = _REQUIRED.to(lang) if each.default is MISSING else _toml(each.default)
        yield f"| `{each.name}` | {_cell(says['means'].to(lang))} | {_cell(says['expects'].to(lang))} | {default} |"


def _toml(value: Any) -> str:
    if value is None:
        return "–"
    return "`[]`" if value == () else f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    made = pages()
    for path in sorted((DOCS / "kpis").glob("*.md")):
        if path not in made:
            path.unlink()
    for path, text in made.items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
