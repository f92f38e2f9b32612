"""The tombstones of keys that were killed past review, as a change that waits for its review.

On a branch of its own, so that the work tree of whoever is on call stays as it is.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from keylife.declarations.edit import declare_revocation
from keylife.declarations.leaving import revoke_keys
from keylife.declarations.replacement import sole_editor
from keylife.errors import KeylifeError
from keylife.model.revocation import Tombstone


def propose(
    folder: Path,
    declared: Path,
    stack: str,
    keys: Sequence[str],
    tombstone: Tombstone,
    *,
    branch: str,
) -> str:
    """Write tombstones, as one commit on a branch, or where there is no git into the files.

    Nothing here stops a kill: what cannot be written is said, with what to do.

    Args:
        folder: the Pulumi project's.
        declared: the folder of the declarations.
        stack: its full name.
        keys: which were killed; those that are declared nowhere need no tombstone there.
        tombstone: what their declarations are to say.
        branch: the branch's name.

    Returns:
        In words, where they are.
    """
    name = stack.rpartition("/")[2]
    whose, whom = _worded(keys)
    try:
        top = _git(folder, "rev-parse", "--show-toplevel")
    except _GitError:
        return _in_place(declared, name, keys, tombstone)
    try:
        with _tree(Path(top), branch) as tree:
            there = tree / declared.resolve().relative_to(Path(top).resolve())
            changed = _written(there, name, keys, tombstone)
            _git(tree, "add", "--", *map(str, changed))
            told = f"Revoke {whom}: {tombstone.reason}\n\nKilled already. {tombstone.ref}"
            if tombstone.approved_by is not None:
                told = f"{told}\n\nApproved-by: {tombstone.approved_by}"
            _git(tree, "commit", "--quiet", "--no-verify", "--message", told)
    except (_GitError, KeylifeError) as error:
        again = f"`keylife revoke {keys[0]}` writes it" if len(keys) == 1 else "write them by hand"
        return f"{whose} not written ({error}): {again}"
    return f"{whose} on branch {branch}: review and merge it before the next deploy"


def _worded(keys: Sequence[str]) -> tuple[str, str]:
    if len(keys) == 1:
        return "its tombstone is", keys[0]
    return "their tombstones are", f"{len(keys)} keys ({', '.join(keys)})"


def _in_place(declared: Path, stack: str, keys: Sequence[str], tombstone: Tombstone) -> str:
    try:
        changed = _written(declared, stack, keys, tombstone)
    except KeylifeError as error:
        return str(error)
    return f"{_worded(keys)[0]} in {', '.join(path.name for path in changed)}"


def _written(
    declared: Path, stack: str, keys: Sequence[str], tombstone: Tombstone
) -> Sequence[Path]:
    """Write the tombstones; the files that were changed."""
    if len(keys) == 1:
        return [declare_revocation(declared, stack, keys[0], tombstone)]
    with sole_editor(declared):
        edits = revoke_keys(declared, stack, keys, tombstone).edits
        edits.write()
    return list(edits.contents)


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
