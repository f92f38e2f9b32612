"""The first gate: the declarations of all stacks, offline, before any program has run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path, PurePath

from keylife.collector import without_collector
from keylife.compliance.context import Registry
from keylife.compliance.credential import Subject
from keylife.compliance.declared import describe_key, gone_parties
from keylife.compliance.finding import Finding
from keylife.compliance.judgement import judge_all
from keylife.compliance.mentions import may_mention
from keylife.compliance.past import note_tombstones
from keylife.compliance.population import Population
from keylife.compliance.rules import RULES
from keylife.compliance.rules.rule import Rule
from keylife.compliance.settings import Settings
from keylife.compliance.verdict import Place, Verdict
from keylife.declarations.everything import Everything, read_everything
from keylife.declarations.excerpt import place_of_field
from keylife.declarations.registry import Entry
from keylife.gates.configured import load_settings
from keylife.model.key import Key
from keylife.model.registry import Owner, Service


def check_folder(folder: Path, at: datetime) -> Verdict:
    """What the rules have against all that a folder declares.

    Args:
        folder: with ``services.yaml``, ``owners.yaml`` and the stacks.
        at: the instant.

    Raises:
        UsageError: there is no such folder, no stack in it, or every rule is disabled.
        DeclarationError: the declarations or ``keylife.yaml`` cannot be understood.
    """
    settings = load_settings(folder)
    with without_collector():
        return judge_everything(read_everything(folder), settings, at)


def judge_everything(
    everything: Everything, settings: Settings, at: datetime, rules: Sequence[Rule] = RULES
) -> Verdict:
    """What the rules have against declarations that were read.

    Args:
        everything: all stacks, services and owners.
        settings: how strictly the rules are taken.
        at: the instant.
        rules: which are asked.
    """
    registry = Registry(
        services={name: e.model for name, e in everything.services.items() if e.model},
        owners={name: e.model for name, e in everything.owners.items() if e.model},
    )
    population = Population()
    note_tombstones(population, (key for _, key in _keys(everything)))
    return judge_all(
        chain(_described(everything), gone_parties(registry, _keys(everything))),
        in_one_pass=True,
        at=at,
        registry=registry,
        settings=settings,
        population=population,
        placed=_Places(everything, rules),
        rules=rules,
    )


def _keys(everything: Everything) -> Iterator[tuple[str, Key]]:
    """Every key with its stack, one after the other: there may be a hundred thousand."""
    for stack, entry in everything.keys:
        if entry.model is not None:
            yield stack, entry.model


def _described(everything: Everything) -> Iterator[Subject]:
    naming: dict[int, bool] = {}  # most files name no credential, which one look tells
    for stack, entry in everything.keys:
        if entry.model is not None:
            document = entry.document
            if id(document) not in naming:
                naming[id(document)] = may_mention(document.text) or "\\" in document.text
            yield from describe_key(stack, entry.model, mentions=naming[id(document)])


class _Places:
    """Where in the declarations a finding is mended; asked for findings only, so built for one."""

    def __init__(self, everything: Everything, rules: Sequence[Rule]) -> None:
        self._everything = everything
        self._fields = {rule.id: rule.field for rule in rules}
        self._keys: dict[str, dict[str | None, Entry[Key]]] = {}

    def __call__(self, finding: Finding) -> Place | None:
        word, _, name = finding.subject.partition(" ")
        if word == "service":
            return _place(self._everything.services[name], "status")
        if word == "owner":
            return _place(self._everything.owners[name], "status")
        if not self._keys:
            for its_stack, each in self._everything.keys:
                self._keys.setdefault(its_stack, {})[each.id] = each
        stack, _, key_id = finding.subject.partition("/")
        entry = self._keys.get(stack, {}).get(key_id)
        return None if entry is None else _place(entry, self._fields.get(finding.rule))


def _place(entry: Entry[Key] | Entry[Service] | Entry[Owner], field: str | None) -> Place:
    at = place_of_field(entry, field)
    return Place(PurePath(entry.document.shown_as), at.line, at.column)
