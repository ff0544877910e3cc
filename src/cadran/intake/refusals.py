"""Why a file is refused as a whole: one issue each, in words that say what to do."""

from __future__ import annotations

from cadran.errors import NO_TEXT, IntakeError, Issue, Text

_SPLIT = Text("Découpez-le, ou exportez une période plus courte.", "Split it, or export a shorter period.")
_AGAIN = Text(
    "Exportez-le de nouveau, ou enregistrez-le en .xlsx ou en CSV.", "Export it again, or save it as .xlsx or CSV."
)


def _refusal(code: str, fr: str, en: str, advice: Text = NO_TEXT) -> IntakeError:
    return IntakeError(Issue(code, Text(fr, en), advice))


def missing_file(name: str) -> IntakeError:
    return _refusal("missing_file", f"Le fichier {name} est introuvable.", f"The file {name} cannot be found.")


def empty_file(name: str) -> IntakeError:
    return _refusal("empty_file", f"{name} ne contient aucune ligne.", f"{name} holds no line.", _AGAIN)


def not_a_table(name: str, what: str = "") -> IntakeError:
    suffix = f" ({what})" if what else ""
    return _refusal(
        "not_a_table",
        f"{name} n’est pas un tableau lisible{suffix}.",
        f"{name} is not a readable table{suffix}.",
        Text(
            "Exportez les données en CSV, Excel (.xlsx) ou Parquet.",
            "Export the data as CSV, Excel (.xlsx) or Parquet.",
        ),
    )


def damaged_file(name: str, detail: str) -> IntakeError:
    return _refusal(
        "damaged_file",
        f"{name} est abîmé ou incomplet : {detail}.",
        f"{name} is damaged or incomplete: {detail}.",
        _AGAIN,
    )


def protected_file(name: str) -> IntakeError:
    return _refusal(
        "protected_file",
        f"{name} est protégé par un mot de passe.",
        f"{name} is protected by a password.",
        Text("Enregistrez-le sans mot de passe.", "Save it without a password."),
    )


def file_too_large(name: str, size: int, most: int) -> IntakeError:
    return _refusal(
        "file_too_large",
        f"{name} pèse {size} octets ; la limite est de {most}.",
        f"{name} is {size} bytes; the limit is {most}.",
        _SPLIT,
    )


def unpacks_too_large(name: str, most: int) -> IntakeError:
    return _refusal(
        "unpacks_too_large",
        f"{name}, une fois décompressé, dépasse la limite de {most} octets.",
        f"{name}, once unpacked, is beyond the limit of {most} bytes.",
        _SPLIT,
    )


def too_many_rows(name: str, most: int) -> IntakeError:
    return _refusal("too_many_rows", f"{name} a plus de {most} lignes.", f"{name} has more than {most} rows.", _SPLIT)


def too_many_columns(name: str, found: int, most: int) -> IntakeError:
    return _refusal(
        "too_many_columns",
        f"{name} a {found} colonnes ; la limite est de {most}.",
        f"{name} has {found} columns; the limit is {most}.",
        Text("Exportez seulement les colonnes utiles.", "Export only the columns you need."),
    )


def cell_too_long(name: str, line: int, most: int) -> IntakeError:
    return _refusal(
        "cell_too_long",
        f"{name}, ligne {line} : une cellule dépasse {most} caractères.",
        f"{name}, line {line}: a cell is longer than {most} characters.",
        Text("Retirez cette colonne de l’export.", "Leave that column out of the export."),
    )


def nested_too_deep(name: str, most: int) -> IntakeError:
    return _refusal(
        "nested_too_deep",
        f"{name} imbrique des objets sur plus de {most} niveaux.",
        f"{name} nests objects deeper than {most} levels.",
        Text("Exportez un objet plat par ligne.", "Export one flat object per line."),
    )


def took_too_long(name: str, seconds: int) -> IntakeError:
    return _refusal(
        "took_too_long",
        f"La lecture de {name} a dépassé {seconds} secondes.",
        f"Reading {name} took more than {seconds} seconds.",
        Text("Enregistrez la feuille en CSV.", "Save the sheet as CSV."),
    )
