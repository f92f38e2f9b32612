"""A witness in a file, on another disk or machine: one line a head, only ever appended."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Sequence
from pathlib import Path

from keylife.audit.errors import WitnessError


class FileWitness:
    """Heads in a file. Where the file system can, ``chattr +a`` makes it hold against more."""

    def __init__(self, path: Path, log: str) -> None:
        """For the log of that name; the file may be other logs' witness, too."""
        self.path = path
        self._begin = f"{log}\n"
        self.name = f"file {path}"

    def latest(self) -> str | None:
        """The note it took last."""
        notes = self.notes()
        return notes[-1] if notes else None

    def notes(self) -> Sequence[str]:
        """Every note it has of this log; half a line at the end, as a crash leaves it, is none."""
        try:
            raw = self.path.read_bytes() if self.path.exists() else b""
        except OSError as error:
            raise self._failed(error) from None
        whole, _, _ = raw.rpartition(b"\n")
        notes = [self._note(line) for line in whole.splitlines() if line]
        return [note for note in notes if note.startswith(self._begin)]

    def add(self, note: str) -> None:
        """Append a line, and wait until it is on the disk."""
        line = json.dumps({"head": note}).encode() + b"\n"
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                size = os.fstat(handle).st_size
                if size and os.pread(handle, 1, size - 1) != b"\n":
                    line = b"\n" + line
                if os.write(handle, line) != len(line):
                    raise WitnessError(self.name, "the disk took only part of the line")
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise self._failed(error) from None

    def _note(self, line: bytes) -> str:
        try:
            note = json.loads(line)["head"]
        except (ValueError, KeyError, TypeError):
            raise WitnessError(self.name, "a line in it is no head") from None
        if not isinstance(note, str):
            raise WitnessError(self.name, "a line in it is no head")
        return note

    def _failed(self, error: OSError) -> WitnessError:
        return WitnessError(self.name, error.strerror or type(error).__name__)
