"""Spans of time as they are declared: a whole number and a unit, ``30d``."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
SPAN_PATTERN = r"(0|[1-9][0-9]{0,9})([smhdw])"
"""A span of time as it is declared, for schemas."""

_PATTERN = re.compile(SPAN_PATTERN)

LONGEST = timedelta(days=3650)
"""No span may be longer than ten years: what lives longer does not expire in any useful sense."""


@lru_cache(maxsize=1024)  # a stack's keys have few different ones
def parse_duration(text: str) -> timedelta:
    """Read ``30d``, ``12h``, ``90m``, ``10s`` or ``2w``.

    Raises:
        ValueError: no unit, a fraction, a sign, an infinity, or longer than ten years.
    """
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(
            f"`{text[:40]}` is not a span of time: write a whole number and a unit"
            " (s, m, h, d or w), such as 30d"
        )
    seconds = int(match[1]) * _SECONDS[match[2]]
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"`{text}` is longer than ten years: a key must expire")
    return timedelta(seconds=seconds)


def format_duration(span: timedelta) -> str:
    """Write a span in the largest of d, h, m and s that divides it: two weeks are ``14d``."""
    seconds = int(span.total_seconds())
    if seconds == 0:
        return "0s"
    for unit in ("d", "h", "m"):
        if seconds % _SECONDS[unit] == 0:
            return f"{seconds // _SECONDS[unit]}{unit}"
    return f"{seconds}s"


def _coerce(value: Any) -> timedelta:
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, timedelta):
        if value.microseconds:
            raise ValueError("a span of time is in whole seconds")
        if abs(value) > LONGEST:
            raise ValueError(f"{value} is longer than ten years: a key must expire")
        if value < timedelta(0):
            raise ValueError("a span of time cannot be negative")
        return value
    raise ValueError("write a span of time as text with a unit (s, m, h, d or w), such as 30d")


def _positive(value: Any) -> timedelta:
    span = _coerce(value)
    if not span:
        raise ValueError("longer than zero, please: 0 never means `for ever` here")
    return span


_SCHEMA = WithJsonSchema(
    {"type": "string", "pattern": f"^{SPAN_PATTERN}$", "examples": ["30d", "12h", "10s"]}
)
_WRITE = PlainSerializer(format_duration, return_type=str)

Duration = Annotated[timedelta, BeforeValidator(_coerce), _WRITE, _SCHEMA]
"""A span of time, zero or longer, in whole seconds."""

PositiveDuration = Annotated[timedelta, BeforeValidator(_positive), _WRITE, _SCHEMA]
"""A span of time longer than zero, in whole seconds."""
