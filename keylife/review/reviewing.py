"""The review of one change: read both sides, compare them, say who has to agree."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path, PurePosixPath

from keylife.errors import UsageError
from keylife.review.approvals import approvals
from keylife.review.change import Noun, Subject
from keylife.review.codeowners import LARGEST, PLACES, CodeOwners, parse_codeowners
from keylife.review.compare import compare
from keylife.review.preview import Preview, beside
from keylife.review.repository import Repository
from keylife.review.review import Review
from keylife.review.revision import Revision, revision_of_commit, revision_of_working_tree


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
    before = revision_of_commit(repository, base, old, below)
    if head is None or new is None:
        after = revision_of_working_tree(folder, below)
    else:
        after = _not_empty(revision_of_commit(repository, head, new, below))
    if before.declared is None or after.declared is None:
        return Review(before, after, at, ())
    changes = compare(before.declared, after.declared, repository.changed_paths(old, new), at)

    def file_of(subject: Subject) -> PurePosixPath | None:
        if subject.noun in (Noun.WAIVER, Noun.RULE, Noun.LIMITS):
            return below / "keylife.yaml"
        place = after.place(subject) or before.place(subject)
        return None if place is None else PurePosixPath(place.file)

    owners = _code_owners(repository, old)
    needed = approvals(changes, before.declared, after.declared, owners, file_of)
    compared = None if preview is None else beside(changes, preview)
    return Review(before, after, at, changes, needed, compared)


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
