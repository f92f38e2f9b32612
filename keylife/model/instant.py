"""Instants: whole seconds, UTC, written as RFC 3339 with ``Z``."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_PATTERN = re.compile(r"[12]\d{3}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})", re.ASCII)
"""Years 1000 to 2999: with a life of ten years added, an instant still is one."""


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant in whole seconds, such as ``2026-11-23T09:30:00Z``.

    Raises:
        ValueError: it has no offset, a fraction of a second, a year outside of 1000 to 2999, or is
            no instant at all.
    """
    if _PATTERN.fullmatch(text) is None:
        raise ValueError(
            f"`{text[:40]}` is not an instant: write RFC 3339 in whole seconds with an offset,"
            " such as 2026-11-23T09:30:00Z"
        )
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"`{text}` is not an instant: {error}") from None


def format_instant(instant: datetime) -> str:
    """Write an instant as RFC 3339 in UTC: ``2026-11-23T09:30:00Z``."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _coerce(value: Any) -> datetime:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("an instant needs an offset from UTC, such as Z")
        if value.microsecond:
            raise ValueError("an instant is in whole seconds")
        return value.astimezone(UTC)
    if isinstance(value, str):
        return parse_instant(value)
    raise ValueError("write an instant as RFC 3339 text, such as 2026-11-23T09:30:00Z")


Instant = Annotated[
    datetime,
    BeforeValidator(_coerce),
    PlainSerializer(format_instant, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""An instant in whole seconds, UTC."""
