"""Accepting a revocation: written down durably before anything is done, and found if it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from keylife.errors import UsageError
from keylife.revocation.registrar import Registrar
from keylife.store import revocations, tombstones
from keylife.store.database import Database
from keylife.store.revocations import Accepted, Revocation
from keylife.store.tombstones import Death
from keylife.systems.system import Holding


def id_of(key: str, asked: datetime) -> str:
    """What a revocation is called: the key, and when its end was asked for."""
    return f"{key}-{asked:%Y%m%dT%H%M%S}Z"


def under_way(database: Database, key: str) -> Accepted | None:
    """The key's revocation that is not settled; None if there is none.

    Raises:
        StoreError: the store cannot be used.
    """
    with database.reading() as connection:
        known = revocations.of_key(connection, key)
    return next((one for one in known if one.settled is revocations.Settled.OPEN), None)


def covered_by(database: Database, key: str) -> tuple[frozenset[tuple[int, str]], int]:
    """What the key's revocations reach, by version and place, and how many they are.

    Raises:
        StoreError: the store cannot be used.
    """
    with database.reading() as connection:
        known = revocations.of_key(connection, key)
    reached = (s.holding for accepted in known for s in accepted.standings)
    return frozenset((holding.version, holding.place) for holding in reached), len(known)


def accept(
    database: Database,
    registrar: Registrar,
    revocation: Revocation,
    held: Sequence[Holding],
    repository: str,
) -> Accepted:
    """Accept a revocation: from here on it goes on to its end, whoever runs it.

    The event comes first: a key is not killed without one. Then, in one transaction, the id and
    everything it is known by are buried, and every place that has to hear of it is put down.

    Raises:
        UsageError: nothing holds the key; nothing was changed.
        EventLogError: it could not be recorded; nothing was changed.
        StoreError: the store cannot be used; nothing was killed.
    """
    if not held:
        raise UsageError(
            f"nothing in stack {revocation.stack} holds a version of `{revocation.key}`",
            "see `keylife plan`; a key that was never deployed needs its tombstone only:"
            " `keylife revoke` without --now",
        )
    registrar.accepted(revocation)
    death = Death(
        key=revocation.key,
        stack=revocation.stack,
        repository=repository,
        at=revocation.asked,
        reason=revocation.reason,
        by=revocation.by,
        ref=revocation.ref,
        emergency=revocation.way is revocations.Way.EMERGENCY,
    )
    with database.writing() as connection:
        tombstones.bury(connection, death, registrar.clock())
        return revocations.accept(connection, revocation, held)
