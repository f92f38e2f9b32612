"""The forms in which resources write when a credential ends, and how each is read.

What counts as *never*: unset, ``0``, ``0s``, a ``period``, the year 9999.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from keylife.compliance.credential import (
    ExpiresAfter,
    ExpiresAt,
    Expiry,
    ExpiryJudgedElsewhere,
    ExpiryUnknown,
    NeverExpires,
)
from keylife.compliance.spans import read_date, read_rfc3339
from keylife.compliance.unknown import UNKNOWN

Inputs = Mapping[str, object]
End = Callable[[Inputs], Expiry]
"""From a resource's inputs to its credential's end."""

Lifetime = Callable[[Inputs], Expiry | None]
"""The same, and None where the resource mints no credential."""


def computed(name: str) -> ExpiryUnknown:
    """An end that this gate cannot see: known only after the deploy, or hidden as a secret."""
    return ExpiryUnknown(
        f"`{name}` is computed or hidden as a secret, and so nobody can review it",
        f"write `{name}` as a literal value",
    )


def unreadable(name: str, form: str) -> ExpiryUnknown:
    """An end that is written in a form that no issuer would read as one."""
    return ExpiryUnknown(f"`{name}` cannot be read", f"write `{name}` as {form}")


def lasting(name: str, read: Callable[[object], timedelta], form: str) -> End:
    """A span in one property."""

    def expiry(value: object) -> Expiry:
        span = read(value)
        zero = NeverExpires(f"`{name}` is 0, which means for ever", f"set `{name}` to {form}")
        return ExpiresAfter(span) if span else zero

    return _written(name, form, expiry)


def ending(name: str) -> End:
    """An instant in one property."""
    form = "an RFC 3339 instant such as 2027-01-31T00:00:00Z"

    def expiry(value: object) -> Expiry:
        instant = read_rfc3339(value)
        if instant is None:
            return NeverExpires(f"`{name}` is in the year 9999", f"set `{name}` to {form}")
        return ExpiresAt(instant)

    return _written(name, form, expiry)


def ending_on(name: str) -> End:
    """A date in one property, at whose beginning in UTC it ends; or an instant.

    Source: GitLab's documentation, "Personal access tokens": at midnight UTC on that date.
    """
    form = "a date such as 2027-01-31"

    def expiry(value: object) -> Expiry:
        instant = read_date(value)
        if instant is None:
            return NeverExpires(f"`{name}` is in the year 9999", f"set `{name}` to {form}")
        return ExpiresAt(instant)

    return _written(name, form, expiry)


def _written(name: str, form: str, read: Callable[[object], Expiry]) -> End:
    """The end in one property, if somebody wrote it as a literal of its form."""

    def end(inputs: Inputs) -> Expiry:
        value = inputs.get(name)
        if value is UNKNOWN:
            return computed(name)
        if value is None:
            return NeverExpires(f"`{name}` is not set", f"set `{name}` to {form}")
        try:
            return read(value)
        except ValueError:
            return unreadable(name, form)

    return end


def never(why: str) -> End:
    """A type whose credentials live until somebody deletes them."""
    expiry = NeverExpires(
        why, "declare it as a keylife key if there is a kind for it, or use what expires by itself"
    )
    return lambda _inputs: expiry


def decided_by_issuer(who: str) -> End:
    """A type whose credentials end, but as something outside of the resource decides."""
    expiry = ExpiryUnknown(
        f"{who} decides when it ends, which is not in this resource",
        "state the longest life that allows under `issuer_lives` in keylife.yaml",
    )
    return lambda _inputs: expiry


def elsewhere(where: str) -> End:
    """A type that holds no credential of its own without another resource that is judged."""
    return lambda _inputs: ExpiryJudgedElsewhere(where)


def within(path: str, end: Callable[[str], End]) -> End:
    """An end in a property of a property: ``spec.duration``.

    Args:
        path: the names from the outermost on, with dots between them.
        end: what reads it, by the name that its findings say.
    """
    *outer, _ = path.split(".")
    read = end(path)

    def reach(inputs: Inputs) -> Expiry:
        value: object = inputs
        for name in (*outer, path.rpartition(".")[2]):
            # One block in a list of its own is how older SDKs write a block.
            if isinstance(value, list) and len(value) == 1:
                value = value[0]
            if value is UNKNOWN:
                return computed(path)
            value = value.get(name) if isinstance(value, Mapping) else None
        return read({path: value})

    return reach


HAS_NONE = "it has no expiry of its own"
SECONDS = "a number of seconds"
DAYS = "a number of days"
HOURS = "a number of hours"
