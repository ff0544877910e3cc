"""Problems, in the reader's language."""

from __future__ import annotations

from django.utils.translation import get_language

from cadran.errors import CadranError, Lang


def reader_lang() -> Lang:
    return "en" if get_language() == "en" else "fr"


def told(error: CadranError) -> list[str]:
    return [issue.to(reader_lang()) for issue in error.issues]
