"""What the audit of dependencies makes of what it is told; nothing here asks the network."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / ".ci" / "audit.py"
SOUND = {"name": "django", "version": "5.2", "vulns": []}
OWN = {"name": "cadran", "skip_reason": "not on the index"}
FLAWED = {"name": "old", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}
UNKNOWN = {"name": "private", "skip_reason": "not on the index"}


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("found", "required", "fails", "said"),
    [
        ([SOUND, OWN], "", False, ""),
        ([SOUND, FLAWED], "", True, "old 1: CVE-1, fixed in 2"),
        ([SOUND, UNKNOWN], "", False, "DEPENDENCIES NOT AUDITED: the index does not know private"),
        ([SOUND, UNKNOWN], "required", True, "NOT AUDITED"),
    ],
)
def test_a_flaw_fails_and_what_is_not_known_is_said_aloud(
    audit: ModuleType,
    found: list[Any],
    required: str,
    fails: bool,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("AUDIT", required)
    assert bool(audit.verdict(found)) is fails
    assert said in capsys.readouterr().err


def test_an_index_that_does_not_answer_is_told(audit: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "PROBE", "file:///nowhere")
    assert "nowhere" in audit.unavailable()
