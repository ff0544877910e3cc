"""A thousand broken files: each is refused with a clear message or loaded with every line accounted for, and the
store is whole afterwards. Every file comes from its number, so that a failure can be had again."""

from __future__ import annotations

import gzip
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cadran.errors import CadranError
from cadran.intake.load import import_files
from cadran.intake.report import ImportReport
from cadran.store import ledger
from cadran.store.lake import Lake
from cadran.tables.mapping_file import parse_mapping
from cadran.workspace import Workspace

from .importing import HEADER, KEYED_SALES, company, contents, import_text

BATCHES, FILES = 5, 200  # a company each, that a store of so many tiny imports does not slow the test down
GOOD = HEADER + "G1;02/03/2025;ACME;Léa;100,50\nG2;03/03/2025;Zed;Paul;200\n"
MAPPING = parse_mapping(KEYED_SALES, "broken")
_ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1", "mac-roman", "cp850")
_CELLS = (
    "=cmd|'/C calc'!A0", "@SUM(A1:A9)", "31/02/2025", "00/00/0000", "99999999999999999999", "1e999", "NaN", "-", "\x00",
    '"', '""', "'", ";", ",", "\t", "\u202e", "\ufeff", "🦊", "#REF!", "NULL", "<script>", "'; DROP TABLE sales; --",
    "12,5 %", "1.2.3", "--5", "(", "٣", "½", "\u2028", "a\x0bb", "{{7*7}}", "../../etc/passwd", "%s%n", " ", "\u00a0",
)  # fmt: skip


class Reused:
    """A company whose store stays open: each import gets a cursor with temporary tables of its own."""

    def __init__(self, workspace: Workspace, lake: Lake) -> None:
        self.settings, self.catalogue = workspace.settings, workspace.catalogue
        self.folder, self.mappings = workspace.folder, workspace.mappings
        self._lake = lake

    @contextmanager
    def lake(self, *, read_only: bool = True) -> Iterator[Lake]:
        with self._lake.for_thread() as lake:
            yield lake


def _lines(rng: random.Random) -> list[str]:
    names = ("ACME", "Zed", "Société Été", "")
    return [
        f"F{rng.randrange(40)};{rng.randrange(1, 32):02}/{rng.randrange(1, 13):02}/2025;{rng.choice(names)};"
        f"Léa;{rng.randrange(10**6)},{rng.randrange(100):02}"
        for _ in range(rng.randrange(1, 12))
    ]


def _odd_cells(rng: random.Random) -> bytes:
    rows = [line.split(";") for line in _lines(rng)]
    for row in rows:
        row[rng.randrange(5)] = rng.choice(_CELLS)
    return (HEADER + "\n".join(";".join(row) for row in rows)).encode("utf-8", "surrogatepass")


def _wrong_encoding(rng: random.Random) -> bytes:
    text = (HEADER + "\n".join(_lines(rng))).encode(rng.choice(_ENCODINGS), "replace")
    return text + bytes(rng.randrange(256) for _ in range(rng.choice((0, 1, 7))))


def _cut(rng: random.Random) -> bytes:
    content = (HEADER + "\n".join(f'"{line.replace(";", chr(34) + ";" + chr(34))}"' for line in _lines(rng))).encode()
    return content[: rng.randrange(len(content) + 1)]


def _damaged(rng: random.Random) -> bytes:
    content = bytearray((HEADER + "\n".join(_lines(rng))).encode(rng.choice(("utf-8", "utf-16", "cp1252")), "replace"))
    for _ in range(rng.randrange(1, 9)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    return bytes(content)


def _binary(rng: random.Random) -> bytes:
    starts = (
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"PAR1",
        b"%PDF-1.7",
        b"\x1f\x8b",
    )
    return rng.choice(starts) + rng.randbytes(rng.randrange(1, 3000))


def _ragged(rng: random.Random) -> bytes:
    rows = [";".join("x" * rng.randrange(5) for _ in range(rng.randrange(12))) for _ in range(rng.randrange(30))]
    return (rng.choice((HEADER, "", "\n\n")) + rng.choice(("\n", "\r\n", "\r")).join(rows + _lines(rng))).encode()


def _odd_headers(rng: random.Random) -> bytes:
    words = [*HEADER.strip().split(";"), "Montant", "", " ", "Date", "1", "c0", "line", '"', "Montant TTC", "=1+1"]
    header = ";".join(rng.choice(words) for _ in range(rng.randrange(1, 9)))
    return (header + "\n" + "\n".join(_lines(rng))).encode()


def _nothing(rng: random.Random) -> bytes:
    return rng.choice(
        (b"", b"\n", b" ", b"\xef\xbb\xbf", b"\xff\xfe", b"\x00" * 50, b";;;;\n;;;;\n", HEADER.encode(), b"\r" * 9)
    )


def _quotes(rng: random.Random) -> bytes:
    text = HEADER + "\n".join(_lines(rng))
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(text))
        text = text[:at] + rng.choice(('"', '""', '"\n', "'", "\\")) + text[at:]
    return text.encode()


