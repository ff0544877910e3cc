"""The command line's door: builds the commands in the person's language, and turns every error into words.

Exit codes: 0 done, 1 refused (the reason and what to do are on stderr), 2 the command itself was mistyped.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import typer

from cadran.cli import asking, changing, company, imports, indicators, quarantined
from cadran.cli.language import spoken, start
from cadran.cli.mistyped import explain_mistake
from cadran.cli.output import complain
from cadran.cli.wording import translate, translate_marks
from cadran.errors import CadranError

GROUPS = (company, imports, quarantined, asking, changing, indicators)


def build() -> Any:
    """The tree of commands, its help in the language spoken now."""
    app = typer.Typer(name="cadran", add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
    for group in GROUPS:
        group.register(app)
    command = typer.main.get_command(app)
    translate(command, spoken())
    return command


def run(arguments: Sequence[str] | None = None) -> None:
    """What the `cadran` script calls; always ends by leaving with a code."""
    sys.exit(answer(list(sys.argv[1:] if arguments is None else arguments)))


def answer(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    start(arguments, os.environ)
    if not arguments or {"--help", "-h"} & set(arguments):
        translate_marks(spoken())
    try:
        code = build().main(arguments, prog_name="cadran", standalone_mode=False)
    except CadranError as error:
        complain(error.to(spoken()))
        return 1
    except typer.TyperException as mistake:
        complain(explain_mistake(mistake, spoken()))
        return mistake.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        # The reader of the pipe (head, less) has enough; nothing may be written to it any more, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0
