"""The first gate: the declarations of all stacks, offline, before any program has run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path

from keylife.collector import without_collector
from keylife.compliance.declared import gone_parties
from keylife.compliance.judgement import judge_all
from keylife.compliance.past import note_tombstones
from keylife.compliance.population import Population
from keylife.compliance.rules import RULES
from keylife.compliance.rules.rule import Rule
from keylife.compliance.settings import Settings
from keylife.compliance.verdict import Verdict
from keylife.declarations.everything import Everything, files_in, read_shared
from keylife.errors import Fault
from keylife.gates.configured import load_settings
from keylife.gates.places import Places
from keylife.gates.share import Terms, described, registry_of
from keylife.gates.shares import cut, judge_shares
from keylife.model.key import Key


def check_folder(folder: Path, at: datetime, processes: int = 1) -> Verdict:
    """What the rules have against all that a folder declares.

    Args:
        folder: with ``services.yaml``, ``owners.yaml`` and the stacks.
        at: the instant.
        processes: over how many processes the work may be spread, this one included; more than
            one only where a process can be forked, which a program with threads cannot.

    Raises:
        UsageError: there is no such folder, no stack in it, or every rule is disabled.
        DeclarationError: the declarations or ``keylife.yaml`` cannot be understood.
    """
    settings = load_settings(folder)
    with without_collector():
        files = files_in(folder)
        faults: list[Fault] = [*files.faults]
        shared = read_shared(files.shared, faults)
        terms = Terms(shared, at, settings, RULES)
        verdict = judge_shares(cut(files.keys, processes), terms, faults)
        if verdict is None:  # what two shares must not both hold is told by who reads all
            verdict = judge_shares([files.keys], terms, faults)
    assert verdict is not None
    return verdict


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
    registry = registry_of(everything)
    population = Population()
    note_tombstones(population, (key for _, key in _keys(everything)))
    return judge_all(
        chain(described(everything.keys), gone_parties(registry, _keys(everything))),
        in_one_pass=True,
        at=at,
        registry=registry,
        settings=settings,
        population=population,
        placed=Places(everything, everything.keys, rules),
        rules=rules,
    )


def _keys(everything: Everything) -> Iterator[tuple[str, Key]]:
    """Every key with its stack, one after the other: there may be a hundred thousand."""
    for stack, entry in everything.keys:
        if entry.model is not None:
            yield stack, entry.model
