"""The one language a command speaks: `--lang`, else CADRAN_LANG, else the company's, else that of the machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar

from cadran.errors import Lang, Text

_spoken: ContextVar[Lang] = ContextVar("spoken", default="en")
_asked: ContextVar[bool] = ContextVar("asked", default=False)


def spoken() -> Lang:
    return _spoken.get()


def say(text: Text) -> str:
    return text.to(spoken())


def start(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Settle the language before anything is read: help and usage errors need one."""
    asked = chosen(arguments, environment)
    _asked.set(asked is not None)
    _spoken.set(asked or of_machine(environment))


def settle(asked: Lang | None, company: Lang) -> None:
    """The language from here on, once a company is open; what the person asked for goes before the company's."""
    if asked or not _asked.get():
        _spoken.set(asked or company)


def chosen(arguments: Sequence[str], environment: Mapping[str, str]) -> Lang | None:
    """What the person asked for, if anything: `--lang fr`, `--lang=fr`, CADRAN_LANG=fr."""
    for place, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == "--lang":
            return _known(value or "".join(arguments[place + 1 : place + 2]))
    return _known(environment.get("CADRAN_LANG", ""))


def of_machine(environment: Mapping[str, str]) -> Lang:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return "fr" if value.lower().startswith("fr") else "en"
    return "en"


def _known(value: str) -> Lang | None:
    match value.strip().lower():
        case "fr":
            return "fr"
        case "en":
            return "en"
    return None
