"""A setting of `[web]` written into a company's folder, as its owner would."""

from __future__ import annotations

from pathlib import Path

_HEAD = "[web]\n"


def add_web_setting(folder: Path, line: str) -> None:
    settings = folder / "cadran.toml"
    text = settings.read_text("utf-8")
    if _HEAD not in text:
        text += f"\n{_HEAD}"
    settings.write_text(text.replace(_HEAD, f"{_HEAD}{line}\n"), "utf-8")
