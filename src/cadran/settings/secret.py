"""What is better not written in a file: `env:NAME` stands for what the environment variable NAME holds."""

from __future__ import annotations

import os

from cadran.errors import Issue, SettingsError, Text

_PREFIX = "env:"


def revealed(value: str) -> str:
    """The value, or what the variable it names holds. Raises SettingsError where that is empty."""
    if not value.startswith(_PREFIX):
        return value
    name = value.removeprefix(_PREFIX)
    found = os.environ.get(name)
    if not found:
        raise SettingsError(_not_set(name))
    return found


def _not_set(name: str) -> Issue:
    return Issue(
        "variable_not_set",
        Text(
            f"cadran.toml renvoie à la variable d’environnement {name} : elle est vide.",
            f"cadran.toml refers to the environment variable {name}: it is empty.",
        ),
        Text(f"Donnez-lui une valeur : export {name}=…", f"Give it a value: export {name}=..."),
    )
