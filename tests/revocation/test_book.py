"""What of the book nobody is at work on, and what is asked for once more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from keylife.revocation.book import hurry, left_alone, orders_of
from keylife.revocation.progress import Phase, Probe, Progress
from keylife.revocation.worker import Order, OrderId
from keylife.store import revocations
from keylife.store.database import Database
from keylife.systems.system import Verdict
from tests.store.builders import holding, revocation

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


def order(place: str, ago: float, **fields: Any) -> Order:
    """An order that was due so many seconds ago."""
    due = NOW - timedelta(seconds=ago)
    progress = Progress(asked=due, due=due, **fields)
    return Order(OrderId("r1", 1, place), holding(place), progress, 0)


def settled(place: str, ago: float) -> Order:
    """One that was settled so many seconds ago."""
    at = NOW - timedelta(seconds=ago)
    probe = Probe(at=at, verdict=Verdict.REFUSED, said="gone", used=True)
    return order(place, 3600, phase=Phase.PROVEN, probes=(probe,))


def test_whoever_works_on_an_order_is_left_to_it() -> None:
    waits, at_hand, late = order("a", -60), order("b", 1), order("c", 6)
    assert left_alone([waits, at_hand, late], NOW) == [late.id]


def test_what_is_settled_and_not_closed_is_closed_by_somebody_else_in_the_end() -> None:
    assert left_alone([settled("a", 1)], NOW) == []
    assert left_alone([settled("a", 6), settled("b", 6)], NOW) == [settled("a", 6).id]
    assert left_alone([settled("a", 60), order("b", -60)], NOW) == []


def test_who_asks_again_does_not_wait_for_the_next_attempt(database: Database) -> None:
    with database.writing() as connection:
        accepted = revocations.accept(
            connection, revocation(), [holding("aws-iam/A"), holding("vault-kv/B")]
        )
        first, second = accepted.standings
        later = NOW + timedelta(minutes=5)
        waiting = Progress(asked=NOW, due=later, failures=9, attempts=9)
        for standing, phase in ((first, Phase.PENDING), (second, Phase.PROVEN)):
            told = waiting.model_copy(update={"phase": phase}).model_dump(mode="json")
            now = standing.model_copy(
                update={"progress": told, "due": later, "phase": revocations.Phase(phase.value)}
            )
            revocations.save(connection, now)

    hurry(database, "r1", NOW)

    hurried, done = orders_of(database, "r1")
    assert (hurried.progress.due, hurried.progress.failures) == (NOW, 0)
    assert hurried.progress.attempts == 9
    assert done.progress.due == later
