"""Revocations of several keys at once: in the store, and past it where there is none."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property

from keylife.audit.errors import AuditError
from keylife.audit.opening import reserve_of
from keylife.cli.options import moment, short_name
from keylife.cli.revoking import Ground, Office, office_on, warn
from keylife.errors import EventLogError, KeylifeError
from keylife.evidence.log import EventLog
from keylife.project import event_log_path
from keylife.revocation.behind import course_after
from keylife.revocation.book import StoreBook, hurry, order_of
from keylife.revocation.progress import Progress
from keylife.revocation.registrar import Registrar
from keylife.revocation.request import accept, require_held, under_way
from keylife.revocation.standstill import stands_still
from keylife.revocation.unrecorded import ReserveLog, UnrecordedBook
from keylife.revocation.worker import BookUnavailableError, Order, OrderId, Worker
from keylife.store import revocations
from keylife.store.database import Database
from keylife.store.errors import StoreError
from keylife.store.location import file_of
from keylife.store.repository import repository_of
from keylife.store.revocations import Revocation, Settled
from keylife.systems.system import Holding
from keylife.systems.table import SYSTEMS

_PATIENCE = 3
"""Seconds that the store's server has to answer: a leaked key does not wait for longer."""


@dataclass(frozen=True)
class Standing:
    """A revocation as it was seen last."""

    revocation: Revocation
    orders: Sequence[Order]
    ended: bool = False
    """Whether nothing is left to wait for: it is settled, or needs somebody or some time."""

    @property
    def is_done(self) -> bool:
        """Whether every order is settled."""
        return all(order.progress.settled for order in self.orders)


class _Watched:
    """A book of orders in the store, and whether it has failed to keep one.

    Args:
        book: the orders.
    """

    def __init__(self, book: StoreBook) -> None:
        self._book = book
        self.failed: StoreError | None = None
        """Why an order could not be kept."""

    def fetch(self, id: OrderId) -> Order:
        """As the book does."""
        return self._book.fetch(id)

    def save(self, order: Order, progress: Progress) -> Order:
        """As the book does."""
        try:
            return self._book.save(order, progress)
        except BookUnavailableError as error:
            if isinstance(error.__cause__, StoreError):
                self.failed = error.__cause__
            raise

    def tell(self, order: Order) -> None:
        """As the book does."""
        self._book.tell(order)

    def close(self, order: Order) -> None:
        """As the book does."""
        self._book.close(order)


