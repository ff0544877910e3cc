"""The colours of look.md for what is drawn away from the page's styles; `frontend/styles/tokens.css` holds the same."""

from __future__ import annotations

from typing import Literal

Scheme = Literal["light", "dark"]

# Name: light, dark.
COLOURS: dict[str, tuple[str, str]] = {
    "paper": ("#ffffff", "#101318"),
    "wash": ("#f4f5f7", "#191d24"),
    "wash-2": ("#e9ebef", "#242a33"),
    "rule": ("#dcdfe4", "#2b313b"),
    "rule-2": ("#a9afb9", "#565e6b"),
    "edge": ("#838b97", "#6d7685"),
    "ink": ("#14181f", "#e9ecf1"),
    "ink-2": ("#454c57", "#b3bac6"),
    "ink-3": ("#646b77", "#8d95a3"),
    "measure": ("#2b323d", "#cfd5de"),
    "blue": ("#1f4e9e", "#84b3ff"),
    "madder": ("#b0371a", "#ff8f6d"),
    "ochre": ("#855800", "#e3b04b"),
    "ochre-mark": ("#bd8110", "#e3b04b"),
    "ochre-wash": ("#fbf1dc", "#33280f"),
    "madder-wash": ("#fbebe6", "#3a1d14"),
    "blue-wash": ("#e6edf8", "#17263f"),
    "soft": ("#c3c8d0", "#464e5b"),
}


def colour(name: str, scheme: Scheme) -> str:
    """The hexadecimal colour of a token; KeyError for a name that is none."""
    light, dark = COLOURS[name]
    return light if scheme == "light" else dark
