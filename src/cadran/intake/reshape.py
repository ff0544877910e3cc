"""Three kinds of file whose rows are not yet rows of a table: made so while they are read, every line accounted for.

FEC                  lines of entries           -> the lines on accounts 70, each with its client and its amount
Salesforce report    one row per product line   -> one row per opportunity, its line totals added up
HubSpot              Acme (5551)                -> Acme, and 5551 in a column of its own
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from cadran.intake.raw import Raw, SkippedLines
from cadran.intake.relation import count_rows, drop, literal, new_name, to_table
from cadran.tables.mapping import find_header, fold

_FEC = ("JournalCode", "EcritureNum", "EcritureDate", "CompteNum", "CompAuxNum", "CompAuxLib")
_NUMBERS = ("Opportunity Number", "Numéro de l'opportunité", "Opportunity ID", "ID de l'opportunité")
_LINE_TOTALS = ("Prix total", "Total Price", "Estimated Total Price")
_OF_A_LINE = (
    *("Nom du produit", "Code du produit", "Quantité", "Prix de vente"),
    *("Product Name", "Product Code", "Quantity", "Estimated Quantity", "Sales Price", "Product Line"),
)
_NAME_AND_ID = r"^([^;]*) \(([0-9]{3,})\)$"


def reshape(connection: duckdb.DuckDBPyConnection, raw: Raw) -> Raw:
    """`raw`, or the table it stands for; its old relation is then dropped."""
    if all(find_header(raw.headers, name) is not None for name in _FEC):
        return _sales_of_entries(connection, raw)
    number = _first(raw, _NUMBERS)
    total = _first(raw, _LINE_TOTALS)
    if number is not None and total is not None and _repeats(connection, raw, number):
        return _one_row_each(connection, raw, number, total)
    return _with_ids_apart(connection, raw)


def _first(raw: Raw, names: Sequence[str]) -> int | None:
    found = (find_header(raw.headers, name) for name in names)
    return next((position for position in found if position is not None), None)


# --- FEC (article A47 A-1 of the Livre des procédures fiscales)


def _sales_of_entries(connection: duckdb.DuckDBPyConnection, raw: Raw) -> Raw:
    """Lines on accounts 70, plus: the client (CompAuxNum of the line on account 411 of the same entry, empty when there
    are several), its name, the amount (credit - debit), and what it says of the document and of the line's nature."""
    column = {name: f"c{find_header(raw.headers, name)}" for name in _FEC}
    account, amount = f"trim(f.{column['CompteNum']})", _amount(raw)
    entry = f"{column['JournalCode']} AS journal, {column['EcritureNum']} AS number"
    own_account = f"regexp_replace(trim({column['CompteNum']}), '^411[0-9]*$', '')"  # 411ACME, but not 411000
    client = f"coalesce(nullif(trim({column['CompAuxNum']}), ''), nullif({own_account}, ''))"
    clients = (
        f"SELECT journal, number, any_value(client) AS client, any_value(name) AS name FROM (SELECT {entry}, "
        f"{client} AS client, {column['CompAuxLib']} AS name FROM {raw.relation} "
        f"WHERE trim({column['CompteNum']}) LIKE '411%') GROUP BY journal, number HAVING count(DISTINCT client) = 1"
    )
    document = f"CASE WHEN starts_with({amount}, '-') THEN 'Avoir' ELSE 'Facture' END"
    nature = (
        f"CASE WHEN {account} LIKE '7085%' THEN 'freight' WHEN {account} LIKE '709%' THEN 'rebate' "
        f"WHEN {account} LIKE '706%' THEN 'service' ELSE 'goods' END"
    )
    extra = (amount, "coalesce(k.client, '')", "coalesce(k.name, '')", document, nature)
    query = (
        f"FROM {raw.relation} f LEFT JOIN ({clients}) k ON k.journal = f.{column['JournalCode']} "
        f"AND k.number = f.{column['EcritureNum']} WHERE {account} LIKE '70%'"
    )
    headers = ("Montant HT", "Client du 411", "Nom du client", "Type de pièce", "Nature")
    return _replaced(connection, raw, query, extra, headers, "not_a_sale")


def _amount(raw: Raw) -> str:
    """Credit - debit as plain text; what cannot be read is left as it is written, to be quarantined with its line."""
    debit, credit = find_header(raw.headers, "Debit"), find_header(raw.headers, "Credit")
    if debit is not None and credit is not None:
        number = f"coalesce({_decimal(f'f.c{credit}')}, 0) - coalesce({_decimal(f'f.c{debit}')}, 0)"
        unreadable = " OR ".join(f"(trim(f.c{i}) <> '' AND {_decimal(f'f.c{i}')} IS NULL)" for i in (debit, credit))
        return f"CASE WHEN {unreadable} THEN f.c{credit} || ' / ' || f.c{debit} ELSE ({number})::VARCHAR END"
    sense, amount = find_header(raw.headers, "Sens"), find_header(raw.headers, "Montant")
    signed = f"CASE WHEN upper(trim(f.c{sense})) IN ('C', '-1') THEN 1 ELSE -1 END * {_decimal(f'f.c{amount}')}"
    return f"coalesce(({signed})::VARCHAR, f.c{amount})"


