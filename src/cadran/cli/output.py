"""What a command prints: a table for a person; JSON, CSV or Parquet for a machine. Rich is loaded for tables only."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from cadran.cli.language import say
from cadran.cli.options import Format
from cadran.errors import Issue, RequestError, Text
from cadran.present.export import Records, to_csv, to_json, to_parquet
from cadran.present.words import EMPTY

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import Console

    from cadran.present.grid import Grid

WIDE = 200
GUTTER = 3  # between two columns
ROWS_ON_SCREEN = 50
_STYLES = {"better": "bold blue", "worse": "bold red", "watch": "bold yellow", "plain": ""}
_LEVEL_STYLES = {"company": "bold", "team": "bold", "unassigned": "dim"}


def show(
    format_: Format,
    *,
    grid: Callable[[], Grid],
    records: Callable[[], Records],
    document: Callable[[], Any] | None = None,
    arrow: Callable[[], pa.Table] | None = None,
) -> None:
    """Print in the format asked for; only what that format needs is made. `document` is the JSON where it holds more
    than the records, `arrow` the Parquet where it is known with its types."""
    match format_:
        case Format.TABLE:
            print_grid(grid())
        case Format.JSON:
            line(to_json(document() if document else records()))
        case Format.CSV:
            sys.stdout.write(to_csv(records()))
        case Format.PARQUET:
            _print_parquet(arrow() if arrow else records())


def line(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def print_grid(grid: Grid) -> None:
    """A titled table with its notes; what a person may have written is printed as it is, never as markup."""
    from rich.text import Text as Words

    screen = console()
    if grid.title:
        screen.print(Words(grid.title, style="bold"))
    if grid.columns and not grid.rows:
        screen.print(Words(say(EMPTY), style="dim"))
    for number, part in enumerate(blocks(grid, screen.width) if grid.rows else ()):
        if number:
            screen.print()
        screen.print(_table(part))
    for note in grid.notes:
        screen.print(Words(note, style="dim"))


def blocks(grid: Grid, width: int) -> Iterator[Grid]:
    """A grid too wide for the terminal, cut between columns: every block begins with the columns that name its rows.
    A grid whose rows have no name stays whole: its texts fold."""
    widths = [_width(grid, place) + GUTTER for place in range(len(grid.columns))]
    names = range(grid.names)
    room = width - sum(widths[place] for place in names)
    if not grid.names or sum(widths) <= width or room <= 0:
        yield grid
        return
    block: list[int] = []
    for together in _kept_together(grid, grid.names):
        if block and sum(widths[place] for place in (*block, *together)) > room:
            yield grid.only((*names, *block))
            block = []
        block += together
    yield grid.only((*names, *block))


def _kept_together(grid: Grid, first: int) -> list[list[int]]:
    """Places of columns that are never parted: a KPI and its attainment (`revenue`, `revenue.attainment`)."""
    found: list[list[int]] = []
    for place in range(first, len(grid.columns)):
        if found and grid.columns[place].key.startswith(f"{grid.columns[found[-1][0]].key}."):
            found[-1].append(place)
        else:
            found.append([place])
    return found


def _width(grid: Grid, place: int) -> int:
    cells = max(len(row.cells[place].text) for row in grid.rows)
    title = _broken(grid.columns[place].title, cells) if grid.columns[place].right else grid.columns[place].title
    return max(cells, *(len(part) for part in title.splitlines()))


def _table(grid: Grid) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text as Words

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for place, column in enumerate(grid.columns):
        if column.right:
            cells = max(len(row.cells[place].text) for row in grid.rows)
            table.add_column(Words(_broken(column.title, cells)), justify="right", no_wrap=True)
        else:
            table.add_column(Words(column.title), overflow="fold")
    for row in grid.rows:
        cells_of = [Words(cell.text, style=_STYLES[cell.tone]) for cell in row.cells]
        table.add_row(*cells_of, style=_LEVEL_STYLES.get(row.level, ""))
    return table


def _broken(title: str, width: int) -> str:
    """A title over numbers, broken between words so that it is hardly wider than they are."""
    return "\n".join(wrap(title, max(width, 8), break_long_words=False, break_on_hyphens=False))


def console(stderr: bool = False) -> Console:
    """The terminal; where the output goes to a file or a pipe, wide enough that no line is cut, unless COLUMNS says."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else WIDE
    return Console(file=stream, highlight=False, width=width)


def complain(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _print_parquet(rows: Any) -> None:
    if sys.stdout.isatty():
        raise RequestError(_BINARY)
    to_parquet(rows, sys.stdout.buffer)


_BINARY = Issue(
    "binary_output",
    Text("Le format Parquet ne se lit pas à l’écran.", "Parquet cannot be read on a screen."),
    Text("Ajoutez « > fichier.parquet » à la commande.", 'Add "> file.parquet" to the command.'),
)
