"""Every text of a page is there in French: nothing falls back to English unseen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

WEB = Path(__file__).resolve().parents[2] / "src" / "cadran" / "web"
TRANSLATE = re.compile(r"""{% translate (?:"([^"]+)"|'([^']+)')""")
BLOCK = re.compile(r"{% blocktranslate[^%]*%}(.*?)(?:{% plural %}.*?)?{% endblocktranslate %}", re.DOTALL)
VARIABLE = re.compile(r"{{\s*(\w+)\s*}}")
IN_PYTHON = re.compile(r"""\b(?:_|gettext|gettext_lazy|gettext_noop)\(\s*"((?:[^"\\]|\\.)+)"\s*\)""")


def used() -> Iterator[tuple[str, str]]:
    for path in sorted(WEB.rglob("*.html")):
        text = path.read_text("utf-8")
        found = [a or b for a, b in TRANSLATE.findall(text)]
        found += [VARIABLE.sub(r"%(\1)s", each.replace("%", "%%")) for each in BLOCK.findall(text)]
        yield from ((path.name, each) for each in found)
    for path in sorted(WEB.rglob("*.py")):
        yield from ((path.name, each) for each in IN_PYTHON.findall(path.read_text("utf-8")))


def french() -> dict[str, tuple[str, ...]]:
    known: dict[str, tuple[str, ...]] = {}
    for path in sorted(WEB.rglob("locale/fr/LC_MESSAGES/*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="fr"):
                name = message.id if isinstance(message.id, str) else message.id[0]
                texts = (message.string,) if isinstance(message.string, str) else tuple(message.string)
                if name and all(texts):
                    known[name] = texts
    return known


def test_every_text_has_its_french() -> None:
    known = french()
    assert not [f"{file}: {text}" for file, text in used() if text not in known]


def variables(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", text))


def test_french_invents_no_variable() -> None:
    assert not [each for text, texts in french().items() for each in texts if variables(each) - variables(text)]


def test_french_typography() -> None:
    wrong = re.compile(r" [;?!»:]| %(?!\()|« |'|\.\.\.")
    assert not [each for texts in french().values() for each in texts if wrong.search(each)]
