"""Spans of time: a whole number and a unit, never nothing by mistake, never for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from keylife.model.duration import (
    LONGEST,
    Duration,
    PositiveDuration,
    format_duration,
    parse_duration,
)

ZERO_OR_MORE: TypeAdapter[timedelta] = TypeAdapter(Duration)
POSITIVE: TypeAdapter[timedelta] = TypeAdapter(PositiveDuration)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("10s", timedelta(seconds=10)),
        ("90m", timedelta(minutes=90)),
        ("12h", timedelta(hours=12)),
        ("30d", timedelta(days=30)),
        ("2w", timedelta(days=14)),
        ("0s", timedelta(0)),
        ("3650d", LONGEST),
    ],
)
def test_a_span_is_a_number_and_a_unit(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span
    assert ZERO_OR_MORE.validate_python(text) == span


@pytest.mark.parametrize(
    "text",
    [
        *("", "30", "d", "30 d", " 30d", "30d\n", "30D", "30y", "1.5h", "1e3s", "+1d", "-1d"),
        *("030d", "1d12h", "P30D", "90:00", "inf", "nan", "٣d", "3651d", "9999999999w"),
        "99999999999s",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a span of time|longer than ten years"):
        parse_duration(text)


@pytest.mark.parametrize(
    "value",
    [
        *(30, 30.0, True, None, ["30d"], timedelta(seconds=-1), timedelta(microseconds=1)),
        *(LONGEST + timedelta(seconds=1), timedelta.max, timedelta.min),
    ],
)
def test_a_value_of_another_kind_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        ZERO_OR_MORE.validate_python(value)


def test_zero_is_a_span_but_never_a_life() -> None:
    assert ZERO_OR_MORE.validate_python("0d") == timedelta(0)
    for zero in ("0d", "0s", timedelta(0)):
        with pytest.raises(ValidationError, match="never means `for ever`"):
            POSITIVE.validate_python(zero)
    assert POSITIVE.validate_python("1s") == timedelta(seconds=1)


def test_a_refusal_does_not_echo_more_than_a_line() -> None:
    with pytest.raises(ValueError, match="is not a span") as caught:
        parse_duration("x" * 10_000)
    assert len(str(caught.value)) < 200


@given(st.integers(0, int(LONGEST.total_seconds())))
def test_what_is_written_reads_the_same(seconds: int) -> None:
    span = timedelta(seconds=seconds)

    assert parse_duration(format_duration(span)) == span
    assert ZERO_OR_MORE.validate_json(ZERO_OR_MORE.dump_json(span)) == span


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(days=30), "30d"),
        (timedelta(days=14), "14d"),
        (timedelta(hours=36), "36h"),
        (timedelta(seconds=3660), "61m"),
        (timedelta(seconds=61), "61s"),
        (timedelta(0), "0s"),
    ],
)
def test_the_largest_unit_of_days_and_below_that_divides_is_used(
    span: timedelta, text: str
) -> None:
    assert format_duration(span) == text
