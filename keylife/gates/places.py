"""Where in the declarations a finding is mended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule
from keylife.compliance.verdict import Place
from keylife.declarations.everything import Everything, Shared
from keylife.declarations.excerpt import place_of_field
from keylife.declarations.registry import Entry
from keylife.model.key import Key
from keylife.model.registry import Owner, Service


class Places:
    """The place of each finding; asked for findings only, so built for the first of them."""

    def __init__(
        self,
        shared: Everything | Shared,
        keys: Iterable[tuple[str, Entry[Key]]],
        rules: Sequence[Rule],
    ) -> None:
        self._parties: Mapping[str, Mapping[str, Entry[Service] | Entry[Owner]]] = {
            "service": shared.services,
            "owner": shared.owners,
        }
        self._keys = keys
        self._fields = {rule.id: rule.field for rule in rules}
        self._by_stack: dict[str, dict[str | None, Entry[Key]]] = {}

    def __call__(self, finding: Finding) -> Place | None:
        """Where a finding is mended; None if nothing of what was read is about it."""
        word, _, name = finding.subject.partition(" ")
        if word in self._parties:
            return _place(self._parties[word][name], "status")
        if not self._by_stack:
            for its_stack, each in self._keys:
                self._by_stack.setdefault(its_stack, {})[each.id] = each
        stack, _, key_id = finding.subject.partition("/")
        entry = self._by_stack.get(stack, {}).get(key_id)
        return None if entry is None else _place(entry, self._fields.get(finding.rule))


def _place(entry: Entry[Key] | Entry[Service] | Entry[Owner], field: str | None) -> Place:
    at = place_of_field(entry, field)
    return Place(entry.document.shown_as, at.line, at.column)