def _decimal(cell: str) -> str:
    """`000000000003000,00`, ` -12.5` -> a number; NULL when it is none."""
    return f"TRY_CAST(replace(regexp_replace({cell}, '[ \u00a0\u202f]', '', 'g'), ',', '.') AS DECIMAL(18, 4))"


# --- one row per product line


def _repeats(connection: duckdb.DuckDBPyConnection, raw: Raw, number: int) -> bool:
    cell = f"nullif(trim(c{number}), '')"
    found = connection.execute(f"SELECT count({cell}) > count(DISTINCT {cell}) FROM {raw.relation}").fetchone()
    return bool(found and found[0])


def _one_row_each(connection: duckdb.DuckDBPyConnection, raw: Raw, number: int, total: int) -> Raw:
    """The first line of each opportunity, with the sum of its line totals; what differs from line to line is blank."""
    of_a_line = {find_header(raw.headers, name) for name in _OF_A_LINE}
    cells = [
        _sum(f"c{i}") if i == total else _if_alike(f"c{i}") if i in of_a_line else f"arg_min(c{i}, line)"
        for i in range(len(raw.headers))
    ]
    key = f"coalesce(nullif(trim(c{number}), ''), line::VARCHAR || ' ')"
    columns = ", ".join(f"{cell} AS c{i}" for i, cell in enumerate(cells))
    query = f"FROM (SELECT min(line) AS line, {columns} FROM {raw.relation} GROUP BY {key}) f"
    return _replaced(connection, raw, query, (), (), "merged")


def _sum(cell: str) -> str:
    """The sum of amounts as plain text; the decimal sign is the one that two digits follow at the end of cells."""
    comma = f"count(*) FILTER (regexp_matches({cell}, ',[0-9]{{1,2}}[^0-9]*$')) > 0"
    digits = f"regexp_replace({cell}, '[^0-9,.-]', '', 'g')"
    french = f"TRY_CAST(replace(replace({digits}, '.', ''), ',', '.') AS DECIMAL(18, 4))"
    english = f"TRY_CAST(replace({digits}, ',', '') AS DECIMAL(18, 4))"
    readable = f"count(*) FILTER (trim({cell}) <> '' AND {french} IS NULL AND {english} IS NULL) = 0"
    total = f"CASE WHEN {comma} THEN sum({french}) ELSE sum({english}) END"
    return f"CASE WHEN {readable} THEN coalesce(({total})::VARCHAR, '') ELSE string_agg({cell}, ' + ') END"


def _if_alike(cell: str) -> str:
    return f"CASE WHEN count(DISTINCT {cell}) = 1 THEN any_value({cell}) ELSE '' END"


def _replaced(
    connection: duckdb.DuckDBPyConnection,
    raw: Raw,
    query: str,
    extra: Sequence[str],
    headers: Sequence[str],
    reason: str,
) -> Raw:
    """A Raw over the rows of `query`, with `extra` columns; the lines that are no rows of it are skipped."""
    relation = new_name()
    cells = ", ".join([*(f"f.{column}" for column in raw.columns)])
    added = "".join(f", {text} AS c{i}" for i, text in enumerate(extra, len(raw.headers)))
    connection.execute(f"CREATE TEMP TABLE {relation} AS SELECT f.line, {cells}{added} {query} ORDER BY f.line")
    rows = count_rows(connection, relation)
    left = f"FROM {raw.relation} r WHERE line NOT IN (SELECT line FROM {relation})"
    text = f"concat_ws(' ', {', '.join(raw.columns)})"
    first = connection.execute(f"SELECT line, {text} {left} ORDER BY line LIMIT 1").fetchone()
    drop(connection, raw.relation)
    skipped = raw.skipped
    if first:
        skipped = (*skipped, SkippedLines(reason, raw.rows - rows, first[0], str(first[1])[:200]))
    return replace(raw, relation=relation, headers=(*raw.headers, *headers), rows=rows, skipped=skipped)


# --- names with their ids


def _with_ids_apart(connection: duckdb.DuckDBPyConnection, raw: Raw) -> Raw:
    """`Name (5551)` in the columns of associated records: the name stays, the id gets a column of its own."""
    for position, header in enumerate(raw.headers):
        if fold(header).startswith("associated") or "associe" in fold(header):
            raw = _split(connection, raw, position) if _holds_ids(connection, raw, position) else raw
    return raw


def _holds_ids(connection: duckdb.DuckDBPyConnection, raw: Raw, position: int) -> bool:
    cell = f"c{position}"
    query = f"SELECT count(*) FILTER (regexp_matches({cell}, {literal(_NAME_AND_ID)})) * 2 > count(nullif({cell}, '')) "
    found = connection.execute(f"{query} FROM {raw.relation}").fetchone()
    return bool(found and found[0])


def _split(connection: duckdb.DuckDBPyConnection, raw: Raw, position: int) -> Raw:
    cell, new = f"c{position}", f"c{len(raw.headers)}"
    pattern = literal(_NAME_AND_ID)
    part = f"CASE WHEN regexp_matches({cell}, {pattern}) THEN regexp_extract({cell}, {pattern}, %d) ELSE {cell} END"
    to_table(connection, raw.relation)
    connection.execute(f"ALTER TABLE {raw.relation} ADD COLUMN {new} VARCHAR")
    connection.execute(f"UPDATE {raw.relation} SET {new} = {part % 2}, {cell} = {part % 1}")
    return replace(raw, headers=(*raw.headers, f"{raw.headers[position]} (ID)"))
