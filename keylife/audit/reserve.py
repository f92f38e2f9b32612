"""The reserve: room on the disk for the record of revokes, taken while there was room.

A file of fixed size, all of its blocks written once when it is made, so that a disk that is full
later still takes what is put there. A record begins at a slot and says how long it is and what it
must hash to; what a crash tore does not count, and the next record takes its place. Merging it into
the log and emptying it are two steps: what is merged twice is recorded once, by its number.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from keylife.audit.errors import ReserveError, ReserveUsedUpError
from keylife.audit.folder import make_folder

SLOT = 4096
SLOTS = 1024
"""So many events of up to some 4,000 bytes; a longer one takes several slots."""

_MAGIC = b"keylife reserve 1\n"
_HEADER = struct.Struct("<18s16sQ")
"""Magic, the file's id, its generation: how often it was emptied."""

_RECORD = struct.Struct("<8sQII32s")
"""Magic, generation, number, length, SHA-256 of generation, number and content."""

_RECORD_MAGIC = b"klrecord"


class Reserved(NamedTuple):
    """A record of the reserve."""

    once: str
    """The name by which it goes into the log once: its own, or its number's."""

    content: bytes


class Record(NamedTuple):
    """What is put into it."""

    content: bytes
    """Without a line break."""

    once: str | None = None
    """The name by which it is recorded once, here as in the log; without a line break."""


@dataclass
class _Known:
    """What was in the file when it was looked at last; records are only ever added to it."""

    generation: int
    slot: int = 1
    """The first free one."""

    number: int = 0
    """Of the last record."""

    names: set[str | None] = field(default_factory=set)


