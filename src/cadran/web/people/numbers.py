"""Numbers as addresses and forms say them."""

from __future__ import annotations

_MOST_DIGITS = 9  # none of ours is longer; of thousands, Python itself refuses to make a number


def whole(text: str) -> int | None:
    """The whole number that a text says; None where it says none, or one longer than any of ours."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None
