"""Whether many keys may end in one change, with their service or owner or without: what the rules
say of it, whose word it takes, and what no edit reaches."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from keylife.compliance.finding import Finding
from keylife.declarations.everything import Everything, read_everything
from keylife.declarations.in_python import named_in_python
from keylife.declarations.leaving import Leaving, depart_owner, retire_service, revoke_keys
from keylife.errors import UsageError
from keylife.gates.configured import load_configuration, load_settings
from keylife.gates.declared import judge_everything
from keylife.model.revocation import Tombstone
from keylife.project import project_folder


@dataclass(frozen=True)
class Departure:
    """Keys that end or change hands in one change, judged."""

    leaving: Leaving
    tombstone: Tombstone | None
    """What every key of theirs gets; None where they are handed over."""

    alone: int
    """How many keys one person may revoke."""

    in_python: tuple[str, ...]
    """Where code names them, which nothing here edits."""

    refused: tuple[Finding, ...]
    """Violations that there would be, and were not before."""

    @property
    def needs_another(self) -> bool:
        """Whether so many keys are revoked that somebody else has to agree, and nobody has."""
        return (
            self.tombstone is not None
            and self.tombstone.approved_by is None
            and len(self.leaving.keys) > self.alone
        )


def judge_retirement(folder: Path, service: str, at: datetime, tombstone: Tombstone) -> Departure:
    """A service that is retired with all of its keys.

    Args:
        folder: with ``services.yaml``, ``owners.yaml`` and the stacks.
        service: its id.
        at: the instant.
        tombstone: what its keys get.

    Raises:
        UsageError: as `retire_service` does, or every rule is disabled.
        DeclarationError: the declarations or ``keylife.yaml`` are not in order.
    """
    leaving = retire_service(folder, service, at, tombstone)
    return _judged(folder, leaving, at, tombstone, named=("service", service))


def judge_departure(
    folder: Path, owner: str, at: datetime, *, tombstone: Tombstone | None, to: str | None
) -> Departure:
    """An owner who departs, and whose keys are revoked or handed over.

    Args:
        folder: with ``services.yaml``, ``owners.yaml`` and the stacks.
        owner: their id.
        at: the instant.
        tombstone: what their keys get; None if they are handed over.
        to: who answers for them from now on; None if they are revoked.

    Raises:
        UsageError: as `depart_owner` does, or every rule is disabled.
        DeclarationError: the declarations or ``keylife.yaml`` are not in order.
    """
    leaving = depart_owner(folder, owner, at, tombstone=tombstone, to=to)
    return _judged(folder, leaving, at, tombstone, named=("owner", owner))


def judge_revocations(
    folder: Path,
    stack: str,
    keys: Collection[str],
    at: datetime,
    tombstone: Tombstone,
    *,
    named: tuple[str, str],
) -> Departure:
    """Several keys of one stack that are revoked, while whoever they belong to stays.

    Args:
        folder: with ``services.yaml``, ``owners.yaml`` and the stacks.
        stack: its own name.
        keys: ids.
        at: the instant.
        tombstone: what they get.
        named: whose they are: ``service`` or ``owner``, and its id.

    Raises:
        UsageError: as `revoke_keys` does, or every rule is disabled.
        DeclarationError: the declarations or ``keylife.yaml`` are not in order.
    """
    return _judged(folder, revoke_keys(folder, stack, keys, tombstone), at, tombstone, named=named)


def _judged(
    folder: Path,
    leaving: Leaving,
    at: datetime,
    tombstone: Tombstone | None,
    *,
    named: tuple[str, str],
) -> Departure:
    settings = load_settings(folder)

    def violations(everything: Everything) -> dict[tuple[str, str], Finding]:
        verdict = judge_everything(everything, settings, at)
        found = [located.finding for located in verdict.violations]
        return {(finding.rule, finding.subject): finding for finding in found}

    before = violations(read_everything(folder))
    return Departure(
        leaving,
        tombstone,
        load_configuration(folder).configuration.second_approver_above,
        tuple(named_in_python(_program(folder), *named)),
        tuple(found for what, found in violations(leaving.after).items() if what not in before),
    )


def _program(folder: Path) -> Path:
    """Where the code is that may declare keys, too: the project's folder."""
    try:
        return project_folder(folder.absolute())
    except UsageError:
        return folder
