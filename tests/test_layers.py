"""The architecture as a dictionary: a module imports only from the layers under its own, and from its own package.

Read from the source, so that an import inside a function counts like one at the top.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "cadran"

# Lowest first. Names in one row are siblings.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("periods", "tables"),
    ("catalogue", "statistics", "settings"),
    ("planner", "engines", "store"),
    ("access",),
    ("people",),
    ("workspace", "directory"),
    ("door", "intake", "objectives"),
    ("insight", "actions", "rewards"),
    ("present",),
    ("reports",),
    ("demo",),
    ("cli", "api", "mcp", "web"),
)
LEVEL = {name: level for level, row in enumerate(LAYERS) for name in row}

# Packages and files of the root that have a layer by name. Every other file of the root is part of the door: what it
# takes to ask and to answer.
NAMED = frozenset(LEVEL)

# Siblings that build on each other; what is not written here may not.
ALLOWED_SIBLINGS = {
    ("engines", "planner"),
    ("planner", "store"),
    ("door", "objectives"),
    ("door", "intake"),
    ("intake", "objectives"),
    ("workspace", "directory"),
    ("web", "api"),  # web/project joins them
}


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        yield ".".join(("cadran", *(part for part in parts if part != "__init__"))), path


def imported_by(path: Path) -> Iterator[str]:
    """Every `cadran...` module that a file names, relative imports included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "cadran")
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; write it in full"
            if node.module == "cadran":
                yield from (f"cadran.{alias.name}" for alias in node.names)
            elif node.module and node.module.startswith("cadran."):
                yield node.module


def part_of(module: str) -> str | None:
    """The part of the project that a module belongs to: its first name under `cadran`, or the door."""
    parts = module.split(".")
    if len(parts) == 1:
        return None
    is_file_of_root = (SOURCE / f"{parts[1]}.py").exists()
    return "door" if is_file_of_root and parts[1] not in NAMED else parts[1]


def complaint(importer: str, imported: str) -> str | None:
    mine, theirs = part_of(importer), part_of(imported)
    if theirs is None or theirs.startswith("__") or mine == theirs:
        return None
    if mine is None:
        return None if theirs not in LAYERS[-1] else f"{importer} imports {imported}: a face"
    for part in (mine, theirs):
        if part not in LEVEL:
            return f"{part} has no layer: give it one in {Path(__file__).name}"
    if LEVEL[theirs] < LEVEL[mine] or (mine, theirs) in ALLOWED_SIBLINGS:
        return None
    return f"{importer} imports {imported}: {'a sibling' if LEVEL[mine] == LEVEL[theirs] else 'upwards'}"


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=[name for name, _ in modules()])
def test_imports_point_downwards(module: str, path: Path) -> None:
    found = [complaint(module, imported) for imported in imported_by(path)]
    assert not [each for each in found if each]


def test_siblings_do_not_go_in_circles() -> None:
    assert not {(b, a) for a, b in ALLOWED_SIBLINGS} & ALLOWED_SIBLINGS


@pytest.mark.parametrize(
    ("importer", "imported", "said"),
    [
        ("cadran.store.lake", "cadran.ask", "upwards"),
        ("cadran.cli.main", "cadran.web.views", "a sibling"),
        ("cadran", "cadran.cli.main", "a face"),
        ("cadran.utils", "cadran.errors", "has no layer"),
        ("cadran.store.lake", "cadran.engines.duckdb", "a sibling"),
        ("cadran.cli.main", "cadran.ask", None),
        ("cadran.engines.duckdb", "cadran.planner.plan", None),
        ("cadran.store.lake", "cadran.store.ledger", None),
        ("cadran.cli.main", "cadran.__version__", None),
        ("cadran", "cadran.workspace", None),
    ],
)
def test_the_rule_can_fail(importer: str, imported: str, said: str | None) -> None:
    found = complaint(importer, imported)
    assert (found is None) if said is None else (found is not None and said in found)


def test_no_drawer_for_odds_and_ends() -> None:
    drawers = {"utils", "helpers", "common", "core", "misc"}
    names = {part for name, _ in modules() for part in name.split(".")}
    assert not names & drawers


def test_the_catalog_is_read_by_one_library() -> None:
    """The engine's SQLite and Python's in one process give back each other's locks (`store/newest.py`)."""
    for module, path in modules():
        names = [name for node in ast.walk(ast.parse(path.read_text("utf-8"))) for name in _named(node)]
        assert "sqlite3" not in {name.split(".")[0] for name in names}, module


def _named(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
