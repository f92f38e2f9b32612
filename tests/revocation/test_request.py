"""What is accepted is recorded first, buried, and found again; what is not, leaves no trace."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from keylife.audit.entry import read_event
from keylife.audit.errors import AuditUnwritableError
from keylife.audit.note import Signer
from keylife.audit.rows import Rows
from keylife.errors import EventLogError, UsageError
from keylife.evidence.event import Event, What
from keylife.evidence.source import Source
from keylife.revocation.registrar import Registrar
from keylife.revocation.request import accept, covered_by, id_of, under_way
from keylife.store import tombstones
from keylife.store.database import Database
from keylife.store.tables import holdings, revocations
from keylife.store.tables import tombstones as buried
from keylife.systems.table import SYSTEMS
from tests.audit.logs import open_log
from tests.store.builders import holding, revocation

NOW = datetime(2026, 12, 1, 12, 0, 0, 250_000, tzinfo=UTC)
HELD = (holding("aws-iam/AKIA1"), holding("vault-kv/secret/billing/aws"))


class Broken:
    """A log that takes nothing."""

    def append(self, event: Event, *, once: str | None = None) -> None:
        raise AuditUnwritableError("here", "the disk is full")


def registrar(log: object) -> Registrar:
    signing = Signer.make("test").signing()
    return Registrar(log, signing, Source(actor="ada"), lambda: NOW, SYSTEMS)  # type: ignore[arg-type]


def rows(database: Database) -> int:
    with database.reading() as connection:
        return sum(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (revocations, holdings, buried)
        )


def test_a_revocation_is_recorded_buried_and_found(database: Database, tmp_path: Path) -> None:
    log = open_log(database, tmp_path)
    asked = revocation(id_of("billing-deploy", NOW))

    for _ in range(2):  # whoever asks again asks once
        accept(database, registrar(log), asked, HELD, "git.example.com/acme/infra")

    found = under_way(database, "billing-deploy")
    assert found is not None
    assert found.revocation.id == "billing-deploy-20261201T120000Z"
    assert covered_by(database, "billing-deploy") == (
        frozenset({(1, "aws-iam/AKIA1", False), (1, "vault-kv/secret/billing/aws", False)}),
        1,
    )
    with database.reading() as connection:
        [death] = tombstones.of_ids(connection, ["billing-deploy"]).values()
    assert death.emergency
    assert death.repository == "git.example.com/acme/infra"
    events = log_events(database)
    assert [event.what for event in events] == [What.REVOKED]
    assert "INC-7 (emergency)" in (events[0].detail or "")
    log.close()


def log_events(database: Database) -> list[Event]:
    return [read_event(row.entry) for row in Rows(database)]


def test_without_a_record_nothing_is_killed_and_nothing_is_buried(database: Database) -> None:
    with pytest.raises(EventLogError):
        accept(database, registrar(Broken()), revocation(), HELD, "")
    assert rows(database) == 0
    assert under_way(database, "billing-deploy") is None


def test_a_key_that_nothing_holds_is_not_buried_by_a_slip_of_the_pen(database: Database) -> None:
    with pytest.raises(UsageError, match=r"nothing in stack .* holds a version"):
        accept(database, registrar(Broken()), revocation(), (), "")
    assert rows(database) == 0
