"""Instants: whole seconds, with an offset, always UTC inside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from keylife.model.instant import Instant, format_instant, parse_instant

MODEL: TypeAdapter[datetime] = TypeAdapter(Instant)
NINE = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2026-11-23T09:30:00Z", "2026-11-23T10:30:00+01:00", "2026-11-22T21:30:00-12:00"]
)
def test_an_instant_is_rfc_3339_with_an_offset(text: str) -> None:
    assert parse_instant(text) == NINE
    assert MODEL.validate_python(text) == NINE
    assert MODEL.validate_python(text).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "tomorrow", "2026-11-23", "2026-11-23T09:30Z", "2026-11-23T09:30:00"),
        *("2026-11-23T09:30:00.5Z", "2026-11-23 09:30:00Z", "2026-11-23t09:30:00z"),
        *("2026-11-23T09:30:00Z\n", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z"),
        *("2026-11-23T09:30:60Z", "2026-11-23T09:30:00+24:00", "20261123T093000Z", "1795000000"),
        *("٢٠٢٦-11-23T09:30:00Z", "0001-01-01T00:00:00+01:00", "0999-01-01T00:00:00Z"),
        "9999-12-31T23:59:59Z",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an instant"):
        parse_instant(text)


@pytest.mark.parametrize(
    "value",
    [1_795_000_000, 1.5, True, None, NINE.replace(tzinfo=None), NINE.replace(microsecond=1)],
)
def test_a_value_of_another_kind_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        MODEL.validate_python(value)


def test_a_datetime_of_another_zone_becomes_utc() -> None:
    there = NINE.astimezone(timezone(timedelta(hours=5, minutes=45)))

    assert MODEL.validate_python(there) == NINE
    assert format_instant(there) == "2026-11-23T09:30:00Z"


@given(st.integers(0, 32_000_000_000))
def test_what_is_written_reads_the_same(seconds: int) -> None:
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)

    assert parse_instant(format_instant(instant)) == instant
    assert MODEL.validate_json(MODEL.dump_json(instant)) == instant


def test_no_instant_that_is_read_overflows_with_the_longest_life() -> None:
    latest = parse_instant("2999-12-31T23:59:59-23:59")

    assert format_instant(latest + timedelta(days=3650)).startswith("3009-")
