"""What the API takes and gives, as OpenAPI tells it."""

from __future__ import annotations

from datetime import date
from typing import Any

from ninja import Schema


class Asked(Schema):
    """The arguments of `cadran ask`. Lists are written with commas: `kpis=revenue,conversion_rate`."""

    kpis: str
    by: str = ""
    grain: str | None = None
    period: str | None = None
    start: str | None = None
    end: str | None = None
    where: str | None = None
    compare: str = "previous,last_year,target"
    as_of: str | None = None
    known_on: str | None = None


class Row(Schema):
    """One KPI of one scope over [period_start, period_end). What is undefined is null; money has 4 decimals at most."""

    kpi: str
    level: str
    scope: str
    scope_id: str | None
    scope_name: str
    dimensions: dict[str, Any]
    period_start: date
    period_end: date
    value: float | None
    unit: str
    numerator: float | None
    denominator: float | None
    sample_size: int | None
    low: float | None
    high: float | None
    target: float | None
    attainment: float | None
    gap: float | None
    status: str | None
    previous: float | None
    last_year: float | None
    previous_full: float | None
    last_year_full: float | None
    change_previous: float | None
    change_last_year: float | None
    expected: float | None
    maturity: float | None
    estimate: float | None
    is_partial: bool
    is_provisional: bool
    notes: list[Any]


class Answered(Schema):
    request: dict[str, Any]
    snapshot: str | None
    rows: list[Row]


class Problem(Schema):
    """What happened and what to do, in the language of Accept-Language; `code` stays the same in every language."""

    code: str
    message: str
    advice: str


class Problems(Schema):
    errors: list[Problem]
