"""A kill while there is no store: done with bare hands, and recorded in the audit log's reserve.

A leaked key does not wait for a database (THREATS.md, decision a). Orders stand in memory, what
was done goes into the reserve, and nothing is certified: a certificate is the store's. Whoever
asks for the same once the store is back finds every step done, and proves it then.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import Lock

from keylife.audit.entry import write_event
from keylife.audit.errors import AuditUnwritableError, ReserveError
from keylife.audit.reserve import Record, Reserve
from keylife.errors import EventLogError
from keylife.evidence.event import Event
from keylife.evidence.log import EventSink
from keylife.revocation.behind import first_awaited
from keylife.revocation.progress import Progress
from keylife.revocation.registrar import Registrar
from keylife.revocation.worker import Order, OrderId
from keylife.store.revocations import Revocation
from keylife.systems.system import Holding


@dataclass(frozen=True)
class ReserveLog:
    """Where events go while there is no log.

    Args:
        reserve: takes them first; they go into the log before the next event that it takes.
        local: the project's own file, for where the reserve has gone with the store.
    """

    reserve: Reserve
    local: EventSink
    _names: set[str] = field(default_factory=set)
    """Of what stands in the local file, as far as this process put it there."""

    def append(self, event: Event, *, once: str | None = None) -> None:
        """Record one event durably, unless one was recorded by that name.

        Raises:
            AuditUnwritableError: neither of the two takes it.
        """
        try:
            self.reserve.prepare()
            self.reserve.add([Record(write_event(event), once)])
        except ReserveError as full:
            if once is None or once not in self._names:
                self._append_here(event, full)
            if once is not None:
                self._names.add(once)

    def _append_here(self, event: Event, full: ReserveError) -> None:
        try:
            self.local.append(event)
        except EventLogError as error:
            raise AuditUnwritableError("there is no store", f"{full}; {error}") from None


class UnrecordedBook:
    """Orders in the memory of one process.

    Args:
        registrar: writes into a `ReserveLog`, and certifies nothing.
    """

    def __init__(self, registrar: Registrar) -> None:
        self._registrar = registrar
        self._lock = Lock()
        self._revocations: dict[str, Revocation] = {}
        self._orders: dict[OrderId, Order] = {}

    def accept(self, revocation: Revocation, held: Sequence[Holding]) -> None:
        """Take a revocation on; as ever, its event comes first.

        Raises:
            EventLogError: it could not be recorded, not even in the reserve: nothing was killed.
        """
        self._registrar.accepted(revocation)
        fresh = Progress(asked=revocation.asked, due=revocation.asked)
        ids = [OrderId(revocation.id, holding.version, holding.place) for holding in held]
        orders = [Order(id, holding, fresh, 0) for id, holding in zip(ids, held, strict=True)]
        self.take_over(revocation, orders)

    def take_over(self, revocation: Revocation, orders: Sequence[Order]) -> None:
        """Go on with a revocation that the store had taken, from where it was seen last."""
        with self._lock:
            self._revocations[revocation.id] = revocation
            for order in orders:
                now = order.progress.model_copy(update={"due": revocation.asked})
                self._orders[order.id] = replace(order, progress=now)

    def orders_of(self, revocation: str) -> list[Order]:
        """All orders of a revocation, by version and place."""
        with self._lock:
            found = [order for id, order in self._orders.items() if id.revocation == revocation]
        return sorted(found, key=lambda order: (order.id.version, order.id.place))

    def fetch(self, id: OrderId) -> Order:
        """The order as it was saved last."""
        with self._lock:
            return self._orders[id]

    def save(self, order: Order, progress: Progress) -> Order:
        """Keep how far an order has come, for as long as this process lives."""
        with self._lock:
            self._orders[order.id] = replace(order, progress=progress, saved=order.saved + 1)
            return self._orders[order.id]

    def tell(self, order: Order) -> None:
        """Record what an order did so far.

        Raises:
            EventLogError: it could not be recorded.
        """
        self._registrar.tell(self._revocations[order.id.revocation], order)

    def close(self, order: Order) -> None:
        """Record the last of an order, as far as there is room; not that it is dead, because
        nothing certifies it."""
        with suppress(EventLogError):
            self.tell(order)

    def not_refused_yet(self, holding: Holding) -> str | None:
        """The first of a version's places that was not seen to refuse it; None if all were."""
        with self._lock:
            return first_awaited([*self._orders.values()], holding)
