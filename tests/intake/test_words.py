"""The words of the model's choices."""

from __future__ import annotations

import pytest

from cadran.intake.words import known_words, told_in_french
from cadran.tables.contract import Column
from cadran.tables.mapping import fold
from cadran.tables.model import SALES_MODEL

CHOICES = [(table.name, column) for table in SALES_MODEL.values() for column in table.columns if column.choices]


@pytest.mark.parametrize(("table", "column"), CHOICES, ids=lambda each: getattr(each, "name", each))
def test_what_a_french_reader_is_told_is_read_as_that_choice(table: str, column: Column) -> None:
    words = told_in_french(column).split(", ")
    assert [known_words(column)[fold(word)] for word in words] == list(column.choices)


def test_deals_are_told_as_sales_people_say_them() -> None:
    assert told_in_french(SALES_MODEL["opportunities"]["outcome"]) == "en cours, gagnée, perdue"
    assert told_in_french(SALES_MODEL["sales"]["kind"]) == "facture, avoir, commande"
