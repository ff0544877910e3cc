"""A warehouse's tables -> ours: `[tables.NAME]` of cadran.toml, in the forms that mapping files use.

```toml
[tables.sales]
table = "dwh.invoice_lines"                  # or: query = "SELECT ..."
where = "state = 'posted'"                   # the rows that count
columns = { sale_id = "id", sold_on = "invoice_date", amount = { formula = "quantity * unit_price" } }
```

A bare text is a column of theirs; `{constant}`, `{formula}` and `{values, otherwise}` mean what they mean in a mapping
file, but that words are compared without case and outer spaces only. A table has one key at least: nothing is invented
in somebody else's database.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cadran.errors import NO_TEXT, Issue, Text, did_you_mean
from cadran.tables.mapping import MappedTable, TableMapping
from cadran.tables.mapping_file import read_fill
from cadran.tables.model import SALES_MODEL

# What people decide rather than record: it lies in the local store, also beside a warehouse.
LOCAL_TABLES = frozenset({"targets", "absences", "forecasts"})
_KEYS = ("table", "query", "columns", "where")


def read_mapped(sections: object) -> tuple[dict[str, MappedTable], list[Issue]]:
    """The tables that `[tables]` maps, and every problem of the section."""
    if not isinstance(sections, Mapping):
        return {}, [_not_a_section("tables")]
    issues: list[Issue] = []
    found = (_read(name, body, issues) for name, body in sections.items())
    return {each.name: each for each in found if each is not None}, issues


def _read(name: str, body: object, issues: list[Issue]) -> MappedTable | None:
    if name not in SALES_MODEL:
        message = Text(f"[tables.{name}] : il n’y a pas de table « {name} ».", f'[tables.{name}]: no table "{name}".')
        issues.append(Issue("unknown_table", message, did_you_mean(name, SALES_MODEL)))
        return None
    if name in LOCAL_TABLES:
        issues.append(_is_local(name))
        return None
    if not isinstance(body, Mapping):
        issues.append(_not_a_section(f"tables.{name}"))
        return None
    before = len(issues)
    issues += [_unknown_key(name, key) for key in body if key not in _KEYS]
    table, query = (_text(name, body, key, issues) for key in ("table", "query"))
    if (table is None) == (query is None):
        issues.append(_one_source(name))
    columns = body.get("columns", {})
    form = {**columns, "where": body["where"]} if isinstance(columns, Mapping) and "where" in body else columns
    fill, problems = read_fill(name, _texts(form))
    issues += [*problems, *_not_here(fill)]
    return MappedTable(fill, table, query) if len(issues) == before else None


def _text(name: str, body: Mapping[str, Any], key: str, issues: list[Issue]) -> str | None:
    value = body.get(key)
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    message = Text(f"[tables.{name}] {key} : un texte est attendu.", f"[tables.{name}] {key}: a text is expected.")
    issues.append(Issue("not_a_text", message))
    return None


def _texts(form: Any) -> Any:
    """TOML's numbers and truths as the texts they are written as: a mapping file knows only texts."""
    if isinstance(form, Mapping):
        return {str(key): _texts(value) for key, value in form.items()}
    if isinstance(form, bool):
        return str(form).lower()
    return form if isinstance(form, str | list) else str(form)


def _not_here(fill: TableMapping) -> list[Issue]:
    """The forms that only files need, and a key that is missing."""
    issues = []
    place = f"[tables.{fill.table}]"
    for name, column in fill.columns.items():
        if column.date is not None or column.tax_rate is not None:
            message = Text(
                f"{place} {name} : « date » et « tax » ne valent que pour des fichiers.",
                f'{place} {name}: "date" and "tax" are for files only.',
            )
            advice = Text(
                "Écrivez « query » et faites-le en SQL.", 'Write a "query" and do it in SQL, or use a "formula".'
            )
            issues.append(Issue("form_for_files", message, advice))
    for key in SALES_MODEL[fill.table].key:
        if key not in fill.columns and SALES_MODEL[fill.table].keyless:
            message = Text(
                f"{place} a besoin de « {key} » : ce qui distingue une ligne d’une autre.",
                f'{place} needs "{key}": what tells one row from another.',
            )
            advice = Text("Donnez la clé de la table.", "Give the table's key.")
            issues.append(Issue("missing_column", message, advice))
    return issues


def _not_a_section(name: str) -> Issue:
    message = Text(f"« {name} » doit être une section.", f'"{name}" must be a section.')
    return Issue("wrong_section", message, Text("Écrivez [tables.sales].", "Write [tables.sales]."))


def _unknown_key(name: str, key: str) -> Issue:
    message = Text(
        f"Le réglage « {key} » n’existe pas dans [tables.{name}].", f'[tables.{name}] has no setting "{key}".'
    )
    moved = Text(f"Déplacez-le dans columns = {{ {key} = … }}.", f"Move it to columns = {{ {key} = ... }}.")
    advice = moved if key in SALES_MODEL[name] else did_you_mean(key, _KEYS)
    return Issue("unknown_setting", message, advice or NO_TEXT)


def _one_source(name: str) -> Issue:
    message = Text(
        f"[tables.{name}] : il faut « table » ou « query », l’un des deux.",
        f'[tables.{name}]: it takes "table" or "query", one of the two.',
    )
    return Issue("wrong_setting", message, Text('Par exemple table = "dwh.ventes".', 'Such as table = "dwh.sales".'))


def _is_local(name: str) -> Issue:
    message = Text(
        f"[tables.{name}] : la table {name} se saisit dans Cadran, elle n’est pas lue dans l’entrepôt.",
        f"[tables.{name}]: the table {name} is kept in Cadran, it is not read from the warehouse.",
    )
    return Issue("local_table", message, Text("Importez-la avec « cadran import ».", 'Import it with "cadran import".'))
