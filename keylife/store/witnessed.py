"""A backup and what was witnessed since: a restore never brings a revoked key back.

Whatever keeps the witnessed audit log stands behind one small interface.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from keylife.store import tombstones
from keylife.store.database import Database
from keylife.store.tombstones import StoredTombstone


class WitnessedLog(Protocol):
    """The audit log, as something outside of the store knows it."""

    def require_seen(self, restored: Database) -> None:
        """See to it that the log in a restored store goes on from every head that was witnessed.

        Raises:
            KeylifeError: it ends before one, or says something else.
        """
        ...

    def tombstones(self, restored: Database) -> Iterable[StoredTombstone]:
        """Every tombstone that the witnessed log tells of."""
        ...


def after_restore(restored: Database, log: WitnessedLog) -> int:
    """Refuse what is older than what was witnessed, and lay every tombstone that the log knows.

    Args:
        restored: a copy of the backup, before anything of it is in the store.
        log: the witnessed one.

    Returns:
        How many tombstones the backup lacked.

    Raises:
        KeylifeError: the backup is older than the last witnessed head. Nothing is restored.
    """
    log.require_seen(restored)
    with restored.writing() as connection:
        return sum(tombstones.lay(connection, known) for known in log.tombstones(restored))
