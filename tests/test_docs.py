"""The documentation is true: every KPI, command and setting has its page, no page is stale, no link is dead."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType

import pytest

from cadran.catalogue.checks import check_file
from cadran.catalogue.loader import load_catalogue
from cadran.cli.main import build
from cadran.cli.wording import walk
from cadran.settings import SECTIONS, names
from cadran.tables.mapping_file import load_mapping
from cadran.tables.model import SALES_MODEL

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
READMES = (ROOT / "README.md", ROOT / "README.fr.md")
BY_HAND = (*READMES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md")))


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_generated_page_is_stale() -> None:
    for path, text in generator().pages().items():
        assert path.exists(), f"{path.name} is missing: run make docs"
        assert path.read_text("utf-8") == text, f"{path.name} is stale: run make docs"


def test_every_kpi_has_its_page_and_no_page_is_left_over() -> None:
    pages = {path.stem for path in (DOCS / "kpis").glob("*.md")} - {"README"}
    assert pages == {kpi.id for kpi in load_catalogue()}


@pytest.mark.parametrize("page", ["commands.md", "commands.fr.md"])
def test_every_command_and_option_is_documented(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    for path, command in walk(build()):
        if path and not (getattr(command, "commands", None) and not command.invoke_without_command):
            section = text.split(f"## cadran {path}\n")[1].split("\n## ")[0]
            for parameter in command.params:
                assert parameter.opts[0] in section or parameter.metavar in section, (path, parameter.name)


@pytest.mark.parametrize("page", ["settings.md", "settings.fr.md"])
def test_every_setting_is_documented(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    for section in SECTIONS:
        assert all(f"| `{name}` |" in text.split(f"## [{section}]")[1].split("\n## ")[0] for name in names(section))


def test_the_glossary_names_every_table() -> None:
    text = (DOCS / "glossary.md").read_text("utf-8")
    for table in SALES_MODEL.values():
        assert f"| `{table.name}` | {table.label.en} | {table.label.fr} |" in text


@pytest.mark.parametrize("path", BY_HAND, ids=lambda path: path.name)
def test_no_link_or_picture_is_dead(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), f"{path.name}: {target}"


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_every_command_line_shown_is_one(path: Path) -> None:
    tree = dict(walk(build()))
    lines = re.findall(r"^cadran .*", path.read_text("utf-8"), re.MULTILINE)
    assert len(lines) > 10
    for line in lines:
        words = shlex.split(line, comments=True)[1:]
        name = " ".join(words[:2]) if " ".join(words[:2]) in tree else words[0]
        flags = {flag for parameter in tree[name].params for flag in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= flags, line


def test_both_readmes_say_the_same_things() -> None:
    english, french = (path.read_text("utf-8") for path in READMES)
    for mark in (r"^## ", r"^- ", r"^```", r"!\[", r"^cadran "):
        assert len(re.findall(mark, english, re.MULTILINE)) == len(re.findall(mark, french, re.MULTILINE)), mark


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_the_kpi_shown_as_an_example_is_right(path: Path, tmp_path: Path) -> None:
    example = re.findall(r"```yaml\n(.*?)```", path.read_text("utf-8"), re.DOTALL)[0]
    own = tmp_path / "own.yaml"
    own.write_text(example, "utf-8")
    assert check_file(own, load_catalogue()) == ()


def test_the_mapping_shown_as_an_example_is_right(tmp_path: Path) -> None:
    example = re.findall(r"```yaml\n(.*?)```", (DOCS / "mapping.md").read_text("utf-8"), re.DOTALL)[0]
    path = tmp_path / "mapping.yaml"
    path.write_text(example, "utf-8")
    assert {fill.table for fill in load_mapping(path).tables} == {"opportunities", "reps"}
