"""Parquet and JSON: values become text without loss."""

from __future__ import annotations

import json

import pytest

from tests.intake.files import Reader, reader

__all__ = ["reader"]


def parquet(reader: Reader, query: str) -> bytes:
    path = reader.folder / "made.parquet"
    reader.connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


def test_parquet_values_as_text(reader: Reader) -> None:
    content = parquet(
        reader,
        """SELECT 12345678901234::BIGINT AS "Id", DATE '2025-12-31' AS day,
        TIMESTAMP '2025-12-31 10:00:00' AS at, TIMESTAMPTZ '2025-01-01 10:00:00+02' AS zoned,
        1234.5000::DECIMAL(18, 4) AS amount, 12.0::DOUBLE AS whole, 1e-7::DOUBLE AS tiny, 0.25::FLOAT AS part,
        true AS ok, NULL::INTEGER AS nothing, [1, 2] AS list, {'x': 'é'} AS inner_, 'a "b"' AS "say ""it"" here"
        """,
    )
    raw = reader.read(content, "x.parquet")
    assert raw.headers[-1] == 'say "it" here'
    assert reader.rows(raw) == [
        (
            1, "12345678901234", "2025-12-31", "2025-12-31 10:00:00", "2025-01-01 08:00:00Z", "1234.5000",
            "12", "0.0000001", "0.25", "true", "", "[1,2]", '{"x":"é"}', 'a "b"',
        )
    ]  # fmt: skip


def test_damaged_parquet_is_refused(reader: Reader) -> None:
    content = parquet(reader, "SELECT range AS a, 'x' AS b FROM range(1000)")
    assert reader.refused(content[: len(content) // 2], "x.parquet").code == "damaged_file"
    assert reader.refused(content[:100] + b"\xff" * 200 + content[300:], "x.parquet").code == "damaged_file"


def test_json_lines(reader: Reader) -> None:
    raw = reader.read(
        '{"id": 1, "amount": 1234.10, "owner": {"email": "a@b.fr"}}\n\n'
        '{"id": 12345678901234567890123, "tags": ["x"], "won": true, "amount": null}\n'
        "not json\n[1]\n",
        "deals.jsonl",
    )
    assert raw.headers == ("id", "amount", "owner.email", "tags", "won")
    assert reader.rows(raw) == [
        (1, "1", "1234.10", "a@b.fr", None, None),
        (3, "12345678901234567890123", "", None, '["x"]', "true"),
    ]
    assert [line.line for line in raw.rejected] == [4, 5]
    assert raw.lines_read == 5


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"paging": {}, "results": rows}])
def test_a_list_of_objects(reader: Reader, wrap: object) -> None:
    rows = [{"id": "a", "n": 1}, {"id": "b", "n": 2.50}]
    raw = reader.read(json.dumps(wrap(rows), indent=1), "deals.json")  # type: ignore[operator]
    assert reader.rows(raw) == [(1, "a", "1"), (2, "b", "2.5")]


@pytest.mark.parametrize(
    ("content", "limits", "code"),
    [
        ('{"a": ' * 20 + "1" + "}" * 20, {}, "nested_too_deep"),
        ("[" * 100_000, {}, "nested_too_deep"),
        ('{"a": ' * 100_000, {}, None),
        ('[{"a": 1}, {"a"', {}, "damaged_file"),
        (json.dumps({f"k{i}": i for i in range(3000)}), {}, "too_many_columns"),
        ('{"a": 1}\n{"a": 2}\n', {"rows": 1}, "too_many_rows"),
        ('{"a": "xxxxxxxxxxxxxxxxxxxxxxxxx"}\n', {"cell_characters": 20}, "cell_too_long"),
        ("{}\n{}\n", {}, "empty_file"),
    ],
)
def test_refusals(reader: Reader, content: str, limits: dict[str, int], code: str | None) -> None:
    refused = reader.refused(content, "x.json", **limits)
    assert code is None or refused.code == code
