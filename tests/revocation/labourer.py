"""A process that works on revocations of systems that are folders; run by the tests, and killed.

``python -m tests.revocation.labourer URL FOLDER [REVOCATION]`` takes over what other processes
left, begins the revocation's orders, prints ``at work`` and ends once everything is settled. A
version lives as long as its file does; while a file ``FOLDER/<system>.down`` stands, that system
does not answer. Every call is a line in ``FOLDER/calls``.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from keylife.evidence.source import Source
from keylife.orphan import Clients
from keylife.revocation.book import StoreBook, left_to_do, open_revocations
from keylife.revocation.course import Course, SystemSilentError
from keylife.revocation.durable import Foreman
from keylife.revocation.hands import SystemHands
from keylife.revocation.registrar import Registrar
from keylife.revocation.worker import OrderId, Worker
from keylife.store.database import Database, open_database
from keylife.systems.system import (
    Answer,
    Holding,
    Material,
    Resource,
    Step,
    Surroundings,
    Verdict,
)
from tests.audit.logs import open_log


class Folder:
    """A system whose versions are files."""

    name: ClassVar[str] = "folder"
    types: ClassVar[frozenset[str]] = frozenset()
    issues: ClassVar[bool] = True
    root: ClassVar[Path]

    @staticmethod
    def _called(holding: Holding, what: str) -> None:
        with (Folder.root / "calls").open("a") as calls:
            calls.write(f"{what} {holding.place}\n")
        if (Folder.root / f"{holding.system}.down").exists():
            raise SystemSilentError("down")

    @staticmethod
    def _delete(holding: Holding, clients: Clients) -> str:
        Folder._called(holding, "delete")
        time.sleep(0.05)  # long enough to be killed in
        Folder._file(holding).unlink(missing_ok=True)
        return "deleted"

    @staticmethod
    def _file(holding: Holding) -> Path:
        return Folder.root / holding.place.replace("/", "-")

    steps: ClassVar[Sequence[Step]] = (Step("delete", _delete.__func__),)  # type: ignore[attr-defined]

    def holdings(self, resource: Resource, around: Surroundings) -> Iterable[Holding]:
        """Nobody asks."""
        raise AssertionError

    def material(self, resource: Resource) -> Material:
        """Nobody asks."""
        raise AssertionError

    def mark(self, resource: Resource) -> Material:
        """Nobody asks."""
        raise AssertionError

    def use(self, holding: Holding, material: Material, clients: Clients) -> Answer:
        """Whether the file stands."""
        self._called(holding, "use")
        alive = self._file(holding).exists()
        return Answer(Verdict.ACCEPTED if alive else Verdict.REFUSED, "stands" if alive else "gone")

    def look(self, holding: Holding, clients: Clients) -> Answer:
        """The same."""
        return self.use(holding, {}, clients)


def clock() -> datetime:
    """The machine's."""
    return datetime.now(UTC)


def course_of(holding: Holding) -> Course:
    """How a version that is a file is revoked."""
    hands = SystemHands(Folder(), lambda _: Clients(), lambda _: {"secret": "none"})
    return Course(holding, Folder(), hands, clock)


def left_in(database: Database) -> list[OrderId]:
    """What is left to do."""
    found = open_revocations(database).values()
    return [id for orders in found for id in left_to_do(orders)]


def work(database: Database, begin: str | None) -> None:
    """Take over, begin, and stay until everything is settled."""
    log = open_log(database, Folder.root.parent)
    log.prepare()
    registrar = Registrar(
        log,
        log.keys.existing().signing(),
        Source(actor="labourer"),
        clock,
        {"east": Folder(), "west": Folder()},
    )
    worker = Worker(StoreBook(database, registrar), course_of, clock, random.random)
    with closing(log), Foreman(database, worker) as foreman:
        if begin is not None:
            foreman.attend(left_in(database))
        print("at work", flush=True)
        until = clock() + timedelta(seconds=60)
        while clock() < until:
            if not (left := left_in(database)):
                return
            foreman.attend(left)
            time.sleep(0.3)
        raise AssertionError("not settled")


if __name__ == "__main__":
    Folder.root = Path(sys.argv[2])
    with_database = open_database(sys.argv[1])
    try:
        work(with_database, sys.argv[3] if len(sys.argv) > 3 else None)
    finally:
        with_database.close()
