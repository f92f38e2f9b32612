"""What answers second-hand comes last: a gateway's refusal counts once whoever it asks refused.

A gateway refuses everybody while whoever it asks is down, and forgets on its own clock. So it is
purged and asked from the first moment on, but what it refuses before the version's other places
have refused proves nothing: they may say yes again, and it would remember that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from keylife.revocation.book import order_of
from keylife.revocation.course import Course, Hands
from keylife.revocation.hands import SystemHands
from keylife.revocation.reach import Reach
from keylife.revocation.worker import Order
from keylife.store import revocations
from keylife.store.database import Database
from keylife.systems.system import Answer, Holding, Step, Verdict
from keylife.systems.table import SYSTEMS


@dataclass(frozen=True)
class SecondHands:
    """Hands that take a refusal for unclear as long as another place has not refused.

    Args:
        hands: what reaches the gateway.
        awaited: the place that has not refused the version yet; None if all have.
    """

    hands: Hands
    awaited: Callable[[Holding], str | None]

    def act(self, step: Step, holding: Holding) -> str:
        """Do a step, whatever others have come to.

        Raises:
            SystemSilentError: as those hands do.
        """
        return self.hands.act(step, holding)

    def use(self, holding: Holding) -> Answer | None:
        """Use the version; what is refused too early does not tell."""
        answer = self.hands.use(holding)
        if answer is None or answer.verdict is not Verdict.REFUSED:
            return answer
        place = self.awaited(holding)
        if place is None:
            return answer
        said = f"{answer.said}, but {place} has not refused it yet, and it may ask there"
        return replace(answer, verdict=Verdict.UNCLEAR, said=said)

    def look(self, holding: Holding) -> Answer:
        """Look for the version."""
        return self.hands.look(holding)


def course_of(
    holding: Holding, reach: Reach, database: Database, clock: Callable[[], datetime]
) -> Course:
    """How a holding is revoked.

    Args:
        holding: what is to die.
        reach: connections and secrets of its stack.
        database: the store, where the version's other places are.
        clock: what time it is.
    """
    return course_after(holding, reach, lambda asked: not_refused_yet(database, asked), clock)


def course_after(
    holding: Holding,
    reach: Reach,
    awaited: Callable[[Holding], str | None],
    clock: Callable[[], datetime],
) -> Course:
    """How a holding is revoked, wherever it stands what has become of the version's others.

    Args:
        holding: what is to die.
        reach: connections and secrets of its stack.
        awaited: as of `SecondHands`.
        clock: what time it is.
    """
    system = SYSTEMS[holding.system]
    hands: Hands = SystemHands(system, reach.clients, reach.material)
    if holding.second_hand:
        hands = SecondHands(hands, awaited)
    return Course(holding, system, hands, clock)


def not_refused_yet(database: Database, holding: Holding) -> str | None:
    """The first of the version's other places that was not seen to refuse it; None if all were,
    or will never tell.

    Raises:
        StoreError: the store cannot be used.
    """
    with database.reading() as connection:
        known = revocations.of_key(connection, holding.key)
    orders = (order_of(standing) for accepted in known for standing in accepted.standings)
    return first_awaited(orders, holding)


def first_awaited(orders: Iterable[Order], holding: Holding) -> str | None:
    """The first of a version's other places that was not seen to refuse it; None if all were.

    Args:
        orders: of its key, and of others.
        holding: what answers second-hand.
    """
    waited_for = [
        order.id.place
        for order in orders
        if (order.holding.key, order.id.version) == (holding.key, holding.version)
        and not order.holding.second_hand
        and not order.progress.settled
        and order.progress.first_refused is None
    ]
    return min(waited_for, default=None)
