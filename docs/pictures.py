"""Draws the terminal pictures of the README from real runs on the sample company.

python docs/pictures.py
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

IMAGES = Path(__file__).resolve().parent / "images"
WIDTH = 144
PAPER = TerminalTheme(
    (255, 255, 255),
    (20, 24, 31),
    [
        (20, 24, 31),
        (176, 55, 26),
        (31, 78, 158),
        (133, 88, 0),
        (31, 78, 158),
        (100, 107, 119),
        (43, 50, 61),
        (69, 76, 87),
    ],
)
# A picture fetches nothing: it is drawn with the fixed-width font of whoever looks.
FONTS_FROM_ELSEWHERE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
# Picture -> the commands it shows; {lang} is the reader's.
PICTURES = {
    "founding": ["cadran ask revenue --period {quarter}"],
    "scorecard": ["cadran scorecard --period {quarter}"],
    "quarantine": ["cadran quarantine"],
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        company = Path(folder) / "demo-company"
        _run("cadran demo demo-company --lang fr", company.parent)
        for lang, quarter in (("fr", "2026-T1"), ("en", "2026-Q1")):
            for name, commands in PICTURES.items():
                shown = [command.format(quarter=quarter) for command in commands]
                _draw(IMAGES / f"{name}.{lang}.svg", [(each, _run(f"{each} --lang {lang}", company)) for each in shown])


def _run(command: str, folder: Path) -> str:
    """The output of a command, colours included."""
    arguments = [sys.executable, "-m", "cadran.cli", *command.split()[1:]]
    environment = os.environ | {"FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "TERM": "xterm-256color"}
    done = subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def _draw(path: Path, runs: list[tuple[str, str]]) -> None:
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True)
    for command, output in runs:
        console.print(Text(f"$ {command}", style="bold"))
        console.print(Text.from_ansi(output.rstrip()))
    path.parent.mkdir(exist_ok=True)
    drawn = console.export_svg(title="cadran", theme=PAPER, unique_id=path.stem.replace(".", "-"))
    path.write_text(FONTS_FROM_ELSEWHERE.sub("", drawn), "utf-8")


if __name__ == "__main__":
    main()
