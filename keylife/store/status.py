"""What a store holds, in numbers: for people, and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from keylife.model.number import counted
from keylife.store import fingerprints, revocations
from keylife.store.backup import Rows, count
from keylife.store.database import Database
from keylife.store.schema import head
from keylife.store.tables import claims


@dataclass(frozen=True)
class Status:
    """A store that was opened, so that holds together."""

    where: str
    revision: str
    rows: Rows
    stacks: Mapping[str, int]
    """By stack, how many keys it holds."""

    pending: tuple[str, ...]
    """The ids of revocations that are not settled."""

    lacking: tuple[str, ...]
    """Ids of keys that fingerprints were hashed with, and that are not here."""

    def as_json(self) -> dict[str, Any]:
        """Version 1 of the machine's form."""
        return {
            "version": 1,
            "store": self.where,
            "revision": self.revision,
            "rows": dict(self.rows),
            "stacks": dict(self.stacks),
            "pending_revocations": list(self.pending),
            "fingerprint_keys_not_here": list(self.lacking),
        }

    def lines(self) -> Iterator[str]:
        """For people."""
        yield f"{self.where}: whole, of revision {self.revision}"
        for name, rows in self.rows.items():
            yield f"  {name:<14}{rows:>8}"
        for stack, keys in self.stacks.items():
            yield f"stack {stack} holds {counted(keys, 'key')}"
        for revocation in self.pending:
            yield f"revocation {revocation} is pending"
        for key_id in self.lacking:
            yield (
                f"fingerprints were hashed with key {key_id}, which is not here: what they know is"
                " not recognised on this machine (KEYLIFE_FINGERPRINT_KEYS)"
            )


def status_of(database: Database, environment: Mapping[str, str], folder: Path) -> Status:
    """What a store holds.

    Args:
        database: the store.
        environment: may name the file with the keys of the fingerprints.
        folder: the Pulumi project's.

    Raises:
        StoreError: it cannot be used.
        UsageError: the keys of the fingerprints cannot be read.
    """
    path = fingerprints.keys_file(environment, folder)
    here = {key.id for key in fingerprints.read_keys(path).keys} if path.exists() else set()
    by_stack = (
        select(claims.c.stack, func.count())
        .where(claims.c.released.is_(None))
        .group_by(claims.c.stack)
        .order_by(claims.c.stack)
    )
    with database.reading() as connection:
        return Status(
            database.where,
            head(),
            count(connection),
            {stack: keys for stack, keys in connection.execute(by_stack)},
            tuple(each.revocation.id for each in revocations.unsettled(connection)),
            tuple(sorted(fingerprints.hash_keys_in_use(connection) - here)),
        )
