"""What leaves for machines: exact, and harmless when a spreadsheet opens it."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadran.present.export import safe_text, to_csv, to_json, to_parquet

ROW: dict[str, Any] = {
    "name": "=HYPERLINK(1)",
    "value": Decimal("-1234.5600"),
    "share": -0.5,
    "count": -3,
    "on": date(2026, 3, 20),
    "partial": True,
    "nothing": None,
    "undefined": float("nan"),
    "dimensions": {"segment": "PME"},
}


def test_csv_keeps_numbers_and_disarms_texts() -> None:
    header, line = to_csv([ROW]).splitlines()
    assert header == "name,value,share,count,on,partial,nothing,undefined,dimensions"
    assert line == """'=HYPERLINK(1),-1234.5600,-0.5,-3,2026-03-20,true,,,"{""segment"": ""PME""}\""""


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx", " =1", "＝1", "\n=1"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert safe_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Dupont", "1-2", "a=b", "'=1", "e-mail@x"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert safe_text(text) == text


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_csv_reads_back_whatever_the_text(values: list[str]) -> None:
    records = [{"a": "x", "b": value} for value in values]
    read = list(csv.DictReader(io.StringIO(to_csv(records), newline="")))
    assert [row["b"] for row in read] == [safe_text(value) for value in values]


def test_csv_without_rows_still_has_its_header() -> None:
    assert to_csv([], ["kpi", "value"]) == "kpi,value\r\n"


def test_json_is_plain_and_null_where_undefined() -> None:
    read = json.loads(to_json({"rows": [ROW]}))["rows"][0]
    assert read["value"] == -1234.56
    assert read["undefined"] is None
    assert read["on"] == "2026-03-20"
    assert read["dimensions"] == {"segment": "PME"}


def test_parquet_keeps_types() -> None:
    out = io.BytesIO()
    to_parquet([{"name": "=1", "value": Decimal("12.5"), "on": date(2026, 3, 20)}], out)
    (row,) = pq.read_table(io.BytesIO(out.getvalue())).to_pylist()
    assert row == {"name": "=1", "value": Decimal("12.5"), "on": date(2026, 3, 20)}
