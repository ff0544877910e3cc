"""Why a row was not taken, or was taken with a remark, in words a sales manager understands.

`{value}` is the text of the cell, `{detail}` what the check adds (other lines, the other date).
"""

from __future__ import annotations

from cadran.errors import NO_TEXT, Issue, Text
from cadran.intake.words import told_in_french
from cadran.tables.contract import Column

_CORRECT_CELL = Text("Corrigez la cellule, puis rejouez la ligne.", "Correct the cell, then replay the line.")
_DATE_EXAMPLE = Text("Écrivez la date comme 31/12/2025.", "Write the date as 2025-12-31.")

REASONS: dict[str, tuple[Text, Text]] = {
    "missing_value": (
        Text("{label} : la cellule est vide, alors qu’il faut une valeur.", "{label}: the cell is empty, but needed."),
        Text("Complétez la cellule, puis rejouez la ligne.", "Fill the cell, then replay the line."),
    ),
    "unreadable_number": (
        Text("{label} : « {value} » ne se lit pas comme un nombre.", '{label}: "{value}" cannot be read as a number.'),
        Text("Écrivez le nombre comme 1234,56.", "Write the number as 1234.56."),
    ),
    "number_too_large": (
        Text("{label} : « {value} » est trop grand.", '{label}: "{value}" is too large.'),
        Text("Vérifiez le nombre de chiffres.", "Check the number of digits."),
    ),
    "not_whole": (
        Text("{label} : « {value} » n’est pas un nombre entier.", '{label}: "{value}" is not a whole number.'),
        _CORRECT_CELL,
    ),
    "share_out_of_range": (
        Text("{label} : « {value} » n’est pas entre 0 et 100 %.", '{label}: "{value}" is not between 0 and 100 %.'),
        _CORRECT_CELL,
    ),
    "level_out_of_range": (
        Text("{label} : « {value} » n’est pas un niveau de 1 à 5.", '{label}: "{value}" is not a level from 1 to 5.'),
        _CORRECT_CELL,
    ),
    "rate_not_positive": (
        Text("{label} : un taux de change est plus grand que zéro.", "{label}: an exchange rate is above zero."),
        _CORRECT_CELL,
    ),
    "unreadable_date": (
        Text("{label} : « {value} » ne se lit pas comme une date.", '{label}: "{value}" cannot be read as a date.'),
        _DATE_EXAMPLE,
    ),
    "impossible_date": (
        Text("{label} : « {value} » n’existe pas dans le calendrier.", '{label}: there is no such day as "{value}".'),
        Text("Corrigez le jour ou le mois.", "Correct the day or the month."),
    ),
    "date_too_old": (
        Text("{label} : « {value} » est avant 1900.", '{label}: "{value}" is before 1900.'),
        Text("Corrigez l’année, ou videz la cellule.", "Correct the year, or empty the cell."),
    ),
    "unreadable_boolean": (
        Text("{label} : « {value} » n’est ni oui ni non.", '{label}: "{value}" is neither yes nor no.'),
        Text("Écrivez oui ou non.", "Write yes or no."),
    ),
    "unknown_choice": (
        Text("{label} : le mot « {value} » n’est pas connu.", '{label}: the word "{value}" is not known.'),
        Text(
            "Corrigez la cellule, ou traduisez ce mot dans la correspondance du fichier. Valeurs admises : {choices}.",
            "Correct the cell, or translate the word in the file's mapping. Allowed values: {choices}.",
        ),
    ),
    "unknown_currency": (
        Text("{label} : « {value} » n’est pas une devise.", '{label}: "{value}" is not a currency.'),
        Text("Écrivez un code de trois lettres comme EUR.", "Write a code of three letters such as EUR."),
    ),
    "currency_conflict": (
        Text(
            "{label} : « {value} » contredit la devise écrite avec le montant.",
            '{label}: "{value}" contradicts the currency written with the amount.',
        ),
        _CORRECT_CELL,
    ),
    "key_twice": (
        Text(
            "{label} : « {value} » figure plusieurs fois avec des contenus différents ({detail}).",
            '{label}: "{value}" stands several times with different contents ({detail}).',
        ),
        Text(
            "Gardez la bonne ligne, ou donnez à chacune son propre numéro.",
            "Keep the right line, or give each its own number.",
        ),
    ),
}

