"""Numbers, days and texts in templates, as the reader's language writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from cadran import numerals
from cadran.errors import Lang, Text
from cadran.intake.by_hand import BY_HAND
from cadran.present.grid import Column

register = template.Library()
_PARTS = re.compile(r"^([^\d\u2212+\u2013]*)(.*?\d|\u2013)([^\d]*)$", re.DOTALL)


def _lang() -> Lang:
    return "en" if get_language() == "en" else "fr"


@register.filter
def said(text: Text) -> str:
    """A Text in the reader's language."""
    return text.to(_lang())


@register.filter
def cells(line: Sequence[tuple[str, str]], columns: Sequence[Column]) -> SafeString:
    """The cells of a listed row, its head first, each with its tone. Written here: a page has a thousand of them, and a
    template takes ten times as long."""
    written = [f'<th scope="row">{escape(line[0][0])}</th>']
    for (text, tone), column in zip(line[1:], columns[1:], strict=True):
        classes = f"{'num ' if column.right else ''}{tone}"
        written.append(f'<td class="{escape(classes)}">{escape(text)}</td>')
    return mark_safe("".join(written))


@register.filter
def whole(value: Any, decimals: int | None = None) -> str:
    return numerals.number(value, _lang(), decimals)


@register.filter
def share(value: Any, decimals: int = 1) -> str:
    return numerals.percent(value, _lang(), decimals, trim=True)


@register.filter
def on_day(value: date | None) -> str:
    return numerals.day(value, _lang())


@register.filter
def at_moment(value: datetime | None) -> str:
    if value is not None and timezone.is_aware(value):
        value = timezone.localtime(value)
    return numerals.moment(value, _lang())


@register.filter
def source_named(name: str | None) -> str:
    """A source of imports; objectives set by hand have one that is told in the reader's language."""
    return gettext("Objectives set by hand") if name == BY_HAND else name or ""


@register.filter
def with_unit(text: str) -> SafeString:
    """A written value with its unit set smaller: 1 000 000 <span class="unit">€</span>."""
    found = _PARTS.match(text)
    if not found:
        return conditional_escape(text)
    before, number, after = found.groups()
    unit = format_html('<span class="unit">{}</span>', before) if before.strip() else mark_safe("")
    end = format_html('<span class="unit">{}</span>', after) if after.strip() else mark_safe("")
    return format_html("{}{}{}", unit, number, end)
