"""Tombstones: what was revoked never lives again, in no stack.

By logical id, and whatever looks like it; by the fingerprint of the material; by the issuer's id.
They are only ever added, here and in the database itself, whose triggers refuse the rest. Each
function works in the transaction of the connection it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, Field
from sqlalchemy import Connection, Row, select

from keylife.compliance.lookalikes import skeleton
from keylife.model.base import Model
from keylife.model.revocation import Reason, tell_revocation
from keylife.store.statements import insert_if_new, many
from keylife.store.tables import cloud_ids, fingerprints, tombstones


class Mark(StrEnum):
    """By what a tombstone knows the revoked key again."""

    ID = "id"
    FINGERPRINT = "fingerprint"
    """A digest, with the id of the key it was hashed with before it: ``k1:9f86…``."""

    CLOUD_ID = "cloud-id"
    """What the issuer calls a version, such as an access key id."""


class Death(Model):
    """The end of a key, as it was asked for."""

    key: str
    stack: str
    """Fully qualified; where it lived."""

    repository: str
    at: AwareDatetime
    """When it was decided."""

    reason: Annotated[Reason, Field(strict=False)]
    by: str
    ref: str
    emergency: bool = False
    """Whether it was killed past review."""

    @property
    def phrase(self) -> str:
        """It in one phrase, beginning with ``revoked``, and where."""
        told = tell_revocation(self.at, self.reason, self.by, self.ref)
        how = ", in an emergency" if self.emergency else ""
        return f"{told}, in stack {self.stack}{how}"


class StoredTombstone(Model):
    """One mark of one death."""

    what: Annotated[Mark, Field(strict=False)]
    value: str
    death: Death
    recorded: AwareDatetime


def bury(connection: Connection, death: Death, at: datetime) -> bool:
    """Record the end of a key: its id, and every fingerprint and issuer's id known of it.

    Safe to repeat, and to be repeated when more is known of it.

    Args:
        connection: in a writing transaction.
        death: what is recorded; of several of one key the first stays.
        at: now.

    Returns:
        Whether its id had none before.
    """
    for what, value in _known_of(connection, death.key):
        lay(connection, StoredTombstone(what=what, value=value, death=death, recorded=at))
    return lay(connection, StoredTombstone(what=Mark.ID, value=death.key, death=death, recorded=at))


def lay(connection: Connection, tombstone: StoredTombstone) -> bool:
    """Record one tombstone, such as one that the witnessed log replays; whether it is new."""
    is_id = tombstone.what is Mark.ID
    death = tombstone.death
    row = {
        **death.model_dump(exclude={"by"}),
        "what": tombstone.what,
        "value": tombstone.value,
        "skeleton": skeleton(tombstone.value) if is_id else None,
        "asked_by": death.by,
        "recorded": tombstone.recorded,
    }
    return insert_if_new(connection, tombstones, row)


def of_ids(connection: Connection, ids: Iterable[str]) -> Mapping[str, Death]:
    """By id, how it was revoked; those that were not are left out."""
    return _found(connection, Mark.ID, ids)


def of_fingerprints(connection: Connection, values: Iterable[str]) -> Mapping[str, Death]:
    """By fingerprint, how its key was revoked."""
    return _found(connection, Mark.FINGERPRINT, values)


def of_cloud_ids(connection: Connection, values: Iterable[str]) -> Mapping[str, Death]:
    """By issuer's id, how its key was revoked."""
    return _found(connection, Mark.CLOUD_ID, values)


def of_lookalikes(connection: Connection, ids: Iterable[str]) -> Mapping[str, Death]:
    """By id, how another was revoked that a reader could take for it."""
    shapes: dict[str, list[str]] = {}
    for id in ids:
        shapes.setdefault(skeleton(id), []).append(id)
    asked = select(tombstones).where(tombstones.c.what == Mark.ID)
    return {
        id: _death(row)
        for row in many(connection, asked, tombstones.c.skeleton, list(shapes))
        for id in shapes[row.skeleton]
        if id != row.value
    }


def everything(connection: Connection) -> Iterator[StoredTombstone]:
    """All tombstones, in the order in which they were recorded."""
    asked = select(tombstones).order_by("recorded", "what", "value")
    for row in connection.execute(asked):
        yield StoredTombstone(
            what=row.what, value=row.value, death=_death(row), recorded=row.recorded
        )


def _found(connection: Connection, what: Mark, values: Iterable[str]) -> Mapping[str, Death]:
    asked = select(tombstones).where(tombstones.c.what == what)
    return {
        row.value: _death(row) for row in many(connection, asked, tombstones.c.value, list(values))
    }


def _known_of(connection: Connection, key: str) -> list[tuple[Mark, str]]:
    prints = connection.execute(
        select(fingerprints.c.hash_key, fingerprints.c.digest).where(fingerprints.c.key == key)
    )
    ids = connection.scalars(select(cloud_ids.c.value).where(cloud_ids.c.key == key))
    return [
        *((Mark.FINGERPRINT, f"{row.hash_key}:{row.digest}") for row in prints),
        *((Mark.CLOUD_ID, value) for value in ids),
    ]


def _death(row: Row[Any]) -> Death:
    return Death(
        key=row.key,
        stack=row.stack,
        repository=row.repository,
        at=row.at,
        reason=row.reason,
        by=row.asked_by,
        ref=row.ref,
        emergency=row.emergency,
    )
