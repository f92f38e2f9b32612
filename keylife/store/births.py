"""A copy of every version's birth, for what a stack's state alone cannot tell.

The state stays the authority. A birth that differs from it is a finding: one of the two was
rewritten. What a lost state knew can be read from here, in the ledger's own form. Births never
move; the database's triggers see to it. Each function works in the transaction it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, select

from keylife.model.instant import format_instant
from keylife.model.ledger import IssuedVersion, KeyRecord
from keylife.store.claims import Claim, require_held
from keylife.store.statements import insert_if_new, insert_new, many
from keylife.store.tables import births, endings

_COMPARED = ("birth", "expiry", "rotation_due")


class Ending(StrEnum):
    """What ended of a version, for good."""

    DEACTIVATED = "deactivated"
    DESTROYED = "destroyed"


@dataclass(frozen=True)
class Disagreement:
    """A version of which state and store say different things."""

    key: str
    number: int
    field: str
    by_state: str
    """What the state says; empty where it does not know the version at all."""

    by_store: str

    @property
    def what(self) -> str:
        """What differs, without the key's name."""
        if not self.by_state:
            return f"version {self.number} was born {self.by_store}, and the state does not know it"
        return (
            f"version {self.number}: {self.field} is {self.by_state} by the state, and was"
            f" recorded as {self.by_store}"
        )

    def __str__(self) -> str:
        return f"`{self.key}`: {self.what}"


def copy_births(
    connection: Connection, claim: Claim, record: KeyRecord, known: KeyRecord | None, at: datetime
) -> list[Disagreement]:
    """Copy what the state says of a key's versions; what is copied already stays as it is.

    Args:
        connection: in a writing transaction.
        claim: of the key.
        record: the key in the ledger.
        known: what `births_of` has of it.
        at: now.

    Returns:
        Where the state says other than what was copied before.

    Raises:
        ClaimLostError: the key is another's meanwhile. Nothing is written.
    """
    before = {version.number: version for version in known.versions} if known else {}
    gone = known.destroyed_through if known else 0
    new = [version for version in record.versions if version.number not in before]
    ended = [*_ended(record, before, gone)]
    if new or ended:
        require_held(connection, claim)
    insert_new(connection, births, [_row(claim, record, version, at) for version in new])
    for number, what, when in ended:
        note_ending(connection, claim, number, what, when or at)
    return [*disagreements(record, known)]


def copy_birth(
    connection: Connection, claim: Claim, record: KeyRecord, version: IssuedVersion, at: datetime
) -> None:
    """Copy the birth of a version that is about to be issued, for whoever holds its key.

    Args:
        connection: in a writing transaction.
        claim: of the key.
        record: the key, with its kind and target.
        version: as it stands in the state by now.
        at: now.

    Raises:
        ClaimLostError: the key is another's meanwhile. Nothing is written.
    """
    require_held(connection, claim)
    insert_if_new(connection, births, _row(claim, record, version, at))


def note_ending(
    connection: Connection, claim: Claim, number: int, what: Ending, at: datetime
) -> None:
    """Note that a version ended; the first note stays.

    Args:
        connection: in a writing transaction.
        claim: that it was born under.
        number: the version's.
        what: how.
        at: when.
    """
    row = {"key": claim.key, "fence": claim.fence, "number": number, "what": what, "at": at}
    insert_if_new(connection, endings, row)


def disagreements(record: KeyRecord, known: KeyRecord | None) -> Iterable[Disagreement]:
    """Where a state's record of a key differs from the store's copy of it."""
    by_number = {version.number: version for version in record.versions}
    for copy in known.versions if known else ():
        version = by_number.get(copy.number)
        if version is not None:
            for field in _COMPARED:
                told, kept = getattr(version, field), getattr(copy, field)
                if told != kept:
                    yield Disagreement(
                        record.id, copy.number, field, format_instant(told), format_instant(kept)
                    )
        elif copy.number > record.destroyed_through:
            yield Disagreement(record.id, copy.number, "birth", "", format_instant(copy.birth))


def births_of(connection: Connection, claims: Iterable[Claim]) -> Mapping[str, KeyRecord]:
    """By key, what is known of the versions that were born under its claim, as the ledger has it.

    What only the state knows is missing: deliveries, principals, what an issuer's resource holds.
    Destroyed versions are left out, as the state leaves them out.
    """
    fences = {claim.key: claim.fence for claim in claims}
    ended: dict[tuple[str, int], dict[str, datetime]] = {}
    for row in many(connection, select(endings), endings.c.key, list(fences)):
        if row.fence == fences[row.key]:
            ended.setdefault((row.key, row.number), {})[row.what] = row.at
    rows: dict[str, list[Row[Any]]] = {}
    asked = select(births).order_by("key", "number")
    for row in many(connection, asked, births.c.key, list(fences)):
        if row.fence == fences[row.key]:
            rows.setdefault(row.key, []).append(row)
    return {key: _record(found, ended) for key, found in rows.items()}


def _ended(
    record: KeyRecord, before: Mapping[int, IssuedVersion], gone: int
) -> Iterable[tuple[int, Ending, datetime | None]]:
    for version in record.versions:
        known = before.get(version.number)
        if version.deactivated is not None and (known is None or known.deactivated is None):
            yield version.number, Ending.DEACTIVATED, version.deactivated
    for number in range(gone + 1, record.destroyed_through + 1):
        yield number, Ending.DESTROYED, None


def _row(claim: Claim, record: KeyRecord, version: IssuedVersion, at: datetime) -> dict[str, Any]:
    imported = record.imported
    return {
        "key": claim.key,
        "fence": claim.fence,
        "kind": record.kind,
        "target": record.target,
        "imported": None if imported is None else imported.model_dump(mode="json"),
        "grace": version.grace // timedelta(seconds=1),
        "scope": dict(version.scope),
        "recorded": at,
        **{
            name: getattr(version, name)
            for name in ("number", *_COMPARED, "cause", "owner", "service", "adopted")
        },
    }


def _record(
    rows: list[Row[Any]], ended: Mapping[tuple[str, int], Mapping[str, datetime]]
) -> KeyRecord:
    newest = rows[-1]
    ends = {row.number: ended.get((row.key, row.number), {}) for row in rows}
    destroyed = {
        number
        for (key, number), what in ended.items()
        if key == newest.key and Ending.DESTROYED in what
    }
    return KeyRecord(
        id=newest.key,
        kind=newest.kind,
        target=newest.target,
        imported=newest.imported,
        versions=tuple(
            IssuedVersion(
                number=row.number,
                birth=row.birth,
                expiry=row.expiry,
                rotation_due=row.rotation_due,
                grace=timedelta(seconds=row.grace),
                cause=row.cause,
                owner=row.owner,
                service=row.service,
                scope=row.scope,
                adopted=row.adopted,
                deactivated=ends[row.number].get(Ending.DEACTIVATED),
            )
            for row in rows
            if row.number not in destroyed
        ),
        destroyed_through=max(destroyed, default=0),
    )
