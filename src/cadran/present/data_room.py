"""The findings of the data room's pages, in a sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cadran.errors import Lang, Text
from cadran.numerals import number
from cadran.present.import_page import totals

if TYPE_CHECKING:
    from cadran.health import Health
    from cadran.store.record import ImportRecord

_NO_DATA = Text("Aucune donnée : envoyez un premier fichier", "No data yet: send a first file")
_ALL_IN_PLACE = Text(
    "Toutes les lignes reçues sont en place, aucune n’attend", "Every row received is in place, none is waiting"
)
_WAITING = {
    True: Text(
        "1 ligne attend une correction, les autres sont en place",
        "1 row waits to be corrected, the others are in place",
    ),
    False: Text(
        "{n} lignes attendent une correction, les autres sont en place",
        "{n} rows wait to be corrected, the others are in place",
    ),
}
_NONE_WAITS = Text("Aucune ligne n’attend en quarantaine", "No row waits in quarantine")
_CORRECTIONS = Text(
    "{rows} lignes attendent, {faults} corrections suffisent", "{rows} rows wait, {faults} corrections will do"
)
_ONE_CORRECTION = Text("{rows} lignes attendent, une correction suffit", "{rows} rows wait, one correction will do")
_ONE_ROW = Text("1 ligne attend une correction", "1 row waits to be corrected")
_LOADED = Text("{loaded} lignes chargées sur {read} lues", "{loaded} rows loaded of {read} read")
_AND_WAITING = Text(", {n} en quarantaine", ", {n} in quarantine")
_UNDONE = Text("Import annulé : ses lignes ne comptent plus", "Import undone: its rows no longer count")
_CHANGES_NOTHING = Text(
    "Annuler cet import ne change aucune ligne : d’autres les ont apportées aussi",
    "Undoing this import changes no row: others brought them too",
)
_TAKES = Text("Annuler cet import retire {removed} lignes", "Undoing this import takes away {removed} rows")
_TAKES_AND_RESTORES = Text(
    "Annuler cet import retire {removed} lignes et en rétablit {restored} plus anciennes",
    "Undoing this import takes away {removed} rows and brings back {restored} earlier ones",
)
_FORESEEN = Text("{ready} lignes prêtes sur {read} lues", "{ready} rows ready of {read} read")
_ONE_FORESEEN = Text("{ready} ligne prête sur {read} lues", "{ready} row ready of {read} read")
_NONE_FORESEEN = Text("Aucune ligne prête sur {read} lues", "No row ready of {read} read")
_TO_SETTLE = Text(", {n} demandent votre avis", ", {n} need your judgement")
_ONE_TO_SETTLE = Text(", 1 demande votre avis", ", 1 needs your judgement")
_ALL_ANSWER = Text("Les {n} indicateurs peuvent tous répondre", "All {n} KPIs can answer")
_SOME_LACK = Text(
    "{lacking} indicateurs sur {n} ne peuvent pas répondre : il leur manque des données",
    "{lacking} of {n} KPIs cannot answer: they lack data",
)
_ONE_LACKS = Text(
    "1 indicateur sur {n} ne peut pas répondre : il lui manque des données",
    "1 of {n} KPIs cannot answer: it lacks data",
)


def room_headline(imports: int, waiting: int, lang: Lang) -> str:
    """`imports`: how many have been made; `waiting`: rows in quarantine."""
    if not imports:
        return _NO_DATA.to(lang)
    if not waiting:
        return _ALL_IN_PLACE.to(lang)
    return _WAITING[waiting == 1].to(lang).format(n=number(waiting, lang))


def import_headline(record: ImportRecord, lang: Lang) -> str:
    if record.status == "undone":
        return _UNDONE.to(lang)
    counted = totals(record.counts)
    loaded = counted["new"] + counted["changed"]
    said = _LOADED.to(lang).format(loaded=number(loaded, lang), read=number(counted["read"], lang))
    waiting = counted["quarantined"]
    return said + (_AND_WAITING.to(lang).format(n=number(waiting, lang)) if waiting else "")


def undo_headline(removed: int, restored: int, lang: Lang) -> str:
    """What undoing an import does: rows that go, and rows that are again what an earlier import said."""
    words = _CHANGES_NOTHING if not removed + restored else _TAKES if not restored else _TAKES_AND_RESTORES
    return words.to(lang).format(removed=number(removed, lang), restored=number(restored, lang))


def preview_headline(counted: Mapping[str, int], lang: Lang) -> str:
    """What an import would do. Ready: every row that would be in place, as the sum beside it says."""
    waiting = counted["quarantined"]
    ready = counted["new"] + counted["changed"] + counted["unchanged"]
    words = {0: _NONE_FORESEEN, 1: _ONE_FORESEEN}.get(ready, _FORESEEN)
    said = words.to(lang).format(ready=number(ready, lang), read=number(counted["read"], lang))
    if not waiting:
        return said
    return said + (_ONE_TO_SETTLE if waiting == 1 else _TO_SETTLE).to(lang).format(n=number(waiting, lang))


def quarantine_headline(rows: int, faults: int, lang: Lang) -> str:
    """`faults`: different mistakes, each corrected once."""
    if not rows:
        return _NONE_WAITS.to(lang)
    if rows == 1:
        return _ONE_ROW.to(lang)
    words = _ONE_CORRECTION if faults == 1 else _CORRECTIONS
    return words.to(lang).format(rows=number(rows, lang), faults=number(faults, lang))


def health_headline(health: Health, lang: Lang) -> str:
    lacking = sum(each.issue is not None for each in health.kpis)
    words = _ALL_ANSWER if not lacking else _ONE_LACKS if lacking == 1 else _SOME_LACK
    return words.to(lang).format(n=number(len(health.kpis), lang), lacking=number(lacking, lang))
