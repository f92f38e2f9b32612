"""The review of one change: read both sides, compare them, say who has to agree."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path, PurePosixPath

from keylife.declarations.configuration import NAME
from keylife.errors import UsageError
from keylife.review.approvals import approvals
from keylife.review.change import Noun, Subject
from keylife.review.codeowners import LARGEST, PLACES, CodeOwners, parse_codeowners
from keylife.review.compare import compare
from keylife.review.declared import Declared
from keylife.review.preview import Preview, beside
from keylife.review.repository import Blob, Repository
from keylife.review.review import Review
from keylife.review.revision import (
    Revision,
    declared_files,
    revision_of_commit,
    revision_of_working_tree,
)


def review(
    repository: Repository,
    folder: Path,
    base: str,
    head: str | None,
    *,
    at: datetime,
    preview: Preview | None = None,
) -> Review:
    """Compare what two revisions declare.

    Args:
        repository: where they are.
        folder: the declarations folder, as an absolute path in the working tree.
        base: a revision.
        head: another one; None for the working tree.
        at: the instant of the review.
        preview: what Pulumi says it will do for ``head``.

    Raises:
        UsageError: a revision does not exist, or the folder is not in the repository. That a side
            does not load is no error: the review says so.
    """
    real = folder.parent.resolve() / folder.name
    below = PurePosixPath(os.path.relpath(real, repository.top))
    if ".." in below.parts:
        raise UsageError(f"{folder} is not in this repository", "name a folder of it")
    old = repository.commit(base)
    new = None if head is None else repository.commit(head)
    before, after = _sides(repository, (folder, below), (base, old), (head, new))
    if before.declared is None or after.declared is None:
        return Review(before, after, at, ())
    changes = compare(before.declared, after.declared, repository.changed_paths(old, new), at)

    def file_of(subject: Subject) -> PurePosixPath | None:
        if subject.noun in (Noun.WAIVER, Noun.RULE, Noun.LIMITS):
            return below / NAME
        found = after.places.get(subject) or before.places.get(subject)
        return None if found is None else found.file

    owners = _code_owners(repository, old)
    needed = approvals(changes, before.declared, after.declared, owners, file_of)
    compared = None if preview is None else beside(changes, preview)
    return Review(before, after, at, changes, needed, compared)


def _sides(
    repository: Repository,
    folder: tuple[Path, PurePosixPath],
    base: tuple[str, str],
    head: tuple[str | None, str | None],
) -> tuple[Revision, Revision]:
    path, below = folder
    old = declared_files(repository, base[1], below)
    if head[0] is None or head[1] is None:
        before = revision_of_commit(repository, *base, below, old)
        return before, revision_of_working_tree(path, below)
    new = declared_files(repository, head[1], below)
    stacks = _stacks_that_differ(old, new, below)
    if stacks is not None:
        if not stacks:
            return Revision(*base, Declared()), Revision(head[0], head[1], Declared())
        old = [b for b in old if _stack(b, below) in (None, *stacks)]
        new = [b for b in new if _stack(b, below) in (None, *stacks)]
    before = revision_of_commit(repository, *base, below, old)
    return before, _not_empty(revision_of_commit(repository, head[0], head[1], below, new))


def _stacks_that_differ(
    old: list[Blob], new: list[Blob], below: PurePosixPath
) -> frozenset[str] | None:
    """The stacks whose files differ, where no other has to be read: what all stacks share is the
    same, no link could make a file count twice, and both sides have keys among them."""
    if any(blob.is_link for blob in (*old, *new)):
        return None
    differing = {_stack(blob, below) for blob in set(old) ^ set(new)}
    stacks = frozenset(stack for stack in differing if stack is not None)
    if None in differing:
        return None
    for side in (old, new) if stacks else ():
        if not any(_stack(b, below) in stacks for b in side if "keys" in b.path.parts):
            return None
    return stacks


def _stack(blob: Blob, below: PurePosixPath) -> str | None:
    """The folder that a file is in; None for what all stacks share."""
    parts = blob.path.relative_to(below).parts
    return parts[0] if len(parts) > 1 else None


def _not_empty(head: Revision) -> Revision:
    """A head without the folder does not load: a change may not end by declaring nothing."""
    if head.trouble is None:
        return head
    return Revision(head.name, head.commit, None, trouble=head.trouble)


def _code_owners(repository: Repository, commit: str) -> CodeOwners:
    """The base's own CODEOWNERS: no pull request chooses its reviewers by editing it."""
    found = {
        str(blob.path): blob
        for place in PLACES
        for blob in repository.files(commit, PurePosixPath(place))
        if not blob.is_link and blob.size <= LARGEST
    }
    first = next((found[place] for place in PLACES if place in found), None)
    if first is None:
        return CodeOwners()
    [(_, content)] = repository.contents([first])
    return parse_codeowners(content.decode(errors="replace"))
