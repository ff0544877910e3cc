"""Notes on a curve: whoever may see a scope reads and adds them; their author, or an administrator, removes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from cadran import numerals
from cadran.access import Ability
from cadran.errors import AccessError, Text
from cadran.periods.period import Period
from cadran.web.measure.figure import address, kpi_named
from cadran.web.measure.models import MOST_LETTERS, Note
from cadran.web.people.frame import NOT_OPEN, Frame
from cadran.web.people.gate import page

_WRITTEN = Text("{text} ({day}, {author})", "{text} ({day}, {author})")


class NoteForm(forms.Form):
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    text = forms.CharField(label=_("Note"), max_length=MOST_LETTERS)


@dataclass(frozen=True)
class Pinned:
    """A note as the page shows it."""

    id: int
    text: str
    on: date
    day: str
    author: str
    may_remove: bool


def pinned(frame: Frame, kpi: str) -> tuple[Pinned, ...]:
    """The notes on the KPI for the page's own scope, by day."""
    found = Note.objects.filter(kpi=kpi, scope=frame.scope.name_in_address).select_related("author")
    return tuple(
        Pinned(
            note.pk,
            note.text,
            note.day,
            numerals.day(note.day, frame.lang),
            str(note.author),
            _may_remove(frame, note),
        )
        for note in found
    )


def on_curve(frame: Frame, notes: Sequence[Pinned], periods: Sequence[Period]) -> dict[int, str]:
    """Position of a period on the curve -> the words of its flag; several notes of one period stand on one."""
    found: dict[int, str] = {}
    for note in notes:
        at = _position(note.on, periods)
        if at is not None:
            said = _WRITTEN.to(frame.lang).format(text=note.text, day=note.day, author=note.author)
            found[at] = f"{found[at]} · {said}" if at in found else said
    return found


def new_note(frame: Frame) -> NoteForm:
    return NoteForm(initial={"day": min(frame.period.last_day, frame.as_of)})


@require_POST
@page(Ability.MEASURE)
def kpi_notes(frame: Frame, kpi: str) -> HttpResponse:
    """Pin a note; what is wrong with it is shown beside its field."""
    found = kpi_named(kpi)
    form = NoteForm(frame.request.POST)
    back = address(frame, "kpi", kpi, grain=frame.request.GET.get("grain"))
    if form.is_valid():
        scope = frame.scope.name_in_address
        Note.objects.create(kpi=found.id, scope=scope, author=frame.person, **form.cleaned_data)
        return redirect(f"{back}#notes")
    named = {"frame": frame, "form": form, "name": frame.reader.kpi(kpi), "kpi": found, "back": back}
    return render(frame.request, "measure/note.html", named, status=422)


@require_POST
@page(Ability.MEASURE)
def kpi_note_remove(frame: Frame, kpi: str, number: int) -> HttpResponse:
    note = Note.objects.filter(pk=number, kpi=kpi, scope=frame.scope.name_in_address).first()
    if note is None or not _may_remove(frame, note):
        raise AccessError(NOT_OPEN)
    note.delete()
    return redirect(f"{address(frame, 'kpi', kpi, grain=frame.request.GET.get('grain'))}#notes")


def _may_remove(frame: Frame, note: Note) -> bool:
    return note.author_id == frame.person.pk or frame.may(Ability.ADMINISTER)


def _position(day: date, periods: Sequence[Period]) -> int | None:
    return next((at for at, period in enumerate(periods) if period.start <= day < period.end), None)
