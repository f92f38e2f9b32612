"""Replace a file's content in one step: either the old text stands there or the new one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path


class ChangedMeanwhileError(Exception):
    """The file no longer has the content that the new one was made from."""


@contextlib.contextmanager
def sole_editor(folder: Path) -> Iterator[None]:
    """Hold the folder against other editors of keylife; waits until they are done.

    Two people who revoke two keys of one file at once must both be heard.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def replace(path: Path, old: bytes, new: bytes) -> None:
    """Write ``new`` where ``old`` stands, keeping the file's mode.

    The new content is on disk before the name points at it, and the name is on disk before this
    returns.

    Raises:
        ChangedMeanwhileError: the file's content is not ``old``; it is left alone.
        OSError: the disk said no; the file is left alone.
    """
    replace_all([(path, old, new)])


def replace_all(changes: Sequence[tuple[Path, bytes, bytes]]) -> None:
    """Write several files, or none: each with its old and its new content.

    All new contents are on disk before the first name points at one; if a later name cannot be
    changed, the earlier ones get their old content back. A process that is killed just between
    two names leaves the files before with the new content.

    Raises:
        ChangedMeanwhileError: a file's content is not the old one; all are left alone.
        OSError: the disk said no; all are left alone.
    """
    drafts: list[Path] = []
    replaced: list[tuple[Path, bytes]] = []
    try:
        for path, _, new in changes:
            drafts.append(_draft(path, new))
        for path, old, _ in changes:
            if path.read_bytes() != old:
                raise ChangedMeanwhileError(path)
        for (path, old, _), draft in zip(changes, drafts, strict=True):
            draft.replace(path)
            replaced.append((path, old))
    except BaseException:
        for path, old in replaced:
            _draft(path, old).replace(path)
        for draft in drafts:
            draft.unlink(missing_ok=True)
        raise
    for folder in dict.fromkeys(path.parent for path, _, _ in changes):
        _sync_folder(folder)


def _draft(path: Path, content: bytes) -> Path:
    """The content in a file beside it, with its mode, on disk."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(descriptor, stat.S_IMODE(path.stat().st_mode))
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return draft


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
