"""One problem of a formula or a definition: what, where (file, key, character) and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cadran.errors import Issue, Lang


@dataclass(frozen=True)
class Problem(Issue):
    """An issue with its place. `position` counts characters of the formula from 1; `key` is the path inside the
    definition ("panier.formula"); `file` the file the definition stands in. Each is None where it has no meaning."""

    position: int | None = None
    key: str | None = None
    file: str | None = None

    def at(self, *, key: str | None = None, file: str | None = None) -> Problem:
        """The same problem with its place completed; what is known already stays."""
        return replace(self, key=self.key or key, file=self.file or file)

    def below(self, key: str) -> Problem:
        """The same problem with its key set under another: `formula` below `panier` is `panier.formula`."""
        return replace(self, key=".".join(part for part in (key, self.key) if part) or None)

    def to(self, lang: Lang) -> str:
        character = "caractère" if lang == "fr" else "character"
        place = [self.file, self.key, f"{character} {self.position}" if self.position else None]
        where = ", ".join(part for part in place if part)
        colon = " : " if lang == "fr" else ": "
        return (where + colon if where else "") + super().to(lang)
