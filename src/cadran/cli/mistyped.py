"""A command line that cannot be understood, said in both languages with the flag or command that was meant."""

from __future__ import annotations

import re
from typing import Any

import typer

from cadran.errors import Lang, Text, closest

_HELP = Text("Voyez « {path} --help ».", 'See "{path} --help".')


def explain_mistake(mistake: typer.TyperException, lang: Lang) -> str:
    """One sentence on what is wrong, one on what was probably meant, one on where to look."""
    context: Any = getattr(mistake, "ctx", None)
    if type(mistake).__name__ == "NoArgsIsHelpError":
        return mistake.format_message()
    parts = [_what(mistake, context), _meant(mistake, context)]
    if context is not None:
        parts.append(Text(*(each.format(path=context.command_path) for each in (_HELP.fr, _HELP.en))))
    return " ".join(part.to(lang) for part in parts if part is not None)


def _what(mistake: typer.TyperException, context: Any) -> Text:
    match type(mistake).__name__:
        case "NoSuchOption":
            name = _option_name(mistake)
            return Text(f"L’option {name} n’existe pas.", f"There is no option {name}.")
        case "MissingParameter":
            name = _parameter(mistake)
            return Text(f"Il manque {name}.", f"{name} is missing.")
        case "BadParameter":
            return _not_valid(_parameter(mistake), mistake.message.removeprefix("Value error, "))
    word = _unknown_command(mistake, context)
    if word:
        return Text(f"La commande « {word} » n’existe pas.", f'There is no command "{word}".')
    return Text(f"Commande incomprise : {mistake.format_message()}", mistake.format_message())


def _not_valid(name: str, message: str) -> Text:
    quoted = re.findall(r"'([^']*)'", message)
    if len(quoted) > 1:
        value, *choices = quoted
        listed = ", ".join(choices)
        return Text(
            f"{name} « {value} » n’existe pas ; choisissez {listed}.",
            f'{name} "{value}" does not exist; choose {listed}.',
        )
    return Text(f"{name} n’est pas valable : {message}.", f"{name} is not valid: {message}.")


def _meant(mistake: typer.TyperException, context: Any) -> Text | None:
    if context is None:
        return None
    if type(mistake).__name__ == "NoSuchOption":
        near = closest(_option_name(mistake), (flag for param in context.command.params for flag in param.opts))
    else:
        word = _unknown_command(mistake, context)
        near = closest(word, context.command.commands) if word else None
    return Text(f"Vouliez-vous dire « {near} » ?", f'Did you mean "{near}"?') if near else None


def _unknown_command(mistake: typer.TyperException, context: Any) -> str | None:
    """The word that stands where a command should, if that is what is wrong."""
    if context is None or not hasattr(context.command, "commands") or not mistake.message.startswith("No such command"):
        return None
    return mistake.message.split("'")[1]


def _option_name(mistake: Any) -> str:
    return str(mistake.option_name)


def _parameter(mistake: Any) -> str:
    parameter = mistake.param
    if parameter is None:
        return str(mistake.param_hint or "")
    flags = [flag for flag in parameter.opts if flag.startswith("--")]
    return flags[0] if flags else str(parameter.metavar or parameter.name.upper())