class Killing:
    """Accepts revocations and works on them, in this process, all at the same time.

    As long as the store takes them they stand in it, and whoever else has the store can go on with
    them. From the moment on at which it does not, everything is done in memory.

    Args:
        ground: the stack.
        opened: closes what is opened here.
    """

    def __init__(self, ground: Ground, opened: ExitStack) -> None:
        self._ground = ground
        self._opened = opened
        self._seen: dict[str, Standing] = {}
        self._at_work: dict[OrderId, Future[None]] = {}
        self._recorded: Worker | None = None
        self._watched: _Watched | None = None
        self._bare_hands: tuple[UnrecordedBook, Worker] | None = None
        self.office: Office | None = None
        """Store and audit log, as long as they can be used."""

    def open(self) -> None:
        """Open the store and the audit log; where they cannot be, go on without."""
        try:
            here = office_on(self._ground, answer_within=_PATIENCE)
            self.office = self._opened.enter_context(here)
        except (StoreError, EventLogError, AuditError) as error:
            self._lose(error)
        else:
            self._watched = _Watched(self.office.book())
            self._recorded = self.office.worker(self._watched)
            self._opened.callback(self._recorded.close)

    def accept(self, revocation: Revocation, held: Sequence[Holding]) -> str | None:
        """Accept a revocation, or find the one of its key that is under way, and begin with it.

        Returns:
            The id of the one that was under way.

        Raises:
            UsageError: nothing holds the key.
            EventLogError: it cannot be recorded, not even in the reserve: nothing was killed.
        """
        if self.office is not None:
            try:
                under = under_way(self.office.database, revocation.key)
                if under is None:
                    self._accept_in(self.office, revocation, held)
                    return None
                hurry(self.office.database, under.revocation.id, revocation.asked)
                orders = [order_of(standing) for standing in under.standings]
                self._seen[under.revocation.id] = Standing(under.revocation, orders)
                self._begin(orders)
                return under.revocation.id
            except StoreError as error:
                self._lose(error)
        require_held(revocation, held)
        book, _ = self._without_store()
        book.accept(revocation, held)
        self._seen[revocation.id] = Standing(revocation, book.orders_of(revocation.id))
        self._begin(self._seen[revocation.id].orders)
        return None

    def accept_more(self, revocation: Revocation, held: Sequence[Holding]) -> None:
        """Accept one more revocation of a key that one was accepted of.

        Raises:
            EventLogError: it cannot be recorded.
            StoreError: the store cannot be used.
        """
        if self.office is not None:
            self._accept_in(self.office, revocation, held)

    def _accept_in(self, office: Office, revocation: Revocation, held: Sequence[Holding]) -> None:
        accepted = accept(office.database, office.registrar, revocation, held, self._repository)
        orders = [order_of(standing) for standing in accepted.standings]
        self._seen[revocation.id] = Standing(accepted.revocation, orders)
        self._begin(orders)

    def look(self) -> list[Standing]:
        """All that was accepted here, as it stands now."""
        if self.office is not None:
            try:
                self._read(self.office.database)
                if self._watched is not None and self._watched.failed is not None:
                    self._lose(self._watched.failed)  # it can be read still, such as a full disk
            except StoreError as error:
                self._lose(error)
        if self._bare_hands is not None:
            book, _ = self._bare_hands
            for id, standing in self._seen.items():
                if not standing.ended:
                    orders = book.orders_of(id)
                    told = all(self._at_work[order.id].done() for order in orders)
                    self._seen[id] = Standing(
                        standing.revocation, orders, told or stands_still(orders)
                    )
        return list(self._seen.values())

    @cached_property
    def _repository(self) -> str:
        return repository_of(self._ground.folder)

    def _read(self, database: Database) -> None:
        with database.reading() as connection:
            for id, standing in self._seen.items():
                found = None if standing.ended else revocations.fetch(connection, id)
                if found is not None:
                    orders = [order_of(each) for each in found.standings]
                    ended = found.settled is not Settled.OPEN or stands_still(orders)
                    self._seen[id] = Standing(found.revocation, orders, ended)

    def _begin(self, orders: Sequence[Order]) -> None:
        worker = self._recorded if self._bare_hands is None else self._bare_hands[1]
        assert worker is not None
        for order in orders:
            self._at_work[order.id] = worker.begin(order.id)

    def _lose(self, error: KeylifeError) -> None:
        """Go on without the store; what it had taken goes on, too."""
        self.office = None
        warn(f"{error}\nTHE KILL GOES ON WITHOUT IT: what is done from now on stands in no store")
        book, _ = self._without_store()
        for id, standing in self._seen.items():
            if not standing.ended:
                book.take_over(standing.revocation, standing.orders)
                self._begin(book.orders_of(id))

    def _without_store(self) -> tuple[UnrecordedBook, Worker]:
        if self._bare_hands is None:
            ground = self._ground
            local = EventLog(event_log_path(ground.folder, short_name(ground.stack)))
            log = ReserveLog(reserve_of(file_of(ground.url), ground.folder), local)
            registrar = Registrar(log, None, ground.source, moment, SYSTEMS)
            book = UnrecordedBook(registrar)
            worker = Worker(
                book,
                lambda held: course_after(held, ground.reach, book.not_refused_yet, moment),
                moment,
                random.random,
            )
            self._opened.callback(worker.close)
            self._bare_hands = book, worker
        return self._bare_hands
