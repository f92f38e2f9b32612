"""The log on both databases: durable, in one order, signed, without gaps, whoever writes."""

from __future__ import annotations

import multiprocessing
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from keylife.audit.entry import FIRST, link, read_event
from keylife.audit.errors import AuditUnwritableError
from keylife.audit.head import open_head
from keylife.audit.rows import Row, Rows, split_nodes
from keylife.errors import EventLogError
from keylife.evidence.event import Event, What
from keylife.store.database import Database, open_database
from keylife.store.errors import StoreError, StoreUnreachableError
from tests.audit import oracle
from tests.audit.events import event
from tests.audit.logs import Clock, Notebook, open_log
from tests.postgres import PostgresServer


def events_of(database: Database) -> list[Event]:
    return [read_event(row.entry) for row in Rows(database)]


def require_whole(database: Database, folder: Path) -> list[Row]:
    """The log as it must be, by the RFC's definitions and nothing of keylife's tree."""
    rows = list(Rows(database))
    leaf, signature, entries = b"", None, []
    for number, row in enumerate(rows, start=1):
        assert row.sequence == number
        previous = link(leaf, signature) if number > 1 else FIRST
        assert row.entry.endswith(f'"previous":"{previous.hex()}","sequence":{number}}}'.encode())
        leaf, signature = oracle.leaf(row.entry), row.signature
        entries.append(row.entry)
        assert split_nodes(row.nodes)[0] == leaf
        assert row.key == read_event(row.entry).key
    log = open_log(database, folder)
    note = log.head()
    assert note is not None
    head = open_head(note, log.verifier())
    assert (head.size, head.root) == (len(rows), oracle.mth(entries))
    return rows


def test_what_is_appended_is_read_in_its_order(database: Database, tmp_path: Path) -> None:
    log = open_log(database, tmp_path)
    events = [event(number) for number in range(1, 20)]
    for one in events[:9]:
        log.append(one)
    log.append_all([(one, None) for one in events[9:14]])
    log = open_log(database, tmp_path)
    for one in events[14:]:
        log.append(one)

    assert events_of(database) == events
    rows = require_whole(database, tmp_path)
    unsigned = [row.sequence for row in rows if row.signature is None]
    assert unsigned == [10, 11, 12, 13], "a batch has one head, at its end"


def test_a_log_of_nothing_has_no_head(database: Database, tmp_path: Path) -> None:
    log = open_log(database, tmp_path)
    log.append_all([])

    assert log.head() is None
    assert not (tmp_path / "audit.key").exists()


def test_an_event_is_there_before_append_returns(database: Database, tmp_path: Path) -> None:
    log = open_log(database, tmp_path)
    other = open_database(database.url)
    for number in range(1, 4):
        log.append(event(number))
        assert events_of(other) == [event(n) for n in range(1, number + 1)]
    other.close()


def test_what_is_recorded_once_is_recorded_once(database: Database, tmp_path: Path) -> None:
    log, other = open_log(database, tmp_path), open_log(database, tmp_path)
    log.append(event(1), once="issued v1")
    log.append(event(2), once="issued v1")
    other.append_all([(event(3), "issued v1"), (event(4), None), (event(5), "issued v2")])
    log.append_all([(event(6), "issued v1"), (event(7), "issued v2")])

    assert events_of(database) == [event(1), event(4), event(5)]
    require_whole(database, tmp_path)


def test_two_writers_take_turns(database: Database, tmp_path: Path) -> None:
    one, other = open_log(database, tmp_path), open_log(database, tmp_path)
    for number in range(1, 9):
        (one if number % 2 else other).append(event(number))

    assert events_of(database) == [event(number) for number in range(1, 9)]
    require_whole(database, tmp_path)


