"""The book of orders, in the store: what it took is on the disk, and read by every worker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from keylife.revocation.progress import Progress
from keylife.revocation.registrar import Registrar
from keylife.revocation.worker import BookUnavailableError, Order, OrderId
from keylife.store import revocations
from keylife.store.database import Database
from keylife.store.errors import StoreUnreachableError
from keylife.store.revocations import Accepted, OvertakenError, Standing

_LATE = timedelta(seconds=5)
"""After this nobody is expected any more to take up an order that is due."""


class StoreBook:
    """Orders as the store's revocations have them.

    Args:
        database: the store.
        registrar: writes down what orders did.
    """

    def __init__(self, database: Database, registrar: Registrar) -> None:
        self._database = database
        self._registrar = registrar

    def fetch(self, id: OrderId) -> Order:
        """The order as it was saved last.

        Raises:
            BookUnavailableError: the store does not answer.
        """
        with _available(), self._database.reading() as connection:
            found = revocations.standing(connection, id.revocation, id.version, id.place)
        assert found is not None  # orders are accepted before they are given out
        return order_of(found)

    def save(self, order: Order, progress: Progress) -> Order:
        """Keep how far an order has come; in the same transaction the certificate, at its end.

        Raises:
            BookUnavailableError: the store does not answer.
        """
        try:
            with _available(), self._database.writing() as connection:
                saved = revocations.save(connection, _standing(order, progress))
                if progress.settled:
                    asked = revocations.asked_for(connection, order.id.revocation)
                    assert asked is not None
                    self._registrar.certificate(connection, asked, order, progress)
        except OvertakenError:
            return self.fetch(order.id)
        return order_of(saved)

    def tell(self, order: Order) -> None:
        """Record what an order did so far.

        Raises:
            BookUnavailableError: the store does not answer.
            EventLogError: it could not be recorded.
        """
        with _available(), self._database.reading() as connection:
            asked = revocations.asked_for(connection, order.id.revocation)
        assert asked is not None
        self._registrar.tell(asked, order)

    def close(self, order: Order) -> None:
        """Settle the revocation of an order that is settled, if all of its orders are.

        It is settled once everything is recorded, so that what a killed process did not record is
        recorded by whoever comes next.

        Raises:
            BookUnavailableError: the store does not answer.
            EventLogError: it could not be recorded.
        """
        accepted = self._accepted(order.id.revocation)
        orders = [order_of(standing) for standing in accepted.standings]
        all_settled = all(each.progress.settled for each in orders)
        for each in orders if all_settled else [order]:
            self._registrar.tell(accepted.revocation, each)
        if not all_settled:
            return
        last = max(each.progress.probes[-1].at for each in orders)
        self._settle(order.id.revocation, last)

    def _settle(self, revocation: str, at: datetime) -> None:
        with _available(), self._database.writing() as connection:
            revocations.settle(connection, revocation, at)

    def _accepted(self, revocation: str) -> Accepted:
        with _available(), self._database.reading() as connection:
            found = revocations.fetch(connection, revocation)
        assert found is not None
        return found


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except StoreUnreachableError as error:
        raise BookUnavailableError(str(error)) from error


def open_revocations(database: Database, stack: str | None = None) -> dict[str, list[Order]]:
    """The orders of every revocation that is not settled, by its id.

    Args:
        database: the store.
        stack: only of this stack.

    Raises:
        StoreError: the store cannot be used.
    """
    with database.reading() as connection:
        found = revocations.unsettled(connection)
    return {
        accepted.revocation.id: [order_of(standing) for standing in accepted.standings]
        for accepted in found
        if stack in (None, accepted.revocation.stack)
    }


def left_to_do(orders: Sequence[Order]) -> list[OrderId]:
    """What of a revocation that is not settled somebody has to work on: the orders that are not;
    if all are, one of them, because whoever works on it settles the revocation."""
    left = [order.id for order in orders if not order.progress.settled]
    return left or [order.id for order in orders[:1]]


def unsettled_of(database: Database, key: str) -> list[Order]:
    """The orders of a key that are not settled, of all its revocations.

    Raises:
        StoreError: the store cannot be used.
    """
    with database.reading() as connection:
        return _unsettled(revocations.of_key(connection, key))


def left_by_deploys(database: Database, stack: str) -> list[Order]:
    """The orders that deploys of a stack began and that are not settled.

    Raises:
        StoreError: the store cannot be used.
    """
    with database.reading() as connection:
        return _unsettled(revocations.left_by_deploys(connection, stack))


def _unsettled(known: Iterable[Accepted]) -> list[Order]:
    orders = (order_of(standing) for accepted in known for standing in accepted.standings)
    return [order for order in orders if not order.progress.settled]


def orders_of(database: Database, revocation: str) -> list[Order]:
    """All orders of a revocation, by version and place.

    Raises:
        StoreError: the store cannot be used.
    """
    with database.reading() as connection:
        found = revocations.fetch(connection, revocation)
    return [order_of(standing) for standing in found.standings] if found else []


def left_alone(orders: Sequence[Order], at: datetime) -> list[OrderId]:
    """What is left to do of a revocation and nobody is at work on, as far as the book tells:
    whoever is takes an order up when it is due, and saves what came of it."""
    left = {*left_to_do(orders)}
    return [order.id for order in orders if order.id in left and _expected(order) + _LATE < at]


def _expected(order: Order) -> datetime:
    """When somebody was to do the next thing for an order."""
    progress = order.progress
    return progress.probes[-1].at if progress.settled and progress.probes else progress.due


def hurry(database: Database, revocation: str, at: datetime) -> None:
    """Make every order of a revocation that is not settled due now: it was asked for once more.

    Raises:
        StoreError: the store cannot be used.
    """
    with database.writing() as connection:
        accepted = revocations.fetch(connection, revocation)
        orders = [order_of(standing) for standing in accepted.standings] if accepted else []
        for order in orders:
            if not order.progress.settled:
                sooner = order.progress.model_copy(update={"failures": 0, "due": at})
                with suppress(OvertakenError):
                    revocations.save(connection, _standing(order, sooner))


def order_of(standing: Standing) -> Order:
    """A holding of a revocation, as an order that can be worked on."""
    id = OrderId(standing.revocation, standing.holding.version, standing.holding.place)
    fresh = {"asked": standing.due, "due": standing.due}
    told: Mapping[str, object] = standing.progress or fresh
    progress = Progress.model_validate(told, strict=False)  # it was JSON: lists for tuples
    return Order(id, standing.holding, progress, standing.saved)


def _standing(order: Order, progress: Progress) -> Standing:
    return Standing(
        revocation=order.id.revocation,
        holding=order.holding,
        phase=revocations.Phase(progress.phase.value),
        attempts=progress.attempts,
        waits_for=progress.waits_for,
        waiting_since=progress.waiting_since,
        first_refused=progress.first_refused,
        last_accepted=progress.last_accepted,
        due=None if progress.settled else progress.due,
        progress=progress.model_dump(mode="json"),
        saved=order.saved,
    )
