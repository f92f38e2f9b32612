"""P21: a disk that breaks at any write: nothing is said to be done that is not, and kills go on.

Injected, at every place where keylife itself calls the operating system to write: the error comes
from the call. Real: a disk that may only be read, files that may not grow, no file descriptor
left. SQLite's own writing is broken by really forbidding it, and, for the one error that nothing
here can bring about (EIO), by what its driver raises then.
"""

from __future__ import annotations

import errno
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from shutil import copyfile
from typing import Any
from unittest.mock import patch

import pytest

from keylife.audit import rows
from keylife.audit.entry import read_event
from keylife.audit.errors import WitnessError
from keylife.audit.file_witness import FileWitness
from keylife.audit.git_witness import GitWitness
from keylife.audit.log import Log
from keylife.audit.rows import Rows
from keylife.audit.verify import Seen, verify
from keylife.errors import EventLogError, KeylifeError
from keylife.evidence.event import What
from keylife.store.backup import backup
from keylife.store.database import Database, open_database
from tests.audit.events import event
from tests.audit.logs import open_log

CALLS = ("open", "write", "pwrite", "fsync", "fdatasync", "posix_fallocate", "link")
BROKEN = (errno.EIO, errno.ENOSPC, errno.EROFS, errno.EMFILE)

SITES = (
    "keylife.audit.file_witness add fsync",
    "keylife.audit.file_witness add open",
    "keylife.audit.file_witness add write",
    "keylife.audit.keys _sync fsync",
    "keylife.audit.keys _sync open",
    "keylife.audit.keys make_key fsync",
    "keylife.audit.keys make_key link",
    "keylife.audit.keys make_key open",
    "keylife.audit.keys read_key open",
    "keylife.audit.reserve _make fsync",
    "keylife.audit.reserve _make link",
    "keylife.audit.reserve _make open",
    "keylife.audit.reserve _make posix_fallocate",
    "keylife.audit.reserve _handle_of_its_own open",
    "keylife.audit.reserve _write pwrite",
    "keylife.audit.reserve add fdatasync",
    "keylife.audit.reserve held fsync",
    "keylife.audit.reserve is_empty open",
    "keylife.store.backup _sync fsync",
    "keylife.store.backup _sync open",
    "keylife.store.backup backup link",
    "keylife.store.backup backup open",
    "keylife.store.database _make_file open",
)
"""Where keylife itself asks for something to be written; SQLite and git do the rest."""


@dataclass
class Breaking:
    """Stands in for calls of the operating system, at one place of keylife's."""

    site: str = ""
    code: int = 0
    met: set[str] = field(default_factory=set)
    struck: int = 0

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """From here to the end calls come by here."""
        with ExitStack() as patched:
            for name in CALLS:
                instead = self._instead(name, getattr(os, name))
                patched.enter_context(patch.object(os, name, instead))
            yield

    def _instead(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any, **named: Any) -> Any:
            frame = sys._getframe(1)
            module = frame.f_globals.get("__name__", "")
            if module.startswith(("keylife.audit", "keylife.store")):
                site = f"{module} {frame.f_code.co_name} {name}"
                self.met.add(site)
                if site == self.site:
                    self.struck += 1
                    raise OSError(self.code, os.strerror(self.code))
            return call(*given, **named)

        return called


@dataclass
class Life:
    """A store, its log and its witness on one disk, and what was said to be done there."""

    folder: Path
    recorded: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'store.db'}"

    @contextmanager
    def log(self) -> Iterator[Log]:
        witness = self.folder / "heads"
        with closing(open_database(self.url)) as database:
            log = open_log(database, self.folder)
            log.witnesses = lambda verifier: [FileWitness(witness, verifier.name)]
            with closing(log):
                yield log

    def try_to(self, log: Log, number: int, what: What) -> None:
        """Record an event; whether it was, is remembered."""
        try:
            log.append(event(number, what), once=f"event {number}")
        except EventLogError:
            self.refused.append(number)
        else:
            self.recorded.append(number)

    def live(self) -> None:
        """A grant, a kill while the database takes nothing, another of each; a backup."""
        with suppress(KeylifeError), self.log() as log:
            self.try_to(log, 1, What.ISSUED)
            with database_breaks():
                self.try_to(log, 2, What.REVOKED)
                self.try_to(log, 3, What.ISSUED)
            self.try_to(log, 4, What.REVOKED)
            self.try_to(log, 5, What.ISSUED)
            kept = self.folder / "backup.db"
            with suppress(KeylifeError):
                backup(log.database, kept)
                with closing(sqlite3.connect(kept)) as found:
                    assert found.execute("PRAGMA quick_check").fetchone() == ("ok",)

    def told(self, database: Database) -> list[int]:
        return [read_event(row.entry).version or 0 for row in Rows(database)]

    def heals(self) -> None:
        """All that was said to be recorded is, once; and it goes on from there."""
        with self.log() as log:
            log.append(event(6, What.ISSUED))
            told = self.told(log.database)
            assert {*self.recorded} <= {*told}, "said to be recorded, and is not"
            assert len({*told}) == len(told), "recorded twice"
            assert log.reserve.is_empty()
            note = log.head()
            assert note is not None
            assert verify(Rows(log.database), log.verifier(), [Seen("head", note)]).findings == []


@contextmanager
def database_breaks() -> Iterator[None]:
    """SQLite finds that the disk breaks as it writes: what its driver then raises."""

    def insert(*_: Any) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
        raise error

    with patch.object(rows._Sqlite, "insert", insert):
        yield


@pytest.fixture
def life(tmp_path: Path) -> Life:
    folder = tmp_path / "disk"
    folder.mkdir()
    return Life(folder)


