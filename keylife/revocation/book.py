"""The book of orders, in the store: what it took is on the disk, and read by every worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from keylife.revocation.progress import Progress
from keylife.revocation.worker import BookUnavailableError, Order, OrderId
from keylife.store import revocations
from keylife.store.database import Database
from keylife.store.errors import StoreUnreachableError
from keylife.store.revocations import OvertakenError, Standing

Recorder = Callable[[Connection, Order, Progress], None]
"""Writes down, in the same transaction, what a progress means: events, a certificate."""


class StoreBook:
    """Orders as the store's revocations have them.

    Args:
        database: the store.
        record: what else belongs into the transaction that saves a progress.
    """

    def __init__(self, database: Database, record: Recorder) -> None:
        self._database = database
        self._record = record

    def fetch(self, id: OrderId) -> Order:
        """The order as it was saved last.

        Raises:
            BookUnavailableError: the store does not answer.
        """
        try:
            with self._database.reading() as connection:
                found = revocations.standing(connection, id.revocation, id.version, id.place)
        except StoreUnreachableError as error:
            raise BookUnavailableError(str(error)) from error
        assert found is not None  # orders are accepted before they are given out
        return order_of(found)

    def save(self, order: Order, progress: Progress) -> Order:
        """Keep how far an order has come; if it is the last of its revocation, that is settled.

        Raises:
            BookUnavailableError: the store does not answer.
        """
        try:
            with self._database.writing() as connection:
                saved = revocations.save(connection, _standing(order, progress))
                self._record(connection, order, progress)
                if progress.settled:
                    revocations.settle(connection, order.id.revocation, progress.probes[-1].at)
        except OvertakenError:
            return self.fetch(order.id)
        except StoreUnreachableError as error:
            raise BookUnavailableError(str(error)) from error
        return order_of(saved)


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
