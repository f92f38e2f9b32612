"""Accepting a revocation: written down durably before anything is done, and found if it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from keylife.errors import UsageError
from keylife.revocation.registrar import Registrar
from keylife.store import revocations, tombstones
from keylife.store.database import Database
from keylife.store.revocations import Accepted, Revocation, Way
from keylife.store.tombstones import Death
from keylife.systems.system import Holding


def id_of(key: str, asked: datetime) -> str:
    """What a revocation is called: the key, and when its end was asked for."""
    return f"{key}-{asked:%Y%m%dT%H%M%S}Z"


def under_way(database: Database, key: str) -> Accepted | None:
    """The revocation of the whole key that is not settled; None if there is none.

    Raises:
        StoreError: the store cannot be used.
    """
    with database.reading() as connection:
        known = revocations.of_key(connection, key)
    whole = (one for one in known if one.revocation.way is not Way.ROTATION)
    return next((one for one in whole if one.settled is revocations.Settled.OPEN), None)


Identity = tuple[int, str, bool]
"""Version, place, and whether it is only brought into quarantine."""


def identity(holding: Holding) -> Identity:
    """What tells a holding of a key from others, in all its revocations."""
    return holding.version, holding.place, holding.quarantine


def covered_by(database: Database, key: str) -> tuple[frozenset[Identity], int]:
    """What the key's revocations reach, and how many they are.

    Raises:
        StoreError: the store cannot be used.
    """
    with database.reading() as connection:
        known = revocations.of_key(connection, key)
    reached = (s.holding for accepted in known for s in accepted.standings)
    return frozenset(identity(holding) for holding in reached), len(known)


def accept(
    database: Database,
    registrar: Registrar,
    revocation: Revocation,
    held: Sequence[Holding],
    repository: str,
) -> Accepted:
    """Accept a revocation: from here on it goes on to its end, whoever runs it.

    In an emergency the event comes first: a key is not killed without one; a deploy has recorded
    its tombstones by then. Then, in one transaction, the id and everything it is known by are
    buried, unless it only retires a version of a key that lives on, and every place that has to
    hear of it is put down.

    Raises:
        UsageError: nothing holds the key; nothing was changed.
        EventLogError: it could not be recorded; nothing was changed.
        StoreError: the store cannot be used; nothing was killed.
    """
    require_held(revocation, held)
    if revocation.way is Way.EMERGENCY:
        registrar.accepted(revocation)
    with database.writing() as connection:
        if revocation.way is not Way.ROTATION:
            tombstones.bury(connection, _death(revocation, repository), registrar.clock())
        return revocations.accept(connection, revocation, held)


def require_held(revocation: Revocation, held: Sequence[Holding]) -> None:
    """Refuse what has nothing to kill.

    Raises:
        UsageError: nothing holds the key.
    """
    if not held:
        raise UsageError(
            f"nothing in stack {revocation.stack} holds a version of `{revocation.key}`",
            "see `keylife plan`; a key that was never deployed needs its tombstone only:"
            " `keylife revoke` without --now",
        )


def _death(revocation: Revocation, repository: str) -> Death:
    return Death(
        key=revocation.key,
        stack=revocation.stack,
        repository=repository,
        at=revocation.asked,
        reason=revocation.reason,
        by=revocation.by,
        ref=revocation.ref,
        emergency=revocation.way is Way.EMERGENCY,
    )
