"""A deploy's events in the log, with what the plan knows; and where they go without a store."""

from __future__ import annotations

from pathlib import Path

import pytest

from keylife.audit.entry import read_event
from keylife.audit.reserve import Reserve
from keylife.audit.rows import Rows
from keylife.audit.sink import AuditSink, WithoutLog
from keylife.errors import EventLogError
from keylife.evidence.event import Event, What
from keylife.evidence.log import EventLog
from keylife.store.database import Database
from tests.audit.events import event
from tests.audit.logs import open_log


def told(database: Database) -> list[tuple[What, int | None]]:
    return [(one.what, one.version) for one in entries(database)]


def entries(database: Database) -> list[Event]:
    return [read_event(row.entry) for row in Rows(database)]


def test_a_new_key_is_declared_and_a_newer_version_a_rotation(
    database: Database, tmp_path: Path
) -> None:
    log = open_log(database, tmp_path)
    why = {("billing", 2): "version 1 was due for rotation"}
    sink = AuditSink(log, lambda: 7, {"billing"}, why)

    for number, what in (
        (1, What.ISSUING),
        (1, What.ISSUED),
        (1, What.DELIVERED),
        (2, What.ISSUING),
        (2, What.ISSUED),
        (1, What.DESTROYED),
    ):
        sink.append(event(number, what, key="billing"))

    assert told(database) == [
        (What.DECLARED, None),
        (What.ISSUING, 1),
        (What.ISSUED, 1),
        (What.DELIVERED, 1),
        (What.ISSUING, 2),
        (What.ISSUED, 2),
        (What.ROTATED, 2),
        (What.DESTROYED, 1),
    ]
    assert {one.source.update for one in entries(database)} == {7}
    assert entries(database)[6].detail == "version 1 was due for rotation"


def test_a_key_that_was_there_is_not_declared_again(database: Database, tmp_path: Path) -> None:
    sink = AuditSink(open_log(database, tmp_path), lambda: None, set(), {})

    sink.append(event(1, What.ISSUING))

    assert told(database) == [(What.ISSUING, 1)]


def test_without_a_store_kills_are_recorded_twice_over_and_grants_where_they_always_were(
    database: Database, tmp_path: Path
) -> None:
    local = EventLog(tmp_path / "events.jsonl")
    log = open_log(database, tmp_path)
    sink = WithoutLog(local, log.reserve)

    sink.append(event(1, What.DELIVERED))
    sink.append(event(2, What.REVOKED))

    assert [one.what for one in local.read().events] == [What.DELIVERED, What.REVOKED]
    log.append(event(3))
    assert told(database) == [(What.REVOKED, 2), (What.ISSUED, 3)]


def test_without_a_store_and_a_reserve_nothing_is_ended(tmp_path: Path) -> None:
    local = EventLog(tmp_path / "events.jsonl")
    sink = WithoutLog(local, Reserve(tmp_path / "nowhere" / "reserve"))

    with pytest.raises(EventLogError, match="No such file"):
        sink.append(event(2, What.REVOKED))
    assert local.read().events == ()