def _structured(rng: random.Random) -> bytes:
    good = '{"n": 1, "amount": 10}\n{"n": 2, "amount": {"deep": [1, 2]}}\n[1, 2\n'
    text = rng.choice(
        (good, "[" * rng.randrange(1, 400), '{"a":' * 30 + "1", "null", "[]", '"x"', good[: rng.randrange(len(good))])
    )
    return text.encode()


def _packed(rng: random.Random) -> bytes:
    packed = gzip.compress(_odd_cells(rng), mtime=0)
    return packed[: rng.randrange(2, len(packed) + 1)]


def _huge_cell(rng: random.Random) -> bytes:
    return (HEADER + f"F1;02/03/2025;{'A' * rng.choice((10_000, 1_000_001, 10_000_000))};L;10\n").encode()


def _very_wide(rng: random.Random) -> bytes:
    return (";".join(f"h{i}" for i in range(rng.choice((1_999, 100_000)))) + "\n1;2;3\n").encode()


BREAKERS: tuple[tuple[Callable[[random.Random], bytes], str, int], ...] = (
    # what breaks it, the file's endings, its weight among the others
    (_odd_cells, "csv txt", 60),
    (_wrong_encoding, "csv txt", 40),
    (_cut, "csv", 40),
    (_damaged, "csv", 40),
    (_binary, "csv xlsx xls ods parquet json gz", 30),
    (_ragged, "csv tsv", 30),
    (_odd_headers, "csv", 30),
    (_nothing, "csv xlsx json parquet", 10),
    (_quotes, "csv", 40),
    (_structured, "json jsonl csv", 20),
    (_packed, "csv.gz gz", 20),
    (_huge_cell, "csv", 1),
    (_very_wide, "csv", 1),
)


def _broken(number: int, folder: Path) -> Path:
    rng = random.Random(number)
    breaker, endings, _ = rng.choices(BREAKERS, [weight for _, _, weight in BREAKERS])[0]
    path = folder / f"{breaker.__name__[1:]}-{number}.{rng.choice(endings.split())}"
    path.write_bytes(breaker(rng))
    return path


def _attempt(workspace: Reused, path: Path, number: int) -> ImportReport | CadranError:
    """The report, or the refusal; anything else is a failure of ours."""
    try:
        return import_files(workspace, [path], mapping=MAPPING if number % 2 else None, source="broken")
    except CadranError as error:
        return error


def _outcome(result: ImportReport | CadranError) -> str:
    if isinstance(result, ImportReport):
        return "loaded" if result.loaded else "nothing new"
    return (
        "refused" if all(i.code and i.message.fr and i.message.en for i in result.issues) else "refused without a word"
    )


@pytest.mark.heavy
@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_thousand_broken_files_leave_the_store_whole(tmp_path: Path, batch: int) -> None:
    company_ = company(tmp_path)
    import_text(company_, GOOD, KEYED_SALES, name="good.csv", source="good")
    good = [row for row in contents(company_) if str(row[0]).startswith("G")]
    outcomes: Counter[str] = Counter()
    with company_.lake(read_only=False) as lake:
        workspace = Reused(company_, lake)
        for number in range(batch * FILES, (batch + 1) * FILES):
            path = _broken(number, tmp_path)
            outcomes[_outcome(_attempt(workspace, path, number))] += 1
            path.unlink()
    assert "refused without a word" not in outcomes
    assert min(outcomes["refused"], outcomes["loaded"]) > FILES // 20, outcomes
    _assert_whole(company_, good)


def _assert_whole(workspace: Workspace, good: list[tuple[object, ...]]) -> None:
    rows = contents(workspace)
    assert [row for row in rows if str(row[0]).startswith("G")] == good
    with workspace.lake() as lake:
        assert lake.state().tables["sales"].rows == len(rows)
        keys = lake.query("SELECT count(*), count(DISTINCT row_key) FROM lake.main.sales")
        assert keys == [(len(rows), len(rows))]
        counts = [count for record in ledger.imports(lake) for count in record.counts]
        kept = lake.query("SELECT count(*) FROM lake.main.quarantine")
        assert kept == [(sum(count.quarantined for count in counts),)]
    assert import_text(workspace, GOOD, KEYED_SALES, name="good.csv", source="good").counts[0].unchanged == 2
