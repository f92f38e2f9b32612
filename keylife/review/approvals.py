"""Who should look at a change, and who has to.

Owners and code owners are those of the base: a pull request that names its author as an owner, or
edits CODEOWNERS, does not choose its own reviewers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from keylife.model.registry import Owner, OwnerStatus
from keylife.review.change import Change, Noun, Risk, Subject
from keylife.review.codeowners import CodeOwners
from keylife.review.declared import Declared


@dataclass(frozen=True)
class Approval:
    """What one change needs before it may be merged."""

    change: Change
    file: PurePosixPath | None
    """Where the subject is declared; CODEOWNERS is asked about it."""

    owners: tuple[Owner, ...]
    """Who answers for the keys it touches; departed ones cannot be asked."""

    code_owners: tuple[str, ...]
    """Who owns the file: ``@user``, ``@organisation/team``, an address."""


FileOf = Callable[[Subject], PurePosixPath | None]


def approvals(
    changes: Iterable[Change],
    before: Declared,
    after: Declared,
    code_owners: CodeOwners,
    file_of: FileOf,
) -> tuple[Approval, ...]:
    """What is needed for each change that is not of low risk.

    Args:
        changes: in the order they are reported.
        before: what the base declares.
        after: what would be declared.
        code_owners: of the base.
        file_of: where a subject stands, from the repository's root.
    """
    needed = []
    for change in changes:
        if change.what.risk is not Risk.LOW:
            file = _file(change.subject, file_of)
            owners = tuple(_owners(change.subject, before, after))
            needed.append(Approval(change, file, owners, code_owners.owners(file) if file else ()))
    return tuple(needed)


def reviewers(needed: Iterable[Approval]) -> tuple[str, ...]:
    """Everybody whose approval is needed somewhere, those with the riskiest changes first."""
    found: dict[str, None] = {}
    for approval in needed:
        for name in (*(owner.contact for owner in approval.owners), *approval.code_owners):
            found.setdefault(name)
    return tuple(found)


def _file(subject: Subject, file_of: FileOf) -> PurePosixPath | None:
    return PurePosixPath(subject.id) if subject.noun is Noun.FILE else file_of(subject)


def _owners(subject: Subject, before: Declared, after: Declared) -> Iterator[Owner]:
    """The owners of what a change touches, each as the base has it."""
    names: set[str] = set()
    for side in (before, after):
        match subject.noun:
            case Noun.KEY:
                touched = [k for (_, name), k in side.keys.items() if name == subject.id]
                names |= {key.owner for key in touched}
            case Noun.SERVICE:
                names |= {k.owner for k in side.keys.values() if k.service == subject.id}
            case Noun.OWNER:
                names.add(subject.id)
            case Noun.WAIVER:
                waived = subject.id.rpartition(" for ")[2]
                names |= {k.owner for (_, name), k in side.keys.items() if name == waived}
    for name in sorted(names):
        owner = before.owners.get(name) or after.owners.get(name)
        if owner is not None and owner.status is OwnerStatus.ACTIVE:
            yield owner