class Reserve:
    """The reserve in a file; several processes may use it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: int | None = None
        self._known = _Known(-1)

    def __del__(self) -> None:
        if self._handle is not None:
            os.close(self._handle)

    def prepare(self) -> None:
        """Make the file, if it is not there, with every block of it on the disk.

        Raises:
            ReserveError: the disk has no room for it, or the file is of something else.
        """
        if not self.path.exists():
            self._make()
        with self._open(exclusive=False) as handle:
            self._header(handle)

    def _make(self) -> None:
        draft = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}")
        size = SLOT * (SLOTS + 1)
        try:
            make_folder(self.path)
            handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(handle, 0, size)
                header = _HEADER.pack(_MAGIC, secrets.token_bytes(16), 0)
                # written, not only promised: some file systems allocate at the first write
                _write(handle, header + bytes(size - len(header)), 0)
                os.fsync(handle)
                os.link(draft, self.path)
            except FileExistsError:
                pass  # somebody else was first, and theirs is as good
            finally:
                os.close(handle)
                draft.unlink()
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise self._failed(error) from None

    def add(self, records: Sequence[Record]) -> None:
        """Put records behind the others; they are on the disk when this returns. What is there
        by its name already is not put there again.

        Raises:
            ReserveUsedUpError: there is no room for them; none of them is recorded.
            ReserveError: the file cannot be used; nothing is known of them.
        """
        with self._open(exclusive=True) as handle:
            known = self._caught_up(handle)
            written, number, names = bytearray(), known.number, set(known.names)
            for record in records:
                if record.once is None or record.once not in names:
                    number += 1
                    names.add(record.once)
                    raw = _sealed(known.generation, number, _packed(record))
                    written += raw + bytes(-len(raw) % SLOT)
            if known.slot * SLOT + len(written) > SLOT * (SLOTS + 1):
                raise ReserveUsedUpError(self.path, f"is used up: it holds {known.number} events")
            _write(handle, bytes(written), known.slot * SLOT)
            os.fdatasync(handle)

    def _caught_up(self, handle: int) -> _Known:
        """What is in the file, read on from what was there the last time."""
        generation = self._header(handle)[1]
        if self._known.generation != generation:
            self._known = _Known(generation)
        known = self._known
        for begin, number, raw in self._records(handle, generation, known.slot, known.number + 1):
            known.slot, known.number = begin + _slots(raw), number
            known.names.add(_unpacked(raw).once)
        return known

    @contextmanager
    def held(self) -> Iterator[Sequence[Reserved]]:
        """What is in it, in the order it was put there. Whoever holds it empties it by leaving
        without an error; nobody adds to it meanwhile.

        Raises:
            ReserveError: the file cannot be used.
        """
        with self._open(exclusive=True) as handle:
            file_id, generation = self._header(handle)
            found = []
            for _, number, raw in self._records(handle, generation):
                record = _unpacked(raw)
                name = f"reserve/{file_id.hex()}/{generation}/{number}"
                found.append(Reserved(record.once or name, record.content))
            yield found
            if found:
                _write(handle, _HEADER.pack(_MAGIC, file_id, generation + 1), 0)
                os.fsync(handle)

    def is_empty(self) -> bool:
        """Whether nothing is in it; so is one that was never made.

        Asked before each event, so it looks at the first record's mark alone, through a file that
        stays open: the file is never replaced.

        Raises:
            ReserveError: the file cannot be used.
        """
        try:
            if self._handle is None:
                self._handle = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            generation = self._header(self._handle)[1]
            mark = os.pread(self._handle, len(_RECORD_MAGIC) + 12, SLOT)
        except FileNotFoundError:
            return True
        except OSError as error:
            raise self._failed(error) from None
        return mark != _RECORD_MAGIC + struct.pack("<QI", generation, 1)

    def count(self) -> int:
        """How many events it holds.

        Raises:
            ReserveError: the file cannot be used.
        """
        if not self.path.exists():
            return 0
        with self._open(exclusive=False) as handle:
            return sum(1 for _ in self._records(handle, self._header(handle)[1]))

    @contextmanager
    def _open(self, *, exclusive: bool) -> Iterator[int]:
        try:
            handle = self._handle_of_its_own()
            try:
                fcntl.flock(handle, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
                yield handle
            finally:
                os.close(handle)
        except OSError as error:
            raise self._failed(error) from None

    def _handle_of_its_own(self) -> int:
        """A new handle, for locks are a handle's. In a process that may open nothing more it takes
        the place of the one that stays open."""
        try:
            return os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE) or self._handle is None:
                raise
        os.close(self._handle)
        self._handle = None
        return os.open(self.path, os.O_RDWR | os.O_CLOEXEC)

    def _header(self, handle: int) -> tuple[bytes, int]:
        raw = os.pread(handle, _HEADER.size, 0)
        if len(raw) < _HEADER.size or not raw.startswith(_MAGIC):
            raise ReserveError(self.path, "it is no reserve of keylife's")
        _, file_id, generation = _HEADER.unpack(raw)
        return file_id, generation

    def _records(
        self, handle: int, generation: int, slot: int = 1, number: int = 1
    ) -> Iterator[tuple[int, int, bytes]]:
        """Slot, number and content of each whole record from one on, up to the first that is
        none."""
        while slot <= SLOTS:
            raw = os.pread(handle, SLOT, slot * SLOT)
            if len(raw) < SLOT:
                return
            magic, of, found, length, _ = _RECORD.unpack_from(raw)
            if (magic, of, found) != (_RECORD_MAGIC, generation, number):
                return
            if _RECORD.size + length > SLOT:
                raw = os.pread(handle, _RECORD.size + length, slot * SLOT)
            content = raw[_RECORD.size : _RECORD.size + length]
            if not raw.startswith(_sealed(generation, number, content)):
                return
            yield slot, number, content
            slot, number = slot + _slots(content), number + 1

    def _failed(self, error: OSError) -> ReserveError:
        return ReserveError(self.path, error.strerror or type(error).__name__)


def _packed(record: Record) -> bytes:
    return (record.once or "").encode() + b"\n" + record.content


def _unpacked(raw: bytes) -> Record:
    name, _, content = raw.partition(b"\n")
    return Record(content, name.decode() or None)


def _sealed(generation: int, number: int, content: bytes) -> bytes:
    checked = sha256(struct.pack("<QI", generation, number) + content).digest()
    head = _RECORD.pack(_RECORD_MAGIC, generation, number, len(content), checked)
    return head + content


def _slots(content: bytes) -> int:
    return -(-(_RECORD.size + len(content)) // SLOT)


def _write(handle: int, raw: bytes, offset: int) -> None:
    done = 0
    while done < len(raw):
        done += os.pwrite(handle, raw[done:], offset + done)
