"""The local event log: one JSON line an event, only ever appended to.

It is where events stand that were recorded before there was a store, or while it could not be
used. The tamper-evident log (``keylife.audit``) stands on the same seam: whatever records events
need only have ``append``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from keylife.errors import EventLogError, UsageError
from keylife.evidence.event import Event


class EventSink(Protocol):
    """Whatever keeps events."""

    def append(self, event: Event) -> None:
        """Record one event durably.

        Raises:
            EventLogError: it could not be recorded.
        """
        ...


@dataclass(frozen=True)
class Record:
    """What a log says."""

    events: tuple[Event, ...]
    unreadable: int
    """Lines that are no event, such as half a line that a crash left: counted, never hidden."""


class EventLog:
    """A file of events."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, event: Event) -> None:
        """Append one line and wait until it is on the disk.

        One ``write`` to a file opened for appending: lines of several processes do not mix.

        Raises:
            EventLogError: the file cannot be written.
        """
        line = event.model_dump_json(exclude_none=True).encode() + b"\n"
        try:
            if not self.path.parent.is_dir():
                self.path.parent.mkdir(parents=True, exist_ok=True)
                # else the log itself would make every later event one of an unclean work tree
                (self.path.parent / ".gitignore").write_text("*\n", encoding="utf-8")
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                if self._torn():
                    line = b"\n" + line  # a crash left half a line: do not glue this one to it
                if os.write(handle, line) != len(line):
                    raise EventLogError(self.path, "the disk took only part of the line")
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise EventLogError(self.path, error.strerror or type(error).__name__) from error

    def read(self) -> Record:
        """Every event in the order it was recorded.

        Raises:
            UsageError: the file exists and cannot be read.
        """
        events: list[Event] = []
        unreadable = 0
        try:
            lines = self.path.read_bytes().splitlines() if self.path.exists() else []
        except OSError as error:
            raise UsageError(f"{self.path} cannot be read: {error.strerror}") from error
        for line in filter(None, lines):  # an empty one is the end of a line that was torn
            try:
                events.append(Event.model_validate_json(line))
            except ValidationError:
                unreadable += 1
        return Record(tuple(events), unreadable)

    def _torn(self) -> bool:
        size = self.path.stat().st_size
        if size == 0:
            return False
        with self.path.open("rb") as file:
            file.seek(size - 1)
            return file.read(1) != b"\n"
