"""From the bytes of a text file to UTF-8 that the reader can take: which encoding it is in, and one streaming pass."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cadran.intake.refusals import not_a_table

CHUNK = 1 << 20
SAMPLE = 1 << 18
REPLACEMENT = "\ufffd"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r\f\x1a")
# Where Windows-1252 and ISO-8859-15 disagree: letters and € in the latter, ¼ ½ ¾ ¦ ¤ and lone accents in the former.
_LATIN9_LETTERS = re.compile(rb"[A-Za-z\xc0-\xff][\xa6\xa8\xb4\xb8\xbd\xbe]|[\xbc\xbd][a-zA-Z]|[0-9 ]\xa4")
# The first wins a tie. A western text read as Windows-1250 shows ŕ and č where French and German have à and è.
_WESTERN = frozenset("éèêëàâäçùûüîïôöœæñáíóúßÉÈÊËÀÂÄÇÙÛÜÎÏÔÖŒÆÑÁÍÓÚ€£§°«»’‘“”–—…•\u00a0")
_CENTRAL = frozenset("áčďéěíňóřšťúůýžÁČĎÉĚÍŇÓŘŠŤÚŮÝŽąćęłńśźżĄĆĘŁŃŚŹŻőűŐŰäöüÄÖÜß€§°«»’“”„–—…\u00a0")
_USUAL_LETTERS = {"cp1252": _WESTERN, "cp1250": _CENTRAL, "mac_roman": _WESTERN, "cp850": _WESTERN}


@dataclass(frozen=True)
class Utf8File:
    """A text in UTF-8 on disk. `encoding` is the one it came in; `damaged`: some bytes were not of that encoding and
    read as U+FFFD. `line_feeds`, `returns` and `quotes` count the bytes `\\n`, `\\r` and `"`."""

    path: Path
    encoding: str
    damaged: bool
    line_feeds: int
    returns: int
    quotes: int
    nuls: int
    ends_with_newline: bool

    @property
    def newline(self) -> str:
        """The character that ends a line: `\\r` only for files that hold no `\\n` at all."""
        return "\r" if self.returns and not self.line_feeds else "\n"

    @property
    def lines(self) -> int:
        """Physical lines, a last one without a line end included."""
        ends = self.returns if self.newline == "\r" else self.line_feeds
        return ends + (0 if self.ends_with_newline else 1)


def to_utf8(path: Path, spare: Path, name: str) -> Utf8File:
    """`path` itself when it is UTF-8 already, else its transcription into `spare`. IntakeError when it is no text."""
    head = _head(path)
    encoding = _bom(head) or _utf16_without_bom(head)
    if encoding is None:
        _refuse_binary(name, head)
    if encoding in (None, "utf-8-sig") and _is_utf8(path):
        return _measure(path, encoding or "utf-8", damaged=False)
    encoding = encoding or _legacy_encoding(path)
    return _measure(spare, encoding, damaged=_transcode(path, spare, encoding))


def chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(SAMPLE)


def _bom(head: bytes) -> str | None:
    return next((encoding for bom, encoding in _BOMS if head.startswith(bom)), None)


def _utf16_without_bom(head: bytes) -> str | None:
    """Western text in UTF-16 has a NUL in every other byte."""
    pairs = max(len(head) // 2, 1)
    even, odd = head[0::2].count(0) / pairs, head[1::2].count(0) / pairs
    if odd > 0.6 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.6 and odd < 0.05 else None


def _refuse_binary(name: str, head: bytes) -> None:
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > len(head) * 0.02 + 2:
        raise not_a_table(name)


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in chunks(path):
            if decoder.getstate()[0] or not chunk.isascii():  # ASCII is not decoded, but where a letter may be cut
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _legacy_encoding(path: Path) -> str:
    """The encoding of a file that is not UTF-8 throughout: damaged UTF-8 when most of its accents are UTF-8."""
    accents = _accented(path)
    text = accents.decode("utf-8", errors="replace")
    broken = text.count(REPLACEMENT)
    if sum(1 for letter in text if letter > "\x7f") - broken > broken:
        return "utf-8"
    if not re.search(rb"[\x80-\x9f]", accents) and _LATIN9_LETTERS.search(accents):
        return "iso8859-15"
    return max(_USUAL_LETTERS, key=lambda encoding: _likelihood(accents, encoding))


def _likelihood(accents: bytes, encoding: str) -> float:
    """The share of what lies beyond ASCII that is usual in the languages written in `encoding`."""
    beyond = [letter for letter in accents.decode(encoding, errors="replace") if letter > "\x7f"]
    usual = _USUAL_LETTERS[encoding]
    return sum(1 for letter in beyond if letter in usual) / max(len(beyond), 1)


def _accented(path: Path, enough: int = SAMPLE) -> bytes:
    """The lines that hold a byte beyond ASCII, up to `enough` bytes: the head of a file may hold none."""
    found = bytearray()
    with path.open("rb") as file:
        while len(found) < enough and (line := file.readline(CHUNK)):
            if not line.isascii():
                found += line
    return bytes(found)


def _transcode(path: Path, spare: Path, encoding: str) -> bool:
    """Writes `path` into `spare` as UTF-8; True when some bytes had no meaning and became U+FFFD."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    damaged = False
    with spare.open("wb") as out:
        for chunk in (*chunks(path), b""):
            text = decoder.decode(chunk, final=not chunk)
            damaged = damaged or REPLACEMENT in text
            out.write(text.encode("utf-8", errors="replace"))
    return damaged


def _measure(path: Path, encoding: str, damaged: bool) -> Utf8File:
    counts = dict.fromkeys(b'\n\r"\0', 0)
    last = b"\n"
    for chunk in chunks(path):
        read = np.frombuffer(chunk, np.uint8)  # four times faster than bytes.count on what is frequent
        for byte in counts:
            counts[byte] += int(np.count_nonzero(read == byte))
        last = chunk[-1:]
    feeds, returns, quotes, nuls = counts.values()
    return Utf8File(path, encoding, damaged, feeds, returns, quotes, nuls, last in b"\r\n")
