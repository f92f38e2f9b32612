"""What a backup is held against before it is restored: the witnesses of the audit log."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from keylife.project import project_folder

if TYPE_CHECKING:
    from keylife.evidence.event import Event
    from keylife.store.database import Database
    from keylife.store.tombstones import Death, StoredTombstone


def require_witnessed(restored: Database, url: str) -> None:
    """Refuse a backup whose audit log ends before what a witness has seen.

    Args:
        restored: a copy of the backup.
        url: of the store that it is for.

    Raises:
        LogBehindError: it does, or says something else.
        WitnessError: a witness cannot be asked.
    """
    from keylife.store.witnessed import after_restore

    after_restore(restored, _Witnessed(url))


class _Witnessed:
    """The audit log of a project, by its witnesses."""

    def __init__(self, url: str) -> None:
        from keylife.store.location import file_of

        self._file = file_of(url)
        self._folder = project_folder(Path.cwd())

    def require_seen(self, restored: Database) -> None:
        """See to it that the restored log goes on from every witnessed head."""
        from keylife.audit.errors import AuditKeyError
        from keylife.audit.opening import keys_of, witnesses_of
        from keylife.audit.rows import Rows
        from keylife.audit.witness import require_seen, seen_by

        rows = Rows(restored)
        size = rows.tip().frontier.size
        try:
            verifier = keys_of(self._file, self._folder, os.environ).existing().verifier()
        except AuditKeyError as error:
            if size:
                typer.echo(f"the audit log in it is not held against witnesses: {error}", err=True)
            return
        for witness in witnesses_of(self._folder, os.environ, verifier):
            head = seen_by(witness, verifier)
            if head is not None:
                require_seen(rows, size, head, witness.name)

    def tombstones(self, restored: Database) -> Iterator[StoredTombstone]:
        """One for each key that an entry of the log calls revoked."""
        from keylife.audit.entry import read_event
        from keylife.audit.rows import Rows
        from keylife.evidence.event import What
        from keylife.store.tombstones import Mark, StoredTombstone

        for row in Rows(restored):
            event = read_event(row.entry)
            if event.what is What.REVOKED:
                yield StoredTombstone(
                    what=Mark.ID,
                    value=event.key,
                    death=_death(event, row.sequence),
                    recorded=event.recorded,
                )


def _death(event: Event, sequence: int) -> Death:
    from keylife.model.revocation import Reason
    from keylife.store.tombstones import Death

    said = (event.detail or "").partition(",")[0]
    return Death(
        key=event.key,
        stack=event.stack,
        repository="",
        at=event.at,
        reason=Reason(said) if said in {*Reason} else Reason.UNSPECIFIED,
        by=event.source.actor or "not recorded",
        ref=f"entry {sequence} of the audit log",
    )
