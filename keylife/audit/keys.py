"""The key that signs the log's heads, in a file of its owner's alone."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from keylife.audit.errors import AuditKeyError
from keylife.audit.folder import make_folder
from keylife.audit.note import BadNoteError, Signer


@dataclass(frozen=True)
class Keys:
    """Where the log's key is."""

    path: Path

    def existing(self) -> Signer:
        """The key of a log that has entries.

        Raises:
            AuditKeyError: it is not to be had.
        """
        return read_key(self.path)

    def existing_or_new(self) -> Signer:
        """The key, made now if there is none: for a log without entries.

        Raises:
            AuditKeyError: it is not to be had, and cannot be made.
        """
        return read_key(self.path) if self.path.exists() else make_key(self.path)


def read_key(path: Path) -> Signer:
    """The key in a file.

    Raises:
        AuditKeyError: it cannot be read, others may read it, or it is no key.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(handle, encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(handle).st_mode)
            text = file.read(4096)
    except FileNotFoundError:
        raise AuditKeyError(path, "it is not there") from None
    except OSError as error:
        raise AuditKeyError(path, error.strerror or type(error).__name__) from None
    except UnicodeDecodeError:
        raise AuditKeyError(path, "it is no signing key") from None
    if mode & 0o077:
        raise AuditKeyError(path, f"others may read it (its mode is {mode:o}, not 600)")
    try:
        return Signer.parse(text)
    except BadNoteError as error:
        raise AuditKeyError(path, str(error)) from None


def make_key(path: Path) -> Signer:
    """A new key in a file, or the one that somebody else made there at the same moment.

    The log is named after the key: ``keylife-audit-`` and 16 random hexadecimal digits.

    Raises:
        AuditKeyError: the file cannot be written.
    """
    made = Signer.make(f"keylife-audit-{secrets.token_hex(8)}")
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        make_folder(path)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(f"{made.secret()}\n")
                file.flush()
                os.fsync(handle)
            with suppress(FileExistsError):
                os.link(draft, path)  # unlike a rename, it never takes another's place
        finally:
            draft.unlink()
        _sync(path.parent)
    except OSError as error:
        raise AuditKeyError(path, error.strerror or type(error).__name__) from None
    return read_key(path)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
