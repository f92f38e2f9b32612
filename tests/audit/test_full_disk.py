"""P21: on a disk that is really full grants are refused, and kills go on until the reserve ends."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from keylife.audit.entry import read_event
from keylife.audit.log import Log
from keylife.audit.reserve import SLOTS
from keylife.audit.rows import Rows
from keylife.audit.verify import Seen, verify
from keylife.errors import EventLogError
from keylife.evidence.event import What
from keylife.store.database import open_database
from tests.audit.events import event
from tests.audit.logs import open_log


class Disk:
    """A small disk that can be filled to its last byte, and emptied."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ballast = folder / "ballast"

    def fill(self) -> None:
        handle = os.open(self.ballast, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        size = 1 << 16
        while size:
            try:
                os.write(handle, bytes(size))
            except OSError as error:
                assert error.errno == errno.ENOSPC
                size //= 2
        os.close(handle)

    def empty(self) -> None:
        self.ballast.unlink()


class Limited(Disk):
    """Where nobody may mount a disk: no file may grow any more, which a process can ask for."""

    def fill(self) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        largest = max(path.stat().st_size for path in self.folder.iterdir() if "wal" in path.name)
        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, self._before[1]))

    def empty(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "keylife-test", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        yield Limited(folder)
        return
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path / "disk") as disk:
        yield disk


def grants_until_refused(log: Log) -> int:
    """How many events the log still took: what was written before may be written over."""
    for taken in range(2_000):
        try:
            log.append(event(taken + 1, What.ISSUING))
        except EventLogError as error:
            assert "cannot be written" in str(error)
            return taken
    raise AssertionError("the disk is not full")


def test_a_full_disk_stops_grants_and_no_kill_until_the_reserve_is_used_up(disk: Disk) -> None:
    database = open_database(f"sqlite:///{disk.folder / 'store.db'}")
    warnings: list[str] = []
    log = open_log(database, disk.folder, warnings=warnings)
    log.append(event(1, What.ISSUED))
    disk.fill()
    taken = grants_until_refused(log)
    warnings.clear()

    for number in range(SLOTS):
        log.append(event(number, What.REVOKED), once=f"kill {number}")
    with pytest.raises(EventLogError, match="used up: it holds 1024 events"):
        log.append(event(SLOTS, What.REVOKED), once="one too many")
    with pytest.raises(EventLogError):
        log.append(event(1, What.ISSUED))
    assert len(warnings) == SLOTS
    assert "the disk is full" in warnings[0] or "I/O" in warnings[0]

    disk.empty()
    log.append(event(9_999, What.ISSUED))
    note = log.head()
    assert note is not None
    told = [read_event(row.entry) for row in Rows(database)]
    assert [(one.what, one.version) for one in told[1 + taken :]] == [
        *((What.REVOKED, number) for number in range(SLOTS)),
        (What.ISSUED, 9_999),
    ]
    found = verify(Rows(database), log.verifier(), [Seen("saved head", note)])
    assert found.findings == []
    assert log.reserve.is_empty()
    log.close()
    database.close()


def test_where_there_is_no_room_for_the_reserve_nothing_is_granted(disk: Disk) -> None:
    database = open_database(f"sqlite:///{disk.folder / 'store.db'}")
    log = open_log(database, disk.folder)
    if isinstance(disk, Limited):
        disk.fill()
    else:
        disk.ballast.write_bytes(bytes(6 << 20))

    with pytest.raises(EventLogError, match="reserve"):
        log.append(event(1, What.ISSUING))

    disk.empty()
    log.append(event(2, What.ISSUING))
    assert [read_event(row.entry).version for row in Rows(database)] == [2]
    log.close()
    database.close()
