"""What else a file tells: the reps, accounts and products that its facts name, the teams that its reps belong to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb

from cadran.intake.match import score
from cadran.intake.profile import Profile
from cadran.intake.raw import Raw
from cadran.intake.recognition import RecognisedColumn, RecognisedTable, column_of, identifier
from cadran.intake.synonyms import words
from cadran.tables.mapping import ColumnMapping
from cadran.tables.model import PARENT_OF_DOMAIN, SALES_MODEL

# For ever, as far as the first membership is concerned.
_ALWAYS = "1900-01-01"
# Words of a header that say whose name or attribute it is.
_ABOUT = {
    "reps": {"commercial", "vendeur", "representant", "rep", "salesperson", "agent", "owner", "proprietaire", "sales"},
    "accounts": {"client", "societe", "entreprise", "compte", "account", "customer", "company", "organization"},
    "products": {"article", "produit", "product", "item", "designation", "description", "famille", "category"},
}
_PLAIN = {"segment", "country", "pays", "region", "industry", "secteur", "category", "categorie"}
_CONFIDENCE = 0.8


def dimensions(
    connection: duckdb.DuckDBPyConnection, raw: Raw, fact: RecognisedTable, profiles: Sequence[Profile]
) -> Iterator[RecognisedTable]:
    """Derived fills of reps, accounts and products out of a fact's file: one row per distinct key of the same file.

    Only where the file tells more than a code: a name (the key itself, or a column beside it) or an attribute."""
    taken = set(fact.headers)
    by_header = {profile.header: profile for profile in profiles}
    for column in fact.columns:
        table = _dimension_of(fact.table, column.column)
        if table is None or column.header is None:
            continue
        key = by_header[column.header]
        extra = list(_attributes(connection, raw, table, key, [p for p in profiles if p.header not in taken]))
        taken |= {found.header for found in extra if found.header is not None}
        if not any(found.column == "name" for found in extra) and reads_as_a_name(key):
            extra.append(RecognisedColumn("name", ColumnMapping(key.header), _CONFIDENCE, key.examples))
        if extra:
            own = RecognisedColumn(
                SALES_MODEL[table].key[0], ColumnMapping(key.header), column.confidence, key.examples
            )
            yield RecognisedTable(table, (), _CONFIDENCE, derived=True).with_columns(own, *extra)


def teams(rep_file: RecognisedTable, profiles: Sequence[Profile]) -> tuple[RecognisedTable, ...]:
    """Teams and memberships out of a team or manager column of a file of reps, from the beginning of time."""
    free = [profile for profile in profiles if profile.header not in rep_file.headers]
    team = _best("team_id", free)
    manager = _best("manager_rep_id", [profile for profile in free if profile is not team])
    of = team or manager
    if of is None:
        return ()
    rep = rep_file["rep_id"]
    named = [RecognisedColumn(name, ColumnMapping(of.header), _CONFIDENCE, of.examples) for name in ("team_id", "name")]
    if manager is not None and _are_reps(manager, rep.header, profiles):
        named.append(RecognisedColumn("manager_rep_id", ColumnMapping(manager.header), _CONFIDENCE, manager.examples))
    belongs = (
        RecognisedColumn("rep_id", rep.mapping, rep.confidence, rep.examples),
        RecognisedColumn("team_id", ColumnMapping(of.header), _CONFIDENCE, of.examples),
        RecognisedColumn("starts_on", ColumnMapping(constant=_ALWAYS), 0.7),
    )
    where = f"{identifier(of.header)} is not null" if of.filled < 1 and identifier(of.header).isidentifier() else None
    return (
        RecognisedTable("teams", tuple(named), _CONFIDENCE, derived=True, where=where),
        RecognisedTable("memberships", belongs, _CONFIDENCE, where=where),
    )


def _dimension_of(fact: str, column: str) -> str | None:
    domain = SALES_MODEL[fact][column].domain
    table = PARENT_OF_DOMAIN.get(domain or "")
    return table if table in _ABOUT else None


def _attributes(
    connection: duckdb.DuckDBPyConnection, raw: Raw, name: str, key: Profile, free: Sequence[Profile]
) -> Iterator[RecognisedColumn]:
    """Columns that say something of the key: named so, and with one value for each key."""
    table = SALES_MODEL[name]
    seen: set[str] = set()
    for profile in free:
        said = set(words(profile.header).split())
        if not said & (_ABOUT[name] | (_PLAIN if name == "accounts" else set())):
            continue
        choices = [c for c in table.columns if c.name not in (*table.key, "rep_id", *seen)]
        confidence, column = max(((score(table, c, profile), c) for c in choices), key=lambda pair: pair[0])
        if confidence >= 0.85 and _depends(connection, raw, key.header, profile.header):
            seen.add(column.name)
            yield RecognisedColumn(column.name, ColumnMapping(profile.header), 0.9 * confidence, profile.examples)


def _depends(connection: duckdb.DuckDBPyConnection, raw: Raw, key: str, header: str) -> bool:
    """Whether nearly every key has one value of the other column: then it is the key's, not the row's."""
    query = (
        f"SELECT avg((n = 1)::INTEGER) FROM (SELECT count(DISTINCT {column_of(raw, header)}) AS n FROM {raw.relation} "
        f"WHERE trim({column_of(raw, key)}) <> '' AND trim({column_of(raw, header)}) <> '' "
        f"GROUP BY {column_of(raw, key)})"
    )
    found = connection.execute(query).fetchone()
    return bool(found and found[0] is not None and found[0] >= 0.75)


def reads_as_a_name(profile: Profile) -> bool:
    """« Léa Martin », "GTX Basic"; not REP12, CAU or 13085."""
    worded = [text for text in profile.examples if " " in text or (text != text.upper() and not _has_digit(text))]
    return profile.numbers < 0.3 and len(worded) * 2 > len(profile.examples)


def _has_digit(text: str) -> bool:
    return any(letter.isdigit() for letter in text)


def _best(column: str, free: Sequence[Profile]) -> Profile | None:
    table = SALES_MODEL["teams"]
    scored = [(score(table, table[column], profile), profile) for profile in free]
    confidence, profile = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return profile if confidence >= 0.7 else None


def _are_reps(manager: Profile, rep: str | None, profiles: Sequence[Profile]) -> bool:
    """Whether most managers are themselves reps of the file, under the same key."""
    reps = next((profile.words for profile in profiles if profile.header == rep), frozenset())
    return len(manager.words & reps) * 2 >= max(len(manager.words), 1)
