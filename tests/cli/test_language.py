"""Which language a command speaks, before and after a company is open."""

from __future__ import annotations

from pathlib import Path

import pytest

from cadran.cli.language import chosen, of_machine
from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        (["ask", "--lang", "fr"], {}, "fr"),
        (["ask", "--lang=en"], {"CADRAN_LANG": "fr"}, "en"),
        (["ask"], {"CADRAN_LANG": "FR"}, "fr"),
        (["ask", "--lang"], {}, None),
        (["ask", "--lang", "de"], {}, None),
        (["ask"], {"LANG": "fr_FR.UTF-8"}, None),
    ],
)
def test_what_was_asked_for(arguments: list[str], environment: dict[str, str], expected: str | None) -> None:
    assert chosen(arguments, environment) == expected


@pytest.mark.parametrize(
    ("environment", "expected"),
    [({"LANG": "fr_FR.UTF-8"}, "fr"), ({"LC_ALL": "en_GB", "LANG": "fr_FR"}, "en"), ({"LANG": "C"}, "en"), ({}, "en")],
)
def test_the_language_of_the_machine(environment: dict[str, str], expected: str) -> None:
    assert of_machine(environment) == expected


def test_the_company_s_language_unless_another_is_asked_for(
    run: Run, acme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Indicateurs" in run("kpi", "--workspace", acme).out
    assert "KPIs" in run("kpi", "--workspace", acme, "--lang", "en").out
    monkeypatch.setenv("CADRAN_LANG", "en")
    assert "KPIs" in run("kpi", "--workspace", acme).out


def test_help_speaks_the_language_of_the_machine(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Answers a question" in run("ask", "--help").out
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    helped = run("ask", "--help")
    assert "Répond à une question" in helped.out
    assert "Affiche cette aide." in helped.out
    assert helped.code == 0
