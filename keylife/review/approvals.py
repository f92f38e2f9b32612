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
    parties = _Parties(before, after)
    for change in changes:
        if change.what.risk is not Risk.LOW:
            file = _file(change.subject, file_of)
            owners = tuple(parties.owners(change.subject))
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


class _Parties:
    """Whose keys are whose, on both sides."""

    def __init__(self, before: Declared, after: Declared) -> None:
        self._records = {**after.owners, **before.owners}
        self._of_key: dict[str, set[str]] = {}
        self._of_service: dict[str, set[str]] = {}
        for side in (before, after):
            for (_, name), key in side.keys.items():
                self._of_key.setdefault(name, set()).add(key.owner)
                self._of_service.setdefault(key.service, set()).add(key.owner)

    def owners(self, subject: Subject) -> Iterator[Owner]:
        """The owners of what a change touches, each as the base has it, none who departed."""
        names: set[str] = set()
        match subject.noun:
            case Noun.KEY:
                names = self._of_key.get(subject.id, names)
            case Noun.SERVICE:
                names = self._of_service.get(subject.id, names)
            case Noun.OWNER:
                names = {subject.id}
            case Noun.WAIVER:
                names = self._of_key.get(subject.id.rpartition(" for ")[2], names)
        for name in sorted(names):
            owner = self._records.get(name)
            if owner is not None and owner.status is OwnerStatus.ACTIVE:
                yield owner
