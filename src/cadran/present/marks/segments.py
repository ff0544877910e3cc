"""A bar in parts that follow each other: how far an import is, and what became of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cadran.present.marks.svg import drawing, element

Kind = Literal["done", "same", "watch"]
WIDTH, HEIGHT = 1000.0, 8.0


@dataclass(frozen=True)
class Segments:
    """Parts in order, each a kind and a count, out of `total`; what is left is the empty track."""

    parts: tuple[tuple[Kind, int], ...]
    total: int
    label: str = ""


def segments(mark: Segments) -> str:
    """Drawn 1000 units wide and stretched to its place. A part that is not empty is at least 3 units wide.

    Raises ValueError where the parts are more than the total.
    """
    if sum(count for _, count in mark.parts) > mark.total:
        raise ValueError(f"{mark.parts} is more than {mark.total}")
    rects, at = [], 0.0
    for kind, count in mark.parts:
        width = max(3.0, WIDTH * count / mark.total) if count else 0.0
        rects.append(element("rect", class_=kind, x=min(at, WIDTH - width), y=0, width=width, height=HEIGHT))
        at += width
    return drawing("segments", WIDTH, HEIGHT, mark.label, *rects, stretched=True)
