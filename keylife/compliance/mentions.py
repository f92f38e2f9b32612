"""Texts that name a version of a key, or what an issuer calls one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_NAMED = re.compile(
    r"\b[a-z0-9][a-z0-9-]{0,62}-v[1-9][0-9]{0,8}\b|\b(?:AKIA|ASIA|ACCA)[A-Z0-9]{16}\b"
)
"""A version's name as keylife writes it, and the ids of access keys.

Source: IAM user guide, "IAM identifiers", unique id prefixes.
"""

_VERSION = re.compile(r"-v[1-9]")
"""In every name of a version, and quickly found."""

_DEEPEST = 64


def mentioned(value: object) -> frozenset[str]:
    """What could be a credential's name anywhere in a value."""
    found: set[str] = set()
    _gather(value, 0, found)
    return frozenset(found)


def may_mention(text: str) -> bool:
    """Whether a text is worth a closer look: False only if it names none."""
    return _VERSION.search(text) is not None or "AKIA" in text or "ASIA" in text or "ACCA" in text


def _gather(value: object, depth: int, found: set[str]) -> None:
    if isinstance(value, str):
        if may_mention(value):
            found.update(_NAMED.findall(value))
    elif depth < _DEEPEST:
        if isinstance(value, Mapping):
            for inner in value.values():
                _gather(inner, depth + 1, found)
        elif isinstance(value, Sequence) and not isinstance(value, bytes):
            for inner in value:
                _gather(inner, depth + 1, found)
