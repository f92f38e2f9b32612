"""What the scopes of several kinds have in common."""

from __future__ import annotations

from collections.abc import Callable


def sequence(value: object) -> object:
    """A YAML sequence is a list; the models are frozen and keep tuples."""
    return tuple(value) if isinstance(value, list) else value


def some_and_distinct(what: str, why_some: str) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """A check that a tuple has entries and none of them twice.

    Args:
        what: one entry, as people call it: ``policy``.
        why_some: why there must be one.
    """

    def check(value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError(f"at least one {what}: {why_some}")
        if len(set(value)) != len(value):
            raise ValueError(f"the same {what} twice")
        return value

    return check