def test_threads_are_written_together(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    insert = Rows.insert

    def counted(self: Rows, rows: list[Row]) -> None:
        sizes.append(len(rows))
        insert(self, rows)

    monkeypatch.setattr(Rows, "insert", counted)
    log = open_log(database, tmp_path)

    def write(base: int) -> None:
        for number in range(20):
            log.append(event(base + number))

    threads = [threading.Thread(target=write, args=(base,)) for base in range(0, 160, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(e.version or 0 for e in events_of(database)) == list(range(160))
    assert sum(sizes) == 160
    assert len(sizes) < 160, "nobody was written together with another"
    require_whole(database, tmp_path)


def _append_many(url: str, folder: Path, base: int) -> None:
    database = open_database(url)
    log = open_log(database, folder)
    for number in range(15):
        log.append(event(base + number))
    log.append_all([(event(base + number), None) for number in range(15, 20)])
    log.close()
    database.close()


def test_several_processes_make_one_log(store_url: str, tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [
        context.Process(target=_append_many, args=(store_url, tmp_path, base))
        for base in (100, 200, 300, 400)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    database = open_database(store_url)
    rows = require_whole(database, tmp_path)
    numbers = [read_event(row.entry).version or 0 for row in rows]
    for base in (100, 200, 300, 400):
        own = [number for number in numbers if base <= number < base + 20]
        assert own == list(range(base, base + 20))
    database.close()


@pytest.mark.parametrize(
    "statement", ["UPDATE keylife_audit SET key = 'x'", "DELETE FROM keylife_audit"]
)
def test_the_database_refuses_to_rewrite_it(
    database: Database, tmp_path: Path, statement: str
) -> None:
    open_log(database, tmp_path).append(event())

    with pytest.raises(StoreError), database.writing() as connection:
        connection.execute(text(statement))

    assert events_of(database) == [event()]


def test_an_answer_that_was_lost_is_looked_for_and_not_written_twice(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(database, tmp_path)
    log.append(event(1))
    insert = Rows.insert

    def lost(self: Rows, rows: list[Row]) -> None:
        insert(self, rows)
        monkeypatch.setattr(Rows, "insert", insert)
        raise StoreUnreachableError("here", "the connection was lost")

    monkeypatch.setattr(Rows, "insert", lost)
    log.append(event(2))
    log.append(event(3))

    assert events_of(database) == [event(1), event(2), event(3)]
    require_whole(database, tmp_path)


def test_a_statement_that_was_lost_is_sent_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(database, tmp_path)
    insert = Rows.insert

    def lost(self: Rows, rows: list[Row]) -> None:
        monkeypatch.setattr(Rows, "insert", insert)
        raise StoreUnreachableError("here", "the connection was lost")

    monkeypatch.setattr(Rows, "insert", lost)
    log.append(event(1))

    assert events_of(database) == [event(1)]


def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the store takes nothing."""

    def refuses(*_: Any) -> None:
        raise StoreUnreachableError("here", "the disk is full")

    monkeypatch.setattr(Rows, "insert", refuses)


def test_without_a_log_nothing_is_granted_and_kills_go_on(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warnings: list[str] = []
    log = open_log(database, tmp_path, warnings=warnings)
    log.prepare()
    broken(monkeypatch)

    for what in (what for what in What if not what.is_kill):
        with pytest.raises(EventLogError, match="the disk is full"):
            log.append(event(1, what))
    assert log.reserve.count() == 0
    for number, what in enumerate((what for what in What if what.is_kill), start=1):
        log.append(event(number, what))

    assert log.reserve.count() == len(warnings) == 6
    assert events_of(database) == []


def test_what_the_reserve_took_comes_into_the_log_in_order_before_anything_else(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(database, tmp_path)
    log.append(event(1))
    with monkeypatch.context() as patch:
        broken(patch)
        for number in (2, 3, 4):
            log.append(event(number, What.REVOKED))

    open_log(database, tmp_path).append(event(5))
    log.append(event(6))

    assert [e.version for e in events_of(database)] == [1, 2, 3, 4, 5, 6]
    assert log.reserve.is_empty()
    require_whole(database, tmp_path)


def test_a_kill_does_not_wait_for_a_store_that_failed_a_moment_ago(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    clock = Clock(100.0)

    def refuses(*_: Any) -> None:
        asked.append(clock.now)
        raise StoreUnreachableError("here", "no answer")

    log = open_log(database, tmp_path, clock=clock)
    log.prepare()
    with monkeypatch.context() as patch:
        patch.setattr(Rows, "insert", refuses)
        for at in (100.0, 101.0, 104.9, 105.0):
            clock.now = at
            log.append(event(int(at), What.REVOKED))
        with pytest.raises(EventLogError):
            log.append(event(1, What.ISSUED))

    assert sorted({*asked}) == [100.0, 105.0], "a grant asks, a kill only now and then"
    log.append(event(107, What.ISSUED))
    log.append(event(108, What.REVOKED))
    assert [one.version for one in events_of(database)] == [100, 101, 104, 105, 107, 108]


def test_what_was_merged_by_a_process_that_died_is_not_merged_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(database, tmp_path)
    log.prepare()
    with monkeypatch.context() as patch:
        broken(patch)
        for number in (1, 2):
            log.append(event(number, What.REVOKED))
    before = log.reserve.path.read_bytes()
    log.append(event(3))
    log.reserve.path.write_bytes(before)

    open_log(database, tmp_path).append(event(4))

    assert [e.version for e in events_of(database)] == [1, 2, 3, 4]
    assert log.reserve.is_empty()


def test_what_is_told_to_the_reserve_twice_by_one_name_is_there_once(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(database, tmp_path)
    log.append(event(1, What.REVOKED), once="r1/accepted")
    with monkeypatch.context() as patch:
        broken(patch)
        for number in (2, 3):
            log.append(event(number, What.REVOKED), once="r1/accepted")
            log.append(event(number + 10, What.DESTROYED), once="r1/destroyed")
    assert log.reserve.count() == 2

    log.append(event(20))

    assert [e.version for e in events_of(database)] == [1, 12, 20]
    assert log.reserve.is_empty()


def test_a_kill_is_refused_when_the_reserve_is_used_up(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(database, tmp_path)
    log.prepare()
    broken(monkeypatch)
    kills = [(event(number, What.REVOKED), None) for number in range(1024)]
    log.append_all(kills)

    with pytest.raises(AuditUnwritableError, match="used up: it holds 1024 events"):
        log.append(event(1, What.REVOKED))


def test_a_log_whose_key_is_gone_grants_nothing(database: Database, tmp_path: Path) -> None:
    log = open_log(database, tmp_path)
    log.append(event(1))
    (tmp_path / "audit.key").unlink()

    again = open_log(database, tmp_path)
    with pytest.raises(AuditUnwritableError, match="it is not there") as caught:
        again.append(event(2))
    again.append(event(3, What.REVOKED))

    assert "KEYLIFE_AUDIT_KEY" in str(caught.value.hint)
    assert not (tmp_path / "audit.key").exists(), "a new key would begin another log"
    assert again.reserve.count() == 1


def test_a_log_takes_no_other_key(database: Database, tmp_path: Path) -> None:
    open_log(database, tmp_path).append(event(1))
    (tmp_path / "other").mkdir()
    other = open_log(database, tmp_path)
    other.keys.path.rename(tmp_path / "kept.key")
    other.keys.existing_or_new()

    with pytest.raises(AuditUnwritableError, match="signed by another key"):
        other.append(event(2))


def test_witnesses_are_told_at_once_and_then_now_and_then_and_at_the_end(
    database: Database, tmp_path: Path
) -> None:
    witness, clock = Notebook(), Clock()
    log = open_log(database, tmp_path, witness, clock=clock)

    seen = []
    for number, at in enumerate((0.0, 1.0, 9.9, 10.0, 15.0), start=1):
        clock.now = at
        log.append(event(number))
        seen.append(len(witness.taken))
    log.close()

    assert seen == [1, 1, 1, 2, 2]
    sizes = [open_head(note, log.verifier()).size for note in witness.taken]
    assert sizes == [1, 4, 5]
    log.close()
    assert len(witness.taken) == 3


def test_a_log_that_is_older_than_what_was_witnessed_grants_nothing(
    database: Database, tmp_path: Path
) -> None:
    warnings: list[str] = []
    witness, other = Notebook(), tmp_path / "other"
    log = open_log(database, tmp_path, witness)
    log.append(event(1))
    rolled_back = open_database(f"sqlite:///{other}.db")
    copy = open_log(rolled_back, tmp_path, Notebook())
    copy.append(event(1))
    log.append(event(2))
    log.witness()

    again = open_log(rolled_back, tmp_path, witness, warnings=warnings)
    with pytest.raises(AuditUnwritableError, match="notebook has seen 2 entries, and it has 1"):
        again.append(event(3))
    again.append(event(4, What.REVOKED))

    assert again.reserve.count() == 1
    assert "has seen 2 entries" in warnings[0]
    assert events_of(rolled_back) == [event(1)]
    rolled_back.close()


def test_a_fork_is_not_taken_by_a_witness_nor_written_on(
    database: Database, tmp_path: Path
) -> None:
    witness = Notebook()
    log = open_log(database, tmp_path, witness)
    fork = open_database(f"sqlite:///{tmp_path}/fork.db")
    warnings: list[str] = []
    forked = open_log(fork, tmp_path, Notebook(), warnings=warnings)
    for number in range(1, 6):
        log.append(event(number))
        forked.append(event(number if number < 3 else number + 90))
    log.witness()
    forked.append(event(96))

    forked.witnesses = lambda _: [witness]
    forked.close()
    assert "has seen other entries among the first 5" in "".join(warnings)
    assert open_head(witness.taken[-1], log.verifier()).size == 5
    with pytest.raises(AuditUnwritableError, match="other entries"):
        open_log(fork, tmp_path, witness).append(event(97))
    fork.close()


def test_an_event_takes_postgresql_one_round_trip(postgres: PostgresServer, tmp_path: Path) -> None:
    """Each ends with the one message after which a client waits for its answer."""
    url = postgres.prepared_database()
    database = open_database(url)
    log = open_log(database, tmp_path)
    log.append(event(1))  # the first of each prepares its statement, which takes one more
    log.append_all([(event(number), None) for number in range(200, 300)])
    connection = log._rows._own.dbapi_connection
    with (tmp_path / "trace").open("wb") as trace:
        connection.pgconn.trace(trace.fileno())
        for number in range(2, 12):
            log.append(event(number))
        log.append_all([(event(number), None) for number in range(12, 112)])
        connection.pgconn.untrace()

    sent = [line.split(b"\t") for line in (tmp_path / "trace").read_bytes().splitlines()]
    waits = [line for line in sent if len(line) > 3 and line[1] == b"F" and line[3] == b"Sync"]
    assert len(waits) == 11, sent[:4]
    log.close()
    database.close()
    postgres.drop_database(url)
