"""Who owns a credential that was made outside of keylife, and which service it serves.

Keylife's own keys declare both. For all else, the first of these that is there is what counts:

1. a tag of the resource, or an entry of its Vault metadata;
2. the default tags of its provider;
3. the nearest ancestor that states it, by a tag or as an input of a component;
4. ``keylife.yaml`` or the pack's configuration, which assign names to URNs for programs that nobody
   wants to edit.

Whatever is there but computed or no name is not passed over in favour of the next.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from keylife.compliance.credential import Absence, Stated
from keylife.compliance.resource import Resource
from keylife.compliance.unknown import UNKNOWN
from keylife.model.base import NAME_PATTERN

TAGGED = ("tags", "metadata", "labels")
"""The inputs in which a resource may carry names of its own."""


@dataclass(frozen=True)
class Statements:
    """Where to read one word, ``owner`` or ``service``."""

    word: str
    tags: Sequence[str] = ()
    """Names of tags, the strongest first."""

    assigned: Mapping[str, str] = field(default_factory=dict)
    """By URN or URN pattern (``*``, ``?``); the longest pattern that matches wins."""

    @classmethod
    def of(
        cls,
        word: str,
        tags: Sequence[str] | None = None,
        assigned: Mapping[str, str] | None = None,
    ) -> Statements:
        """The usual tags for a word: ``keylife:owner``, ``owner``, ``Owner``."""
        usual = (f"keylife:{word}", word, word.capitalize())
        return cls(word, usual if tags is None else tuple(tags), assigned or {})

    def replaced_by(self, tags: Sequence[str] | None, assigned: Mapping[str, str]) -> Statements:
        """The same with what one gate is configured to read instead; its assignments win."""
        return replace(
            self,
            tags=self.tags if tags is None else tuple(tags),
            assigned={**self.assigned, **assigned},
        )

    def on(self, resource: Resource) -> Stated:
        """What a resource or its provider says itself."""
        for name in TAGGED:
            said = self._among(resource.inputs.get(name))
            if said is not Absence.UNSTATED:
                return said
        if resource.provider is None:
            return as_name(resource.inputs.get(self.word))
        return self._among_default_tags(resource.provider)

    def assigned_to(self, urn: str) -> Stated:
        """What the configuration assigns to a URN."""
        matching = [pattern for pattern in self.assigned if fnmatchcase(urn, pattern)]
        if not matching:
            return Absence.UNSTATED
        return as_name(self.assigned[max(matching, key=lambda pattern: (len(pattern), pattern))])

    def _among(self, tags: object) -> Stated:
        if tags is UNKNOWN:
            return Absence.COMPUTED
        if isinstance(tags, str):
            tags = _json(tags)
        if not isinstance(tags, Mapping):
            return Absence.UNSTATED
        for tag in self.tags:
            if tag in tags:
                return as_name(tags[tag])
        return Absence.UNSTATED

    def _among_default_tags(self, provider: Mapping[str, object]) -> Stated:
        defaults = provider.get("defaultTags")
        if defaults is UNKNOWN:
            return Absence.COMPUTED
        if isinstance(defaults, str):  # a provider's structured inputs are registered as JSON
            defaults = _json(defaults)
        return (
            self._among(defaults.get("tags"))
            if isinstance(defaults, Mapping)
            else (Absence.UNSTATED)
        )


def as_name(value: object) -> Stated:
    """A value as a name, if it is one; what is none is never repeated to anybody."""
    if value is UNKNOWN:
        return Absence.COMPUTED
    if value is None:
        return Absence.UNSTATED
    if isinstance(value, str) and re.fullmatch(NAME_PATTERN, value):
        return value
    return Absence.UNREADABLE


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
