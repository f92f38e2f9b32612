"""A process that revokes in the sandbox's real systems, and kills itself where it is told to.

It is forked, so that a thousand of them can die: with a store and an audit log in real files, and
connections, of its own. Its boundaries are counted: before and after each transaction that writes,
each event, each call to a system. Killed after a call, it has not seen the answer.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

from botocore.httpsession import URLLib3Session
from requests.adapters import HTTPAdapter
from sqlalchemy import Connection

from keylife.audit import rows
from keylife.evidence.source import Source
from keylife.orphan import Clients
from keylife.revocation.book import StoreBook, left_to_do, open_revocations
from keylife.revocation.course import Course
from keylife.revocation.hands import SystemHands
from keylife.revocation.registrar import Registrar
from keylife.revocation.request import accept
from keylife.revocation.worker import Worker
from keylife.store.database import Database, open_database
from keylife.store.revocations import Revocation
from keylife.systems.system import Holding, Material
from keylife.systems.table import SYSTEMS
from tests.audit.logs import open_log

START = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
_TAKES = timedelta(milliseconds=600)
"""What each look at the clock costs: more than half of the windows here, so nothing is waited for
in earnest."""


@dataclass(frozen=True)
class Task:
    """A revocation, and what a process needs to carry it out."""

    folder: Path
    revocation: Revocation
    held: Sequence[Holding]
    materials: Mapping[str, Material]
    """By place."""

    clients: Clients
    """Made and never used by whoever forks: no connection is shared."""

    @property
    def url(self) -> str:
        """The store's."""
        return f"sqlite:///{self.folder / 'store.db'}"

    def carry_out(self, generation: int, dies_at: int | None = None) -> int:
        """Do it in a process of its own, from wherever the one before it left it.

        Returns:
            Its exit code; of one that was killed, the signal's number, negative.

        Args:
            generation: how many were there before.
            dies_at: at which boundary it kills itself.
        """
        process = get_context("fork").Process(target=self._labour, args=(generation, dies_at))
        process.start()
        process.join(120)
        assert process.exitcode is not None, "it hangs"
        return process.exitcode

    @property
    def boundaries(self) -> list[str]:
        """Those that the last process came by, in their order."""
        return (self.folder / f"boundaries-{self._last}").read_text().splitlines()

    @property
    def _last(self) -> int:
        return max(int(path.name.rpartition("-")[2]) for path in self.folder.glob("boundaries-*"))

    def _labour(self, generation: int, dies_at: int | None) -> None:
        fate = _Fate(self.folder / f"boundaries-{generation}", dies_at)
        now = START + timedelta(hours=generation)

        def clock() -> datetime:
            nonlocal now
            now += _TAKES
            return now

        with fate.at_every_boundary(), closing(open_database(self.url)) as database:
            asyncio.run(self._work(database, clock))

    async def _work(self, database: Database, clock: Callable[[], datetime]) -> None:
        log = open_log(database, self.folder)
        log.prepare()
        registrar = Registrar(
            log, log.keys.existing().signing(), Source(actor="mortal"), clock, SYSTEMS.built_in
        )

        def course_of(holding: Holding) -> Course:
            system = SYSTEMS[holding.system]
            hands = SystemHands(
                system, lambda _: self.clients, lambda held: self.materials[held.place]
            )
            return Course(holding, system, hands, clock)

        accept(database, registrar, self.revocation, self.held, "git.example.com/payments")
        worker = Worker(StoreBook(database, registrar), course_of, clock, lambda: 0.5)
        with closing(log), closing(worker):
            for orders in open_revocations(database).values():
                for id in left_to_do(orders):
                    await worker.carry_out(id)


class _Fate:
    """Counts boundaries, and kills its process at one of them."""

    def __init__(self, path: Path, dies_at: int | None) -> None:
        self._written = path.open("w")
        self._dies_at = dies_at
        self._count = 0

    def meet(self, what: str) -> None:
        """A boundary is reached."""
        self._written.write(f"{what}\n")
        self._written.flush()
        if self._count == self._dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self._count += 1

    @contextmanager
    def at_every_boundary(self) -> Iterator[None]:
        """Be there at each."""
        writing, fate = Database.writing, self

        @contextmanager
        def transaction(database: Database) -> Iterator[Connection]:
            with writing(database) as connection:
                yield connection
                fate.meet("before a transaction")
            fate.meet("after a transaction")

        with (
            patch.object(Database, "writing", transaction),
            patch.object(rows._Sqlite, "insert", self._around(rows._Sqlite.insert, "an event")),
            patch.object(URLLib3Session, "send", self._around(URLLib3Session.send, "AWS")),
            patch.object(HTTPAdapter, "send", self._around(HTTPAdapter.send, "Vault")),
        ):
            yield

    def _around(self, call: Callable[..., Any], what: str) -> Callable[..., Any]:
        def called(*given: Any, **named: Any) -> Any:
            self.meet(f"before {what}")
            answer = call(*given, **named)
            self.meet(f"after {what}")
            return answer

        return called
