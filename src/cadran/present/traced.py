"""The rows behind a number, for a page: the columns that tell a reader what a row is, named and written.

What repeats an id that is named, what is empty and what says the same of every row is left out; the files of an export
keep the ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cadran import numerals
from cadran.errors import Lang, Text
from cadran.present.behind import TITLES_OF_ROWS, counted_table
from cadran.present.grid import Column, Reader, written
from cadran.present.words import UNASSIGNED
from cadran.tables.contract import Table, Type

if TYPE_CHECKING:
    import pyarrow as pa

# What a page shows of a row, in order; an id stands where it has no name.
_SHOWN = {
    "sales": (
        "sold_on document_id order_id account_name product_name rep_name kind nature share quantity list_amount cost "
        "amount"
    ),
    "leads": "first_contact_on lead_id account_name source rep_name qualified_on client_on lost_on lost_reason",
    "opportunities": (
        "closed_on name account_name rep_name source stage outcome first_contact_on expected_close_on share amount"
    ),
    "contracts": (
        "ends_on contract_id account_name product_name rep_name starts_on tacit terminated_on loss_reason annual_value"
    ),
    "activities": "happened_at kind account_name opportunity_id rep_name outcome",
    "feedback": "happened_at kind account_name rep_name score comment",
}
_ONLY_IF_COUNTED = frozenset({"list_amount", "cost", "quantity"})
_NAMES = {
    "account_name": Text("Client", "Account"),
    "product_name": Text("Produit", "Product"),
    "rep_name": Text("Commercial", "Rep"),
    "team_name": Text("Équipe", "Team"),
    "share": Text("Part", "Share"),
}
_KINDS = {
    "invoice": Text("facture", "invoice"),
    "credit_note": Text("avoir", "credit note"),
    "order": Text("commande", "order"),
    "won": Text("gagnée", "won"),
    "lost": Text("perdue", "lost"),
    "open": Text("ouverte", "open"),
    "call": Text("appel", "call"),
    "email": Text("e-mail", "email"),
    "meeting": Text("rendez-vous", "meeting"),
    "visit": Text("visite", "visit"),
    "demo": Text("démonstration", "demo"),
    "quote": Text("devis", "quote"),
    "other": Text("autre", "other"),
}
_HIDDEN = frozenset({"row_key", "rep_id", "bucket"})  # `rep_id` may be another rep's, where credit is shared


@dataclass(frozen=True)
class Listing:
    """Some rows: `columns` and their cells, written. A cell's tone is `quiet` where nobody is named."""

    columns: tuple[Column, ...]
    lines: tuple[tuple[tuple[str, str], ...], ...]


def shown_fields(rows: pa.Table, formula: str) -> tuple[str, ...]:
    """The columns worth showing of all these rows; amounts beside the main one only where `formula` counts them."""
    table = counted_table(rows.column_names)
    wanted = _SHOWN.get(table.name, " ".join(_others(rows.column_names, table))).split()
    found = [name for name in wanted if name in rows.column_names and rows.column(name).null_count < rows.num_rows]
    return tuple(
        name
        for name in found
        if (name not in _ONLY_IF_COUNTED or name in formula) and (name != "share" or _is_shared(rows))
    )


def exported_fields(rows: pa.Table) -> tuple[str, ...]:
    """Everything a row holds but the store's own keys and what is empty throughout, named ids included."""
    return tuple(
        name
        for name in rows.column_names
        if name not in _HIDDEN and (rows.num_rows == 0 or rows.column(name).null_count < rows.num_rows)
    )


def listing(rows: pa.Table, names: Sequence[str], reader: Reader) -> Listing:
    """`rows` are those to show, and no more: every cell is written."""
    table = counted_table(rows.column_names)
    columns = tuple(Column(name, title_of(name, table, reader.lang), _is_right(name, table)) for name in names)
    values = [[_cell(value, name, table, reader) for value in rows.column(name).to_pylist()] for name in names]
    return Listing(columns, tuple(zip(*values, strict=True)))


def title_of(name: str, table: Table, lang: Lang) -> str:
    for titles in (_NAMES, TITLES_OF_ROWS):
        if name in titles:
            return titles[name].to(lang)
    return table[name].label.to(lang) if name in table else name


def amount_of(rows: pa.Table) -> Decimal | None:
    """The amounts of the rows, each by the share that is credited; None for rows without an amount, and for those of
    several KPIs, where a row may stand twice. For totals."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if "amount" not in rows.column_names or len(pc.unique(rows.column("kpi"))) > 1:
        return None
    amounts = rows.column("amount")
    if "share" not in rows.column_names:
        found = pc.sum(amounts).as_py()
        return found if found is not None else Decimal(0)
    shares = rows.column("share").cast(pa.decimal128(13, 12))
    found = pc.sum(pc.multiply(amounts, shares)).as_py()
    return Decimal(0) if found is None else found


def _others(names: Sequence[str], table: Table) -> list[str]:
    """The columns of a table that has no list of its own: its date first, names for ids."""
    own = [name for name in names if name in table and name not in _HIDDEN | {"account_id", "product_id"}]
    dated = [table.dated_by] if table.dated_by else []
    return [*dated, *(name for name in _NAMES if name != "team_name"), *(name for name in own if name not in dated)]


def _is_shared(rows: pa.Table) -> bool:
    import pyarrow.compute as pc

    return bool(pc.min(rows.column("share")).as_py() < 1)


def _is_right(name: str, table: Table) -> bool:
    if name == "share":
        return True
    return name in table and table[name].type in (Type.MONEY, Type.NUMBER, Type.INTEGER, Type.SHARE)


def _cell(value: Any, name: str, table: Table, reader: Reader) -> tuple[str, str]:
    lang = reader.lang
    if name == "rep_name" and value is None:
        return UNASSIGNED.to(lang).lower(), "quiet"
    if value is None:
        return "", ""
    if name == "share" and value == 1:
        return "", ""
    if name == "share" or (name in table and table[name].type is Type.SHARE):
        return numerals.percent(value, lang, trim=True), ""
    if name in table and table[name].type is Type.MONEY:
        return numerals.money(value, reader.currency, lang), ""
    if name in table and table[name].type is Type.CHOICE and value in _KINDS:
        return _KINDS[value].to(lang), ""
    return written(value, lang), ""