def test_every_place_that_writes_is_broken_below(life: Life) -> None:
    """A new one fails here, until it is on the list."""
    breaking = Breaking()
    with breaking.in_force():
        life.live()

    assert sorted(breaking.met) == sorted(SITES)
    assert life.recorded == [1, 2, 4, 5]
    assert life.refused == [3]
    life.heals()


@pytest.mark.parametrize("site", SITES)
def test_a_place_that_breaks_makes_nothing_be_said_that_is_not_so(
    tmp_path: Path, site: str, long: bool
) -> None:
    number = SITES.index(site)
    made = tmp_path / "store.db"
    if "store.database" not in site:  # to make one takes longer than everything else
        open_database(f"sqlite:///{made}").close()
    for code in BROKEN if long else BROKEN[number % len(BROKEN) :][:1]:
        life = Life(tmp_path / errno.errorcode[code])
        life.folder.mkdir()
        if made.exists():
            copyfile(made, life.folder / made.name)
        broken_there(life, Breaking(site, code))


def broken_there(life: Life, breaking: Breaking) -> None:
    """Live with one place broken, and hold what was said against what is so."""
    with breaking.in_force():
        life.live()
    assert breaking.struck

    assert 3 not in life.recorded, "a grant while the database takes nothing"
    if "audit.reserve" not in breaking.site and "database" not in breaking.site:
        assert {2, 4} <= {*life.recorded}, "a kill that only the log or a witness was in the way of"
    life.heals()


def test_a_disk_that_may_only_be_read_takes_no_grant_and_kills_wait_for_nobody(
    tmp_path: Path,
) -> None:
    """Really: the file system is mounted anew for reading, where that can be done."""
    folder = tmp_path / "disk"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", "size=16m", "keylife-test", str(folder)]
    subprocess.run(["mount", *options], capture_output=True, check=False)
    life, elsewhere = Life(folder), tmp_path / "elsewhere"
    elsewhere.mkdir()
    try:
        with closing(open_database(life.url)) as database:
            log = open_log(database, elsewhere)  # the reserve is on a disk that still takes
            life.try_to(log, 1, What.ISSUED)
            with read_only(folder, log):
                life.try_to(log, 2, What.ISSUED)
                life.try_to(log, 3, What.REVOKED)
            life.try_to(log, 4, What.ISSUED)
            assert (life.recorded, life.refused) == ([1, 3, 4], [2])
            assert life.told(database) == [1, 3, 4]
            log.close()
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)


@contextmanager
def read_only(folder: Path, log: Log) -> Iterator[None]:
    """Mounted for reading only; who may not mount has files that nobody may write."""
    log.close()  # whoever holds a file open for writing keeps a disk from becoming so
    log.database.close()
    mounted = ["mount", "-o", "remount,ro", str(folder)]
    if subprocess.run(mounted, capture_output=True, check=False).returncode == 0:
        yield
        subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)
        return
    found = [folder, *folder.iterdir()]
    for path in found:
        path.chmod(0o500 if path is folder else 0o400)
    yield
    for path in found:
        path.chmod(0o700 if path is folder else 0o600)


def alone(what: Callable[[], None]) -> None:
    """Do something in a process of its own, whose limits nobody else has."""
    process = get_context("fork").Process(target=what)
    process.start()
    process.join(60)
    assert process.exitcode == 0


def test_without_a_file_descriptor_left_kills_go_into_the_reserve(life: Life) -> None:
    """Really: the process has used up all that it may have."""

    def exhausted() -> None:
        with life.log() as log:
            life.try_to(log, 1, What.ISSUED)
            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
            taken = []
            with suppress(OSError):
                while True:
                    taken.append(os.open(os.devnull, os.O_RDONLY))
            with database_breaks():
                life.try_to(log, 2, What.ISSUED)
                life.try_to(log, 3, What.REVOKED)
                life.try_to(log, 4, What.REVOKED)
            assert (life.recorded, life.refused) == ([1, 3, 4], [2])
            for handle in taken:
                os.close(handle)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            life.try_to(log, 5, What.ISSUED)
            assert life.told(log.database) == [1, 3, 4, 5]

    alone(exhausted)


@pytest.mark.parametrize("limit", ["size", "descriptors"])
def test_a_git_witness_whose_disk_takes_nothing_keeps_what_it_has(
    tmp_path: Path, limit: str
) -> None:
    """Really: git itself is not let write, or not let open. No event waits for it."""
    repository = tmp_path / "keys"
    repository.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=repository, check=True)

    def hindered() -> None:
        with closing(open_database(f"sqlite:///{tmp_path / 'store.db'}")) as database:
            log = open_log(database, tmp_path)
            log.witnesses = lambda verifier: [GitWitness(repository, verifier.name)]
            log.append(event(1, What.ISSUED))
            [witness] = log.witnesses(log.verifier())
            first = witness.latest()
            assert first is not None
            with limited(limit):
                log.append(event(2, What.REVOKED))
                with pytest.raises(WitnessError):
                    witness.add(first)
            assert witness.latest() == first
            log.witness()
            assert witness.latest() == log.head()
            log.close()

    alone(hindered)


@contextmanager
def limited(what: str) -> Iterator[None]:
    """No file of a child's may grow; or this process may open no further one."""
    if what == "size":
        with patch.object(subprocess, "run", _without_room(subprocess.run)):
            yield
        return
    taken = []
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    with suppress(OSError):
        while True:
            taken.append(os.open(os.devnull, os.O_RDONLY))
    yield
    for handle in taken:
        os.close(handle)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _without_room(run: Callable[..., Any]) -> Callable[..., Any]:
    def without_room(*given: Any, **named: Any) -> Any:
        def no_room() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

        return run(*given, preexec_fn=no_room, **named)

    return without_room
