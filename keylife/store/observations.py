"""When a credential was last used, as its system tells: apart from the credential's own record.

An observation is late, coarse and may be missing: it is never a reason to leave a credential out
of anything (THREATS.md, T29).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select, update

from keylife.store.statements import insert_if_new
from keylife.store.tables import observations


@dataclass(frozen=True)
class Observation:
    """What one system says of one credential's last use."""

    system: str
    credential: str
    """What the system calls it: no secret."""

    used: datetime | None
    """The last use it knows of; None if it knows of none."""

    with_what: str | None
    """What it was used for, in the system's words, such as a service and region."""

    seen: datetime
    """When the system was asked."""


def note(connection: Connection, observation: Observation) -> None:
    """Keep an observation, unless a later one is kept already.

    A use that was seen once stays, even if the system forgets it.

    Args:
        connection: in a writing transaction.
        observation: what was seen.
    """
    row = {
        "system": observation.system,
        "credential": observation.credential,
        "used": observation.used,
        "with_what": observation.with_what,
        "seen": observation.seen,
    }
    if insert_if_new(connection, observations, row):
        return
    this = (
        observations.c.system == observation.system,
        observations.c.credential == observation.credential,
    )
    connection.execute(
        update(observations)
        .where(*this, observations.c.seen < observation.seen)
        .values(seen=observation.seen)
    )
    if observation.used is not None:
        earlier = or_(observations.c.used.is_(None), observations.c.used < observation.used)
        connection.execute(
            update(observations)
            .where(*this, earlier)
            .values(used=observation.used, with_what=observation.with_what)
        )


def last_use(connection: Connection, system: str, credential: str) -> Observation | None:
    """What is known of a credential's last use; None if nobody ever asked."""
    row = connection.execute(
        select(observations).where(
            observations.c.system == system, observations.c.credential == credential
        )
    ).first()
    return None if row is None else Observation(**row._mapping)
