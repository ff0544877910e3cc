"""Changing a company's choices in its `cadran.toml`: comments, order and everything else in the file stay."""

from __future__ import annotations

import fcntl
import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from cadran.errors import Issue, SettingsError, Text
from cadran.settings import Settings, from_tables

Place = tuple[str, str]  # section and name of a setting


def version_of(path: Path) -> str:
    """What changes whenever the file does."""
    return sha256(path.read_bytes()).hexdigest()


def change(path: Path, changes: Mapping[Place, Any], version: str) -> Settings:
    """Write choices into the file; None takes one away, which gives it its default. `version` is that of the file the
    choices were made on. Raises SettingsError with every problem at once, and then nothing is written."""
    with alone(path.parent):
        if version_of(path) != version:
            raise SettingsError(_CHANGED_MEANWHILE)
        written = _changed(path.read_text("utf-8-sig"), changes)
        settings = from_tables(tomllib.loads(written))
        beside = path.with_name(f"{path.name}.new")
        beside.write_text(written, "utf-8")
        os.replace(beside, path)
    return settings


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While nobody else, in any process, changes the choices or the people of a company."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)  # gives the lock back


def _changed(text: str, changes: Mapping[Place, Any]) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    for (section, name), value in changes.items():
        if value is None:
            document.get(section, {}).pop(name, None)
        else:
            document.setdefault(section, tomlkit.table())[name] = list(value) if isinstance(value, tuple) else value
    return tomlkit.dumps(document)


_CHANGED_MEANWHILE = Issue(
    "changed_meanwhile",
    Text(
        "Les réglages ont été modifiés depuis que cette page est ouverte.",
        "The settings were changed since this page was opened.",
    ),
    Text("Rouvrez la page et refaites vos modifications.", "Open the page again and make your changes anew."),
)