REMARKS: dict[str, Text] = {
    "dates_out_of_order": Text(
        "{label} : date postérieure à celle qui devrait la suivre ; chargée, mais douteuse.",
        "{label}: later than the date that should follow it; loaded, but doubtful.",
    ),
    "far_future": Text(
        "{label} : date à plus de dix ans ; chargée, mais douteuse.",
        "{label}: more than ten years ahead; loaded, but doubtful.",
    ),
    "unknown_choice": Text(
        "{label} : mot inconnu ; la ligne est chargée sans cette valeur.",
        "{label}: unknown word; the row is loaded without that value.",
    ),
    "score_out_of_range": Text(
        "{label} : note hors de 0 à 10 ; chargée, mais douteuse.",
        "{label}: score outside 0 to 10; loaded, but doubtful.",
    ),
    "rounded": Text(
        "{label} : décimales en trop, arrondies au plus proche.",
        "{label}: too many decimals, rounded to the nearest.",
    ),
    "unknown_reference": Text(
        "{label} : nom qu’aucune fiche ne connaît ; compté tel qu’il est écrit.",
        "{label}: a name that no record knows; counted as it is written.",
    ),
    "duplicate_line": Text(
        "Lignes identiques à une autre ; toutes sont chargées.",
        "Lines identical to another; all are loaded.",
    ),
    "repeated_row": Text(
        "Lignes répétées à l’identique, avec la même clé ; une seule est gardée.",
        "Lines repeated with the same key and contents; one is kept.",
    ),
    "empty_cell": Text(
        "{label} : cellule vide ; la ligne est chargée, mais n’entre dans aucune période par cette date.",
        "{label}: empty cell; the row is loaded, but falls in no period by this date.",
    ),
    "shares_do_not_add_up": Text(
        "{label} : celles d’une même ligne ne font pas 100 % ; l’écart n’est compté pour aucun commercial.",
        "{label}: those of one row do not add up to 100 %; the difference is counted for no rep.",
    ),
    "overlapping_memberships": Text(
        "{label} : le commercial est dans deux équipes à la fois ; c’est la dernière commencée qui compte.",
        "{label}: the rep is in two teams at once; the one that began last counts.",
    ),
    "unknown_kpi": Text(
        "{label} : aucun indicateur de ce nom ; l’objectif ne s’applique à rien.",
        "{label}: no KPI of that name; the target applies to nothing.",
    ),
    "target_without_window": Text(
        "{label} : ni dates ni période utilisables ; l’objectif ne s’applique à aucune période.",
        "{label}: no usable dates and no usable period; the target applies to no period.",
    ),
    "unknown_scope": Text(
        "{label} : personne de ce nom à ce niveau ; l’objectif ne s’applique à personne.",
        "{label}: nobody of that name at that level; the target applies to nobody.",
    ),
    "unknown_dimension": Text(
        "{label} : illisible, ou par une colonne que l’indicateur ne connaît pas ; l’objectif ne s’applique à rien.",
        "{label}: unreadable, or by a column that the KPI does not know; the target applies to nothing.",
    ),
    "several_versions": Text(
        "Fiches écrites de plusieurs façons selon les lignes ; la plus fréquente est gardée.",
        "Records written in several ways from line to line; the most frequent is kept.",
    ),
}

_EMPTY_IDS: dict[str, Text] = {
    "account_id": Text(
        "{label} : cellule vide ; la ligne compte pour l’entreprise, mais pour aucun client.",
        "{label}: empty cell; the row counts for the company, but for no client.",
    ),
    "rep_id": Text(
        "{label} : cellule vide ; la ligne ne nomme aucun commercial.",
        "{label}: empty cell; the row names no rep.",
    ),
}


def reason(code: str, column: Column) -> Issue:
    """Why a cell keeps its row out; `{value}` and `{detail}` are still to be filled in."""
    message, advice = REASONS[code]
    return Issue(code, _about(message, column), _about(advice, column))


def remark(code: str, column: Column | None) -> Text:
    text = REMARKS[code]
    if code == "empty_cell" and column:
        text = _EMPTY_IDS.get(column.name, text)
    return _about(text, column) if column else text


def _about(text: Text, column: Column) -> Text:
    if text is NO_TEXT:
        return text
    choices = ", ".join(column.choices)
    return Text(
        text.fr.replace("{label}", column.label.fr).replace("{choices}", told_in_french(column)),
        text.en.replace("{label}", column.label.en).replace("{choices}", choices),
    )
