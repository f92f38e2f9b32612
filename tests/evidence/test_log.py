"""The local event log: a line an event, on the disk before anything goes on, nothing lost."""

from __future__ import annotations

import json
import multiprocessing
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from keylife.errors import EventLogError, UsageError
from keylife.evidence.event import Event, What
from keylife.evidence.log import EventLog
from keylife.evidence.source import Source

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def event(version: int = 1, *, actor: str = "ci") -> Event:
    return Event(
        recorded=AT,
        at=AT,
        what=What.ISSUED,
        key="billing",
        version=version,
        stack="organization/keylife/dev",
        urn="urn:pulumi:dev::keylife::x::billing-v1",
        source=Source(actor=actor),
    )


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    return EventLog(tmp_path / "not yet there" / "events.jsonl")


def test_a_log_that_is_not_there_says_nothing(log: EventLog) -> None:
    assert (log.read().events, log.read().unreadable) == ((), 0)
    assert not log.path.parent.exists()


def test_what_is_appended_is_read_in_its_order(log: EventLog) -> None:
    events = [event(n, actor="zo\u0308 \u2028\n\x00\U0001f511") for n in range(1, 6)]
    for entry in events:
        log.append(entry)

    assert log.read().events == tuple(events)
    assert log.read().unreadable == 0


def test_an_event_is_one_line_without_what_is_not_known(log: EventLog) -> None:
    log.append(event())

    [line, rest] = log.path.read_bytes().split(b"\n")
    assert rest == b""
    assert json.loads(line) == {
        "recorded": "2026-11-23T09:00:00Z",
        "at": "2026-11-23T09:00:00Z",
        "what": "issued",
        "key": "billing",
        "version": 1,
        "stack": "organization/keylife/dev",
        "urn": "urn:pulumi:dev::keylife::x::billing-v1",
        "source": {"actor": "ci"},
    }


def test_only_its_owner_may_read_it(log: EventLog) -> None:
    before = os.umask(0)
    try:
        log.append(event())
    finally:
        os.umask(before)

    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_a_line_is_on_the_disk_before_append_returns(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bytes] = []
    fsync = os.fsync

    def watched(handle: int) -> None:
        synced.append(log.path.read_bytes())
        fsync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    log.append(event())

    assert synced == [log.path.read_bytes()]
    assert synced[0].endswith(b"\n")


@pytest.mark.parametrize("torn", [b'{"recorded":"2026-1', b"\xff\xfe", b'{"recorded":1}'])
def test_half_a_line_that_a_crash_left_is_neither_glued_nor_hidden(
    log: EventLog, torn: bytes
) -> None:
    log.append(event(1))
    with log.path.open("ab") as file:
        file.write(torn)

    log.append(event(2))

    assert log.read().events == (event(1), event(2))
    assert log.read().unreadable == 1


def test_an_empty_line_is_nothing_lost(log: EventLog) -> None:
    log.append(event(1))
    with log.path.open("ab") as file:
        file.write(b"\n")
    log.append(event(2))

    assert log.read().events == (event(1), event(2))
    assert log.read().unreadable == 0


def test_every_line_that_is_no_event_is_counted(log: EventLog) -> None:
    log.append(event(1))
    good = log.path.read_text()
    strange = good.replace('"key"', '"unknown":1,"key"')
    log.path.write_text(f"[]\n{good}null\n{strange}words\n{good}")

    assert log.read().events == (event(1), event(1))
    assert log.read().unreadable == 4


def test_a_folder_that_cannot_be_is_an_error_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "events.jsonl"

    with pytest.raises(EventLogError, match="cannot be written") as caught:
        EventLog(path).append(event())

    assert caught.value.path == path
    assert caught.value.hint is not None
    assert "no key is issued without a record" in caught.value.hint


def test_a_full_disk_is_an_error() -> None:
    with pytest.raises(EventLogError, match="No space left on device"):
        EventLog(Path("/dev/full")).append(event())


def test_a_disk_that_takes_only_part_is_an_error(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, line: write(handle, line[:10]))

    with pytest.raises(EventLogError, match="only part of the line"):
        log.append(event())


def test_a_disk_that_fails_at_the_last_moment_is_an_error(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(handle: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fails)

    with pytest.raises(EventLogError, match="Input/output error"):
        log.append(event())


def test_a_log_that_cannot_be_read_is_no_empty_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        EventLog(tmp_path).read()


def _append_many(path: Path, process: int) -> None:
    log = EventLog(path)
    for number in range(50):
        log.append(event(process * 1000 + number, actor="x" * 3000))


def test_lines_of_several_processes_never_mix(log: EventLog) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_append_many, args=(log.path, n)) for n in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    record = log.read()
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    assert record.unreadable == 0
    numbers = [e.version for e in record.events if e.version is not None]
    assert sorted(numbers) == [n * 1000 + i for n in range(4) for i in range(50)]
    for n in range(4):
        own = [number for number in numbers if number // 1000 == n]
        assert own == sorted(own)


def test_an_event_has_no_field_for_anything_else() -> None:
    with pytest.raises(ValidationError):
        Event.model_validate({**event().model_dump(), "secret": "canary"})
