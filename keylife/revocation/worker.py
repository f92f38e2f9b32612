"""Works on orders: many at once, each system in its own row of hands, none of them given up.

An order is the revocation of one version in one system. A system that hangs holds up its own
orders and nobody else's: each system has its own threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock, Thread
from typing import Protocol

from keylife.errors import EventLogError
from keylife.revocation.course import Course, hindered
from keylife.revocation.progress import Progress, StepDone
from keylife.systems.system import Holding

HANDS_A_SYSTEM = 8
"""How many orders of one system are worked on at the same moment."""

_ASK_AGAIN = timedelta(seconds=2)
"""When the book of orders cannot be read or written."""


@dataclass(frozen=True)
class OrderId:
    """Which order."""

    revocation: str
    version: int
    place: str


@dataclass(frozen=True)
class Order:
    """The revocation of one version in one system, as the book has it."""

    id: OrderId
    holding: Holding
    progress: Progress
    saved: int
    """How often it was saved: by this the book tells whether somebody else was faster."""


class BookUnavailableError(Exception):
    """The book cannot be read or written now; it may be later."""


class Book(Protocol):
    """Keeps orders. What it took is not lost."""

    def fetch(self, id: OrderId) -> Order:
        """The order as it was saved last.

        Raises:
            BookUnavailableError: not now.
        """
        ...

    def save(self, order: Order, progress: Progress) -> Order:
        """Keep how far an order has come; the last time with its certificate.

        Returns:
            The order with that progress; or, if somebody else has brought it further meanwhile,
            as they left it.

        Raises:
            BookUnavailableError: not now.
        """
        ...

    def tell(self, order: Order) -> None:
        """Record in the audit log what an order did so far.

        Raises:
            EventLogError: not now; `close` will.
        """
        ...

    def close(self, order: Order) -> None:
        """See to what is left to do for an order that is settled.

        Raises:
            Exception: not now; it is asked again.
        """
        ...


class Worker:
    """Brings orders to their end.

    Args:
        book: where they stand.
        course_of: how a holding is revoked, from here.
        clock: what time it is.
        chance: a number from [0, 1), anew at each call.
    """

    def __init__(
        self,
        book: Book,
        course_of: Callable[[Holding], Course],
        clock: Callable[[], datetime],
        chance: Callable[[], float],
    ) -> None:
        self._book = book
        self._course_of = course_of
        self._clock = clock
        self._chance = chance
        self._told: dict[OrderId, Sequence[StepDone]] = {}
        self._hands: dict[str, ThreadPoolExecutor] = {}
        self._pages = ThreadPoolExecutor(1, "keylife-book")
        self._lock = Lock()
        self._desk: asyncio.AbstractEventLoop | None = None
        self._at_work: dict[OrderId, Future[None]] = {}

    def begin(self, id: OrderId) -> Future[None]:
        """See to it that this worker works on an order until it is settled, however long that
        takes. Whoever asks for what it is at work on already waits for the same."""
        with self._lock:
            if self._desk is None:
                self._desk = asyncio.new_event_loop()
                Thread(target=self._desk.run_forever, name="keylife-worker", daemon=True).start()
            begun = self._at_work.get(id)
            if begun is None or begun.done():
                begun = asyncio.run_coroutine_threadsafe(self._work_on(id), self._desk)
                self._at_work[id] = begun
            return begun

    async def carry_out(self, id: OrderId) -> None:
        """Work on an order until it is settled; see `begin`."""
        await asyncio.wrap_future(self.begin(id))

    async def _work_on(self, id: OrderId) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                order = await loop.run_in_executor(self._pages, self._book.fetch, id)
                if order.progress.settled:
                    await loop.run_in_executor(self._pages, self._book.close, order)
                    self._told.pop(id, None)
                    self._at_work.pop(id, None)
                    return
                await asyncio.sleep((order.progress.due - self._clock()).total_seconds())
                hands = self._hands_of(order.holding.system)
                await loop.run_in_executor(hands, self._go_at, order)
            except Exception:
                # Whatever it is, an order is not given up: a process that is mended goes on here.
                await asyncio.sleep(_ASK_AGAIN.total_seconds())

    def close(self) -> None:
        """Let go of all threads; what they are at is left where it was saved last."""
        with self._lock:
            desk, self._desk = self._desk, None
        if desk is not None:
            asyncio.run_coroutine_threadsafe(_drop_everything(), desk).result()
            desk.call_soon_threadsafe(desk.stop)
        for hands in (*self._hands.values(), self._pages):
            hands.shutdown(wait=False, cancel_futures=True)

    def _go_at(self, order: Order) -> None:
        try:
            course = self._course_of(order.holding)
            for progress in course.advance(order.progress, self._chance()):
                kept = self._book.save(order, progress)
                if kept.progress != progress:
                    return  # another worker is ahead: its word is the book's
                order = kept
            self._tell(order)
        except BookUnavailableError:
            raise
        except Exception as error:  # the text may hold anything
            why = f"unexpected error: {type(error).__name__}"
            self._book.save(order, hindered(order.progress, why, self._clock(), self._chance()))

    def _tell(self, order: Order) -> None:
        """Record what an order did, unless this worker has recorded as much of it.

        The end is recorded when it is closed, which follows at once.
        """
        done = order.progress.done
        if not order.progress.settled and self._told.get(order.id) != done:
            with suppress(EventLogError):
                self._book.tell(order)
                self._told[order.id] = done

    def _hands_of(self, system: str) -> ThreadPoolExecutor:
        if system not in self._hands:
            self._hands[system] = ThreadPoolExecutor(HANDS_A_SYSTEM, f"keylife-{system}")
        return self._hands[system]


async def _drop_everything() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
