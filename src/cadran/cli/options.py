"""The options that several commands share. What they say in --help stands in texts.py, in both languages."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Language(StrEnum):
    FR = "fr"
    EN = "en"


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


WorkspaceOption = Annotated[Path, typer.Option("--workspace", "-w", metavar="DIR")]
LangOption = Annotated[Language | None, typer.Option("--lang")]
FormatOption = Annotated[Format, typer.Option("--format", "-f")]

KpisArgument = Annotated[str, typer.Argument(metavar="KPI[,KPI...]")]
ByOption = Annotated[str | None, typer.Option("--by", metavar="NAME[,...]")]
GrainOption = Annotated[str | None, typer.Option("--grain", metavar="GRAIN")]
PeriodOption = Annotated[str | None, typer.Option("--period", "-p", metavar="P")]
StartOption = Annotated[str | None, typer.Option("--start", metavar="D")]
EndOption = Annotated[str | None, typer.Option("--end", metavar="D")]
WhereOption = Annotated[str | None, typer.Option("--where", metavar="CONDITION")]
CompareOption = Annotated[str | None, typer.Option("--compare", metavar="NAME[,...]")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", metavar="D")]
KnownOnOption = Annotated[str | None, typer.Option("--known-on", metavar="D|SNAPSHOT")]
PlanOption = Annotated[bool, typer.Option("--plan")]
ViewerOption = Annotated[str | None, typer.Option("--viewer", metavar="EMAIL")]

HERE = Path()


def listed(text: str | None) -> tuple[str, ...]:
    """`a, b` -> ("a", "b")"""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def hand_down(context: typer.Context, workspace: Path, lang: Language | None) -> bool:
    """Give a group's options to its command: `imports --workspace DIR list` means `imports list --workspace DIR`.
    True when no command follows."""
    if context.invoked_subcommand is None:
        return True
    context.default_map = {context.invoked_subcommand: {"workspace": workspace, "lang": lang}}
    return False
