"""Numbers of things, in words."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """``1 key``, ``2 keys``: for nouns that take an s."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
