"""The tombstone of a key that was killed past review, as a change that waits for its review.

On a branch of its own, so that the work tree of whoever is on call stays as it is.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keylife.declarations.edit import declare_revocation
from keylife.errors import KeylifeError, UsageError
from keylife.model.revocation import Tombstone


def propose(folder: Path, declared: Path, stack: str, key: str, tombstone: Tombstone) -> str:
    """Write a key's tombstone, as a commit on a branch, or where there is no git into the file.

    Nothing here stops a kill: what cannot be written is said, with what to do.

    Args:
        folder: the Pulumi project's.
        declared: the folder of the declarations.
        stack: its full name.
        key: which was killed.
        tombstone: what its declaration is to say.

    Returns:
        In words, where it is.
    """
    name = stack.rpartition("/")[2]
    try:
        top = _git(folder, "rev-parse", "--show-toplevel")
    except _GitError:
        return _in_place(declared, name, key, tombstone)
    branch = f"keylife/revoke-{key}"
    try:
        with _tree(Path(top), branch) as tree:
            there = tree / declared.resolve().relative_to(Path(top).resolve())
            changed = declare_revocation(there, name, key, tombstone)
            _git(tree, "add", "--", str(changed))
            told = f"Revoke {key}: {tombstone.reason}\n\nKilled already. {tombstone.ref}"
            _git(tree, "commit", "--quiet", "--no-verify", "--message", told)
    except (_GitError, KeylifeError) as error:
        return f"its tombstone is not written ({error}): `keylife revoke {key}` writes it"
    return f"its tombstone is on branch {branch}: review and merge it before the next deploy"


def _in_place(declared: Path, stack: str, key: str, tombstone: Tombstone) -> str:
    try:
        changed = declare_revocation(declared, stack, key, tombstone)
    except UsageError as error:
        return str(error)
    return f"its tombstone is in {changed.name}"


@contextmanager
def _tree(top: Path, branch: str) -> Iterator[Path]:
    """A work tree of its own, on a branch that begins where the repository is now."""
    with tempfile.TemporaryDirectory(prefix="keylife-") as beside:
        tree = Path(beside) / "tree"
        _git(top, "worktree", "add", "--quiet", "--force", "-B", branch, str(tree), "HEAD")
        try:
            yield tree
        finally:
            _git(top, "worktree", "remove", "--force", str(tree))


class _GitError(Exception):
    """git said no."""


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise _GitError(type(error).__name__) from None
    if done.returncode != 0:
        raise _GitError("".join(done.stderr.strip().splitlines()[-1:]))
    return done.stdout.strip()
