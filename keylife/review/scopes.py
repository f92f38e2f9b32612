"""Whether one scope allows more than another, as far as that can be read without its issuer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue


@dataclass(frozen=True)
class ScopeDifference:
    """What came and what went, in words."""

    gained: tuple[str, ...]
    lost: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether they allow the same, and only say it in another order."""
        return not self.gained and not self.lost

    @property
    def widened(self) -> bool:
        """Whether anything came: a value in another's place may always allow more."""
        return bool(self.gained)


def scope_difference(
    before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]
) -> ScopeDifference:
    """Compare two scopes of one kind.

    Lists are sets of grants: an entry more is more. Of any other value nobody but the issuer knows
    which of two is wider, so another one is both a loss and a gain; so is a field that came or
    went, unless it is a list.
    """
    old, new = dict(_grants(before)), dict(_grants(after))
    gained = [told for grant, told in new.items() if grant not in old]
    lost = [told for grant, told in old.items() if grant not in new]
    if not gained and any(not isinstance(before[name], list) for name in before.keys() - after):
        gained = ["whatever its kind allows without what it lost"]
    if not gained and not lost and _ordered(before) != _ordered(after):
        gained = ["whatever its kind reads into the other form"]
    return ScopeDifference(tuple(gained), tuple(lost))


def _ordered(scope: Mapping[str, JsonValue]) -> dict[str, object]:
    return {
        name: sorted(json.dumps(entry, sort_keys=True) for entry in value)
        if isinstance(value, list)
        else value
        for name, value in scope.items()
    }


def grants_in(scope: Mapping[str, JsonValue]) -> Iterator[str]:
    """Everything that a scope says, an entry of a list at a time, in words."""
    return (told for _, told in _grants(scope))


def _grants(scope: Mapping[str, JsonValue]) -> Iterator[tuple[tuple[str, str], str]]:
    for name, value in sorted(scope.items()):
        for entry in value if isinstance(value, list) else (value,):
            text = entry if isinstance(entry, str) else json.dumps(entry, sort_keys=True)
            yield (name, json.dumps(entry, sort_keys=True)), f"{name} `{text}`"
