"""A share of a folder's keys: some of its files, read and judged without the others.

What rules and readers compare between keys goes from share to share in between: each tells what it
noted, and is told what it has to hear. So it does not matter into how many shares a folder is cut,
nor whether they are in one process.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from keylife.compliance.context import Context, Registry
from keylife.compliance.credential import Subject
from keylife.compliance.declared import Gone, Left, describe_key
from keylife.compliance.judgement import Judged, asked_of, judge_each
from keylife.compliance.mentions import may_mention
from keylife.compliance.past import note_tombstones
from keylife.compliance.population import Noted, Population
from keylife.compliance.rules.rule import Rule
from keylife.compliance.settings import Settings
from keylife.declarations.everything import Everything, Held, Shared, read_keys
from keylife.declarations.registry import Entry
from keylife.errors import Fault
from keylife.gates.places import Places
from keylife.model.key import Key


@dataclass(frozen=True)
class Facts:
    """What one share has to tell before it is judged."""

    faults: Sequence[Fault]
    """What is wrong in its own files, and between them."""

    held: Mapping[tuple[str, str], Sequence[int]]
    """What only one key of a stack may have, by the stack and what it is. Hashes will do: they are
    the same in a process and its forks, and of two that are equal by chance no harm comes."""

    noted: Noted
    left: Left


@dataclass(frozen=True)
class Terms:
    """What is the same for all shares."""

    shared: Shared
    at: datetime
    settings: Settings
    rules: Sequence[Rule]

    @cached_property
    def registry(self) -> Registry:
        """The services and owners that can be read."""
        return registry_of(self.shared)

    def context(self, population: Population) -> Context:
        """What keys are judged against, together with all that is known of them."""
        return Context(self.at, self.settings.limits, self.registry, population)


class Share:
    """Some files of keys, their subjects once they are read, and what was noted of them."""

    def __init__(self, files: Sequence[tuple[str, Path]], terms: Terms) -> None:
        self._files = files
        self._terms = terms
        self._subjects: list[Subject] = []
        self._entries: list[tuple[str, Sequence[Entry[Key]]]] = []
        self._population = Population(terms.settings.limits.counts)

    def read(self) -> Facts:
        """Read the files, describe each key to the rules, and let go of all but that."""
        faults: list[Fault] = []
        held: dict[str, Held] = {}
        gone = Gone(self._terms.registry)
        for stack, path in self._files:
            own = held.setdefault(stack, Held())
            entries = read_keys(path, own, self._terms.shared.gateways, faults)
            subjects = list(described((stack, entry) for entry in entries))
            for subject in subjects:
                self._population.note(subject)
            note_tombstones(self._population, (e.model for e in entries if e.model is not None))
            for entry in entries:
                if entry.model is not None:
                    gone.note(stack, entry.model)
                    entry.model = None
            self._subjects += subjects
            self._entries.append((stack, entries))
        told = {
            (stack, what): array("q", map(hash, values))
            for stack, own in held.items()
            for what, values in (
                ("id", own.ids),
                ("credential", own.credentials),
                ("place", own.places),
            )
        }
        return Facts(faults, told, self._population.noted(), gone.left())

    def judge(self, elsewhere: Noted) -> Judged:
        """What the rules have against the keys of this share.

        Args:
            elsewhere: what there is to hear of the other shares.
        """
        self._population.hear(elsewhere)
        terms = self._terms
        return judge_each(
            self._subjects,
            terms.context(self._population),
            terms.settings,
            asked_of(terms.rules, terms.settings),
            Places(terms.shared, self._placed(), terms.rules),
        )

    def _placed(self) -> Iterator[tuple[str, Entry[Key]]]:
        return ((stack, entry) for stack, entries in self._entries for entry in entries)


def described(keys: Iterable[tuple[str, Entry[Key]]]) -> Iterator[Subject]:
    """All that the rules have to judge about declared keys, in their order."""
    naming: dict[int, bool] = {}  # most files name no credential, which one look tells
    for stack, entry in keys:
        if entry.model is not None:
            document = entry.document
            if id(document) not in naming:
                naming[id(document)] = may_mention(document.text) or "\\" in document.text
            yield from describe_key(stack, entry.model, mentions=naming[id(document)])


def registry_of(shared: Shared | Everything) -> Registry:
    """The services and owners that can be read, for the rules."""
    return Registry(
        services={name: e.model for name, e in shared.services.items() if e.model},
        owners={name: e.model for name, e in shared.owners.items() if e.model},
    )
