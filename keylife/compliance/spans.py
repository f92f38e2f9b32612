"""Spans of time and instants as providers' inputs write them, and as findings say them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_UNITS = {
    "ns": timedelta(microseconds=1) / 1000,
    "us": timedelta(microseconds=1),
    "µs": timedelta(microseconds=1),
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_PART = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)(ns|us|µs|ms|s|m|h|d)")
_END_OF_TIME = 9999
"""The year that certificates and tokens write to say *never*.

Source: RFC 5280, section 4.1.2.5, on 99991231235959Z.
"""


def read_seconds(value: object) -> timedelta:
    """Read a number of seconds; numbers reach a policy as floats, ``3600.0``.

    Raises:
        ValueError: it is no finite whole number of zero or more, or beyond all calendars.
    """
    return _times(value, timedelta(seconds=1))


def read_days(value: object) -> timedelta:
    """Read a number of days.

    Raises:
        ValueError: it is no finite whole number of zero or more, or beyond all calendars.
    """
    return _times(value, timedelta(days=1))


def read_hours(value: object) -> timedelta:
    """Read a number of hours.

    Raises:
        ValueError: it is no finite whole number of zero or more, or beyond all calendars.
    """
    return _times(value, timedelta(hours=1))


def read_months(value: object) -> timedelta:
    """Read a number of months, each as long as the longest: 31 days.

    Raises:
        ValueError: it is no finite whole number of zero or more, or beyond all calendars.
    """
    return _times(value, timedelta(days=31))


def read_go_duration(value: object) -> timedelta:
    """Read ``768h`` or ``1h30m``, or seconds without a unit, and days, as Vault does.

    Source: Go, time.ParseDuration; Vault, parseutil.ParseDurationSecond.

    Raises:
        ValueError: it is none of these, negative, or beyond all calendars.
    """
    if not isinstance(value, str):
        return read_seconds(value)
    text = value.strip()
    if re.fullmatch(r"\d{1,12}", text):
        return read_seconds(int(text))
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError("no duration")
    try:
        return sum((float(number) * _UNITS[unit] for number, unit in parts), timedelta(0))
    except OverflowError:
        raise ValueError("beyond all calendars") from None


def read_rfc3339(value: object) -> datetime | None:
    """Read an RFC 3339 instant; None for the year 9999, which means *never*.

    Raises:
        ValueError: it is no instant with an offset from UTC.
    """
    if not isinstance(value, str):
        raise ValueError("no instant")
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError("no offset from UTC")
    return None if instant.year >= _END_OF_TIME else instant.astimezone(UTC)


def read_date(value: object) -> datetime | None:
    """Read a date as its first instant in UTC, or an RFC 3339 instant; None for the year 9999.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return read_rfc3339(f"{value}T00:00:00Z")
    return read_rfc3339(value)


def say_span(span: timedelta) -> str:
    """A span as findings say it, in its two largest units: ``399 d 23 h``."""
    if span < timedelta(0):
        return f"-{say_span(-span)}"
    seconds = int(span.total_seconds())
    sizes = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
    counts = []
    for unit, size in sizes:
        counts.append((seconds // size, unit))
        seconds %= size
    first = next((index for index, (count, _) in enumerate(counts) if count), len(counts) - 1)
    said = [f"{count} {unit}" for count, unit in counts[first : first + 2] if count]
    return " ".join(said) or "0 s"


def _times(value: object, unit: timedelta) -> timedelta:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("no number")
    try:
        if value != int(value) or value < 0:
            raise ValueError("no whole number of zero or more")
        return int(value) * unit
    except OverflowError:
        raise ValueError("beyond all calendars") from None
