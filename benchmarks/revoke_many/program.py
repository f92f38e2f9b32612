"""Accepts so many revocations and carries them out; prints what that took as one line of JSON.

``python -m benchmarks.revoke_many.program URL FOLDER COUNT (worker|foreman)``: by the worker alone,
or handed to it by DBOS, as `keylife worker` does it. A process of its own, so that its memory is.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psutil  # type: ignore[import-untyped]
from sqlalchemy import func, select

from benchmarks.revoke_many.world import NEEDED, SYSTEMS, World
from keylife.audit.keys import Keys
from keylife.audit.log import Log
from keylife.audit.reserve import Reserve
from keylife.evidence.source import Source
from keylife.model.revocation import Reason
from keylife.revocation.book import StoreBook, left_to_do, open_revocations
from keylife.revocation.durable import Foreman
from keylife.revocation.registrar import Registrar
from keylife.revocation.request import accept
from keylife.revocation.worker import OrderId, Worker
from keylife.store.database import Database, open_database
from keylife.store.revocations import Revocation, Way
from keylife.store.tables import certificates, revocations

FAULTS = 0.05
_LOOKS_EVERY = 2.0
"""Seconds, as of `keylife worker`."""

_AT = tuple(tenth / 10 for tenth in range(11))
"""When memory is looked at: so much of it is settled; the first time, before any is begun."""


def clock() -> datetime:
    """The machine's; a benchmark is a program of its own."""
    return datetime.now(UTC)  # noqa: TID251


class Memory:
    """This process's memory, by how many revocations were settled."""

    def __init__(self, count: int) -> None:
        self._due = [round(count * part) for part in _AT]
        self.found: dict[int, float] = {}
        self._process = psutil.Process()

    def look(self, settled: int) -> None:
        """Note it, in MiB, if it is time to."""
        while self._due and settled >= self._due[0]:
            self.found[self._due.pop(0)] = self._process.memory_info().rss / 2**20


def main(url: str, folder: Path, count: int, how: str) -> None:
    """Revoke, look at what came of it, and tell."""
    database, world, memory = open_database(url), World(FAULTS, clock), Memory(count)
    keys, reserve = Keys(folder / "audit-key"), Reserve(folder / "audit-reserve")
    log = Log(database, keys, reserve, lambda _: (), time.monotonic, print)
    with closing(database), closing(log):
        log.prepare()
        signing = log.keys.existing().signing()
        registrar = Registrar(log, signing, Source(actor="benchmark"), clock, SYSTEMS)
        worker = Worker(StoreBook(database, registrar), world.course_of, clock, random.random)
        begin = time.perf_counter()
        orders = [_accepted(database, registrar, world, number) for number in range(count)]
        accepted = time.perf_counter() - begin
        memory.look(0)
        used = time.process_time()
        if how == "foreman":
            _by_foreman(database, worker, memory)
        else:
            asyncio.run(_by_worker(worker, orders, memory))
            worker.close()
        carried_out = time.perf_counter() - begin - accepted
        _require_dead(database, world, count)
    told = {
        "accepted": accepted,
        "carried_out": carried_out,
        "cpu": time.process_time() - used,
        "calls": world.calls / (NEEDED * count),
        "memory": memory.found,
    }
    print(json.dumps(told))


def _accepted(database: Database, registrar: Registrar, world: World, number: int) -> OrderId:
    held = world.holding(number)
    revocation = Revocation(
        id=f"{held.key}-20261123T093000Z",
        key=held.key,
        stack="organization/keylife/dev",
        asked=clock(),
        by="bo@example.com",
        reason=Reason.KEY_COMPROMISE,
        ref="INC-1",
        way=Way.EMERGENCY,
    )
    accept(database, registrar, revocation, [held], "")
    return OrderId(revocation.id, held.version, held.place)


async def _by_worker(worker: Worker, orders: Sequence[OrderId], memory: Memory) -> None:
    settled = 0

    async def carry_out(order: OrderId) -> None:
        nonlocal settled
        await worker.carry_out(order)
        settled += 1
        memory.look(settled)

    await asyncio.gather(*(carry_out(order) for order in orders))


def _by_foreman(database: Database, worker: Worker, memory: Memory) -> None:
    """As `keylife worker` does it."""
    with Foreman(database, worker) as foreman:
        while at_hand := open_revocations(database):
            foreman.attend(id for orders in at_hand.values() for id in left_to_do(orders))
            time.sleep(_LOOKS_EVERY)
            memory.look(_settled(database))
    memory.look(_settled(database))


def _settled(database: Database) -> int:
    asked = select(func.count()).where(revocations.c.settled.is_not(None))
    with database.reading() as connection:
        return int(connection.execute(asked).scalar_one())


def _require_dead(database: Database, world: World, count: int) -> None:
    """What the engine says is held against what the world knows."""
    assert list(world.alive()) == []
    asked = select(func.count()).select_from(certificates)
    with database.reading() as connection:
        assert connection.execute(asked).scalar_one() == count
    assert _settled(database) == count


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
