"""The tree of commands: what is promised is there, said in both languages, and light to start."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cadran.cli.main import build
from cadran.cli.texts import COMMANDS, PARAMETERS
from cadran.cli.wording import text_of, walk

PROMISED = {
    "": (
        "init",
        "import",
        "imports",
        "quarantine",
        "doctor",
        "ask",
        "explain",
        "rows",
        "changes",
        "scorecard",
        "serve",
        "kpi",
        "demo",
        "user",
    ),
    "imports": ("list", "show", "undo"),
    "quarantine": ("list", "export", "replay"),
    "kpi": ("list", "show", "check"),
    "user": ("add",),
}


def test_every_promised_command_is_there() -> None:
    tree = dict(walk(build()))
    assert {group: tuple(sorted(tree[group].commands)) for group in PROMISED} == {
        group: tuple(sorted(commands)) for group, commands in PROMISED.items()
    }


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_command_and_option_has_words(lang: str) -> None:
    for path, command in walk(build()):
        assert COMMANDS[path].to(lang), path  # type: ignore[arg-type]
        for parameter in command.params:
            assert text_of(path, parameter.name).to(lang), (path, parameter.name)  # type: ignore[arg-type]


def test_no_words_for_what_is_not_there() -> None:
    tree = list(walk(build()))
    assert set(COMMANDS) == {path for path, _ in tree}
    used = {parameter.name.rstrip("_") for _, command in tree for parameter in command.params}
    assert {name.rpartition(".")[2] for name in PARAMETERS} <= used


def test_every_command_takes_a_workspace_and_a_language() -> None:
    for path, command in walk(build()):
        if getattr(command, "commands", None) and path not in ("imports", "quarantine", "kpi"):
            continue
        options = {flag for parameter in command.params for flag in parameter.opts}
        assert "--lang" in options, path
        assert "--workspace" in options or path in ("init", "demo"), path


def test_starting_is_light() -> None:
    code = "import sys, cadran.cli.main as m; m.build(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"duckdb", "pyarrow", "numpy", "scipy", "sqlglot", "pydantic", "rich.table", "holidays", "babel", "yaml"}
    assert not heavy & set(loaded)
