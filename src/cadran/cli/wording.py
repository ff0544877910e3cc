"""Puts the words of texts.py on the tree of commands: titles of panels, help of commands and of their options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cadran.cli.texts import COMMANDS, HELP_OPTION, MARKS, PANELS, PARAMETERS
from cadran.errors import Lang, Text


def translate(command: Any, lang: Lang) -> None:
    """Give every command and option of the tree its help in `lang`."""
    for path, each in walk(command):
        each.help = COMMANDS[path].to(lang)
        each.rich_help_panel = PANELS["commands"].to(lang)
        each.context_settings["help_option_names"] = ["--help", "-h"]
        each.get_help_option(each.context_class(each, **each.context_settings)).help = HELP_OPTION.to(lang)
        for parameter in each.params:
            parameter.help = text_of(path, parameter.name).to(lang)
            kind = "arguments" if parameter.param_type_name == "argument" else "options"
            parameter.rich_help_panel = PANELS[kind].to(lang)


def translate_marks(lang: Lang) -> None:
    """What the pages of --help themselves say beside an option: its default, that it is required."""
    from typer import rich_utils

    rich_utils.DEFAULT_STRING = f"[{MARKS['default'].to(lang)}]"
    rich_utils.REQUIRED_LONG_STRING = f"[{MARKS['required'].to(lang)}]"


def text_of(path: str, parameter: str) -> Text:
    """What an option says in --help: in this command if it differs there, else everywhere."""
    name = parameter.rstrip("_")  # `format_` in Python is --format
    own = PARAMETERS.get(f"{path}.{name}".lstrip("."))
    return own or PARAMETERS.get(name) or _missing(path, name)


def _missing(path: str, parameter: str) -> Text:
    raise KeyError(f"no words for {path} {parameter} in texts.py")


def walk(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, command) of the whole tree, groups before their commands; the root's path is empty."""
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from walk(child, f"{path} {name}".strip())
