"""How a message repeats what a declaration says: briefly, on one line, never a secret at length."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

LONGEST = 24
"""Characters of a value that a message repeats: the secret half of an AWS access key has 40, and
someone will paste one into the wrong field."""


def shown(text: str, most: int = LONGEST) -> str:
    """Text as it can stand in a message: printable, on one line, cut after ``most`` characters."""
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return printable if len(printable) <= most else printable[:most] + "…"


def quoted(value: Any) -> str:
    """A value as a message names it."""
    match value:
        case str():
            return f"`{shown(value)}`"
        case bool():
            return f"`{str(value).lower()}`"
        case int() | float():
            return f"`{value}`"
        case list() | tuple():
            return "a list" if value else "an empty list"
        case dict():
            return "a mapping" if value else "an empty mapping"
        case _:
            return "this"


def one_of(known: Iterable[str]) -> str:
    """The names there are, as many as a message bears."""
    names = sorted(known)
    listed = ", ".join(f"`{name}`" for name in names[:12])
    return listed + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant."""
    close = get_close_matches(name[:64].lower(), list(known), n=1, cutoff=0.6)
    return close[0] if close else None
