"""What the first data suggest a company chooses: proposed once an import has landed, never chosen for it.

    data                              the line of [company] that is proposed
    deals, no sales                   revenue_basis = "signed"
    sales that are all orders         revenue_basis = "ordered"
    contracts, no sales               retention_basis = "contracts"

A choice that stands in cadran.toml, whatever it is, is proposed no more.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cadran.errors import SettingsError, Text
from cadran.settings import FILE_NAME, load
from cadran.settings.writing import alone
from cadran.store.profile import TableProfile

_HEADING = re.compile(r"^[ \t]*\[[ \t]*company[ \t]*\][^\n]*(?:\n|\Z)", re.MULTILINE)


@dataclass(frozen=True)
class Proposal:
    """A setting of `[company]` and the value it could take; `why` says what the data show."""

    setting: str
    value: str
    why: Text

    @property
    def line(self) -> str:
        """As it stands in cadran.toml."""
        return f'{self.setting} = "{self.value}"'


def proposals(tables: Mapping[str, TableProfile], folder: Path) -> tuple[Proposal, ...]:
    """What the company of `folder` could choose, of what it has not chosen yet."""
    chosen = tomllib.loads((folder / FILE_NAME).read_text("utf-8-sig")).get("company", {})
    return tuple(each for each in _suggested(tables) if each.setting not in chosen)


def accept(folder: Path, proposal: Proposal) -> None:
    """Write the line under `[company]`, everything else in the file untouched. Raises SettingsError, and writes
    nothing, where the file would not be read again."""
    path = folder / FILE_NAME
    with alone(folder):
        text = path.read_bytes().decode("utf-8-sig")
        heading = _HEADING.search(text)
        assert heading is not None, "settings without a company are not read"
        before, after = text[: heading.end()].rstrip("\r\n"), text[heading.end() :]
        beside = path.with_name(f"{FILE_NAME}.new")
        beside.write_bytes(f"{before}\n{proposal.line}\n{after}".encode())
        try:
            load(beside)
        except SettingsError:
            beside.unlink()
            raise
        os.replace(beside, path)


def _suggested(tables: Mapping[str, TableProfile]) -> Iterator[Proposal]:
    sales = tables["sales"]
    if not sales.rows and tables["opportunities"].rows:
        yield _SIGNED
    if sales.rows and sales.columns["kind"].filled == sales.rows and sales.values["kind"] == ("order",):
        yield _ORDERED
    if not sales.rows and tables["contracts"].rows:
        yield _CONTRACTS


_SIGNED = Proposal(
    "revenue_basis",
    "signed",
    Text(
        "Vos données ont des affaires et aucune vente : le chiffre d’affaires peut compter les affaires gagnées.",
        "Your data hold deals and no sales: revenue can count the deals that were won.",
    ),
)
_ORDERED = Proposal(
    "revenue_basis",
    "ordered",
    Text(
        "Vos données ont des commandes et aucune facture : le chiffre d’affaires peut compter les commandes.",
        "Your data hold orders and no invoice: revenue can count the orders.",
    ),
)
_CONTRACTS = Proposal(
    "retention_basis",
    "contracts",
    Text(
        "Vos données ont des contrats et aucune vente : la rétention peut compter les contrats renouvelés.",
        "Your data hold contracts and no sales: retention can count the contracts that were renewed.",
    ),
)
