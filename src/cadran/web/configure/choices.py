"""The settings of a company as a form: one control for each, made from `settings/sections.py`, and read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from cadran.errors import Text
from cadran.settings import SECTIONS, Settings
from cadran.web.configure.told import reader_lang

# Never shown as they are, and changed in the file only: they may hold a password.
SECRETS = frozenset({("web", "database"), ("web", "openid_secret"), ("engine", "url")})
IN_FILE_ONLY = SECRETS | {("engine", "driver"), ("engine", "dialect")}
# Read when the pages start.
AT_START = frozenset({("company", "lang"), ("company", "timezone"), ("web", "hosts"), ("web", "https")}) | {
    ("web", name) for name in ("openid_url", "openid_name", "openid_client")
}
YES, NO = "true", "false"


@dataclass(frozen=True)
class Choice:
    """A setting with its value in force and its default, as they are written in a form. `kind` is that of its control:
    text, number, day, lines, flag or options; `options` are what may be chosen."""

    section: str
    name: str
    means: Text
    expects: Text
    kind: str
    value: str
    default: str
    options: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        return f"{self.section}.{self.name}"

    @property
    def shown(self) -> str:
        return self._as_read(self.value)

    @property
    def shown_default(self) -> str:
        return self._as_read(self.default)

    def _as_read(self, text: str) -> str:
        """A number with the decimal mark of the reader's language; both are understood."""
        return text.replace(".", ",") if self.kind == "number" and reader_lang() == "fr" else text

    @property
    def takes(self) -> Text | None:
        """What the control does not say by itself; the quotes that a file wants are none of a form's business."""
        return self.expects if self.kind in ("text", "number") and "guillemets" not in self.expects.fr else None

    @property
    def is_at_start(self) -> bool:
        return (self.section, self.name) in AT_START


def choices(settings: Settings, section: str, given: Mapping[str, str] | None = None) -> list[Choice]:
    """The settings of a section that may be edited; `given`: what somebody has typed, which is shown instead."""
    return [
        _choice(section, each, getattr(getattr(settings, section), each.name), given)
        for each in fields(SECTIONS[section])
        if (section, each.name) not in IN_FILE_ONLY
    ]


def _choice(section: str, each: Any, value: Any, given: Mapping[str, str] | None) -> Choice:
    kind, options = _kind(section, each.name)
    default = "" if each.name == "name" else written(each.default)
    shown = written(value) if given is None else given.get(f"{section}.{each.name}", "")
    return Choice(section, each.name, each.metadata["means"], each.metadata["expects"], kind, shown, default, options)


def _kind(section: str, name: str) -> tuple[str, tuple[str, ...]]:
    type_ = _bare(get_type_hints(SECTIONS[section])[name])
    if get_origin(type_) is Literal:
        return "options", get_args(type_)
    if get_origin(type_) is tuple:
        return "lines", ()
    if type_ is bool:
        return "flag", (YES, NO)
    return {date: "day", int: "number", float: "number"}.get(type_, "text"), ()


def _bare(type_: Any) -> Any:
    """The type without `| None`."""
    if get_origin(type_) in (Union, UnionType):
        return next(each for each in get_args(type_) if each is not type(None))
    return type_


def written(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return YES if value else NO
        case tuple():
            return "\n".join(written(each) for each in value)
    return str(value)


def changed(settings: Settings, given: Mapping[str, str]) -> dict[tuple[str, str], Any]:
    """What a form changes. Of what cannot be read the text itself, which the settings then refuse in their words."""
    found: dict[tuple[str, str], Any] = {}
    for section in SECTIONS:
        for choice in choices(settings, section):
            typed = given.get(choice.field)
            if typed is not None and typed.replace("\r\n", "\n").strip() not in (choice.value, choice.shown):
                found[section, choice.name] = _read(choice, typed.strip())
    return found


def _read(choice: Choice, typed: str) -> Any:
    if not typed:
        return None
    match choice.kind:
        case "flag":
            return {YES: True, NO: False}.get(typed, typed)
        case "number":
            return _number(typed)
        case "day":
            return _day(typed)
        case "lines":
            lines = tuple(line.strip() for line in typed.splitlines() if line.strip())
            is_of_days = choice.name == "closures"
            return tuple(_day(line) for line in lines) if is_of_days else lines
    return typed


def _number(typed: str) -> int | float | str:
    for type_ in (int, float):
        try:
            return type_(typed.replace(",", "."))
        except ValueError:
            continue
    return typed


def _day(typed: str) -> date | str:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return typed


def facts(settings: Settings) -> Iterator[tuple[Text, str]]:
    """What only the file changes: what it means, and its value without a password."""
    for section, name in sorted(IN_FILE_ONLY):
        means = next(each.metadata["means"] for each in fields(SECTIONS[section]) if each.name == name)
        value = getattr(getattr(settings, section), name)
        if value:
            yield means, without_secret(value)


def without_secret(value: str) -> str:
    """An address without who signs in and how; `env:NAME` and a plain word as they are."""
    if value.startswith("env:") or value in ("duckdb", "sqlite"):
        return value
    parts = urlsplit(value)
    if not (parts.scheme and parts.netloc):
        return "•••"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
