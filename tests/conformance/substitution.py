"""Recorded names for what a run makes anew, and this run's names for the same things.

A recording holds accessors, secret ids, tokens and times of its own day. They are no noise: where
the recording says the same one twice, this run must say the same one twice, and where it says two
different ones, so must this run.
"""

from __future__ import annotations

import re
from typing import Any

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
NAMES = {
    "mount accessor": r"(?<![A-Za-z_])kv_[0-9a-f]{8}",
    "auth accessor": r"auth_approle_[0-9a-f]{8}",
    "uuid": UUID,
    "recorded token": r"s\.dev-token-\d{3}",
    "token": r"s\.[A-Za-z0-9]{20,}",
    "time with fraction": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z",
    "address": r"http://127\.0\.0\.1:\d+",
    "host": r"127\.0\.0\.1:\d+",
}
TOKEN_ACCESSOR = r"[A-Za-z0-9]{24}"
SECOND = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

_ALIKE = {"recorded token": "token", **{kind: kind for kind in NAMES if kind != "recorded token"}}
_PATTERN = re.compile(
    "|".join(f"(?P<k{index}>{pattern})" for index, pattern in enumerate(NAMES.values()))
)
_KINDS = list(NAMES)


class Substitution:
    """What the recording calls what, both ways."""

    def __init__(self, known: dict[str, str]) -> None:
        self._actual = dict(known)
        self._recorded = {actual: recorded for recorded, actual in known.items()}

    def actual(self, recorded: Any) -> Any:
        """A recorded request in this run's names; a name that was never bound stays."""
        if isinstance(recorded, dict):
            return {key: self.actual(value) for key, value in recorded.items()}
        if isinstance(recorded, list):
            return [self.actual(value) for value in recorded]
        if not isinstance(recorded, str):
            return recorded
        if recorded in self._actual:
            return self._actual[recorded]
        return _PATTERN.sub(lambda match: self._actual.get(match[0], match[0]), recorded)

    def same(self, recorded: str, actual: str) -> bool:
        """Whether both texts say the same; binds names that are new on both sides."""
        if UNKNOWN in (recorded, actual):
            return recorded == actual
        if re.fullmatch(SECOND, recorded):
            # Whole seconds are too coarse to tell one thing from another.
            self._actual[recorded] = actual
            return re.fullmatch(SECOND, actual) is not None
        if recorded == actual and not _is_a_name(recorded):
            return True
        if recorded in self._actual or re.fullmatch(TOKEN_ACCESSOR, recorded):
            bindable = recorded in self._actual or re.fullmatch(TOKEN_ACCESSOR, actual)
            return bool(bindable) and self._bind(recorded, actual)
        ours, theirs = _names(recorded), _names(actual)
        if _PATTERN.sub("·", recorded) != _PATTERN.sub("·", actual) or len(ours) != len(theirs):
            return False
        return all(
            _ALIKE[kind] == _ALIKE.get(other) and self._bind(name, made)
            for (kind, name), (other, made) in zip(ours, theirs, strict=True)
        )

    def _bind(self, recorded: str, actual: str) -> bool:
        bound = self._actual.setdefault(recorded, actual)
        back = self._recorded.setdefault(actual, recorded)
        return bound == actual and back == recorded


def _is_a_name(text: str) -> bool:
    return bool(_PATTERN.search(text) or re.fullmatch(TOKEN_ACCESSOR, text))


def _names(text: str) -> list[tuple[str, str]]:
    return [
        (_KINDS[int((match.lastgroup or "k0")[1:])], match[0]) for match in _PATTERN.finditer(text)
    ]
