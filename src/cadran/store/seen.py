"""What intake saw of the rows it hands over, so that the store need not look again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Seen:
    """What is known of all the rows of a relation. `fixed`: the stored
    columns that hold one value, with that value as SQL; `full`: columns that no row leaves empty; `days`: the first and
    the last of some dates; `distinct`: for some texts a SELECT of every value that is there, once, as `key`."""

    fixed: Mapping[str, str] = field(default_factory=dict)
    full: frozenset[str] = frozenset()
    days: Mapping[str, tuple[date, date]] = field(default_factory=dict)
    distinct: Mapping[str, str] = field(default_factory=dict)


NOTHING = Seen()
