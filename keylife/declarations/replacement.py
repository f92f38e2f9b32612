"""Replace a file's content in one step: either the old text stands there or the new one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
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
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(new)
            os.fchmod(descriptor, stat.S_IMODE(path.stat().st_mode))
            file.flush()
            os.fsync(descriptor)
        if path.read_bytes() != old:
            raise ChangedMeanwhileError
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
