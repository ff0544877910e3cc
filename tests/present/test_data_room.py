"""What an import would do, in one sentence that agrees in number."""

from __future__ import annotations

import pytest

from cadran.errors import Lang
from cadran.present.data_room import preview_headline


@pytest.mark.parametrize(
    ("new", "waiting", "lang", "said"),
    [
        (0, 2, "fr", "Aucune ligne prête sur 2 lues, 2 demandent votre avis"),
        (1, 1, "fr", "1 ligne prête sur 2 lues, 1 demande votre avis"),
        (2, 0, "fr", "2 lignes prêtes sur 2 lues"),
        (0, 1, "en", "No row ready of 1 read, 1 needs your judgement"),
        (1, 0, "en", "1 row ready of 1 read"),
        (1200, 0, "en", "1,200 rows ready of 1,200 read"),
    ],
)
def test_the_headline_of_a_preview(new: int, waiting: int, lang: Lang, said: str) -> None:
    counted = {"read": new + waiting, "new": new, "changed": 0, "unchanged": 0, "quarantined": waiting}
    assert preview_headline(counted, lang) == said
