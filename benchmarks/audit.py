"""The audit log beside the disk's own limit, and PostgreSQL beside three statements an entry."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import TypeVar

import psycopg

from benchmarks.far import far
from benchmarks.machine import middle
from benchmarks.result import Figure, Result
from keylife.audit.keys import Keys
from keylife.audit.log import Log
from keylife.audit.reserve import Reserve
from keylife.audit.rows import Rows
from keylife.audit.verify import Seen, verify
from keylife.evidence.event import Event, What
from keylife.evidence.source import Source
from keylife.store.database import Database, open_database
from tests.postgres import PostgresServer

_AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_NUMBERS = count(1)
AWAY = 0.001
"""Seconds of a round trip to a PostgreSQL in another building."""

T = TypeVar("T")

Rates = dict[str, list[float]]
"""Events a second, by what was measured, one of each turn."""


def measure(
    folder: Path,
    *,
    full: bool,
    events: int = 500,
    verified: int | None = None,
    turns: int | None = None,
) -> Result:
    """Append and verify.

    Args:
        folder: an empty one, on the disk that is measured.
        full: more turns, and a million entries verified instead of a hundred thousand.
        events: how many are appended one by one in each turn.
        verified: how many entries are verified; by default as ``full`` says.
        turns: how often; by default as ``full`` says.
    """
    rates: Rates = defaultdict(list)
    log = _log(open_database(f"sqlite:///{folder / 'store.db'}"), folder)
    raw = os.open(folder / "raw", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    log.append(_event())
    entry = next(iter(Rows(log.database))).entry
    server = PostgresServer(Path(tempfile.mkdtemp(prefix="keylife-pg-")))
    server.initialise()
    with ExitStack() as open_now:
        open_now.callback(shutil.rmtree, server.folder)
        open_now.callback(server.stop)
        url = server.prepared_database()
        near = _Pair(url, folder / "pg")
        away = open_now.enter_context(far(server.folder, AWAY))
        url = server.prepared_database().replace(str(server.folder), str(away))
        distant = _Pair(url, folder / "far")
        for _ in range(turns or (9 if full else 5)):
            ones = [_event() for _ in range(events)]
            batches = [_batch(100) for _ in range(events // 10)]
            rates["disk"].append(_rate(ones, lambda _: _write(raw, entry)))
            rates["one"].append(_rate(ones, log.append))
            rates["batch"].append(100 * _rate(batches, log.append_all))
            rates["pg three"].append(_rate(ones, lambda _: _three(near.peer, entry)))
            rates["pg one"].append(_rate(ones, near.log.append))
            rates["pg batch"].append(100 * _rate(batches, near.log.append_all))
            some = ones[: events // 5]
            rates["far three"].append(_rate(some, lambda _: _three(distant.peer, entry)))
            rates["far one"].append(_rate(some, distant.log.append))
        near.close()
        distant.close()
    os.close(raw)
    size, seconds = _verify(log, verified or (1_000_000 if full else 100_000))
    chain = _chain(folder / "store.db")
    log.database.close()
    return _result(rates, size, seconds, chain)


def _event() -> Event:
    number = next(_NUMBERS)
    return Event(
        recorded=_AT,
        at=_AT,
        what=What.ISSUED,
        key=f"billing-deploy-{number % 500}",
        version=number,
        stack="organization/keylife/dev",
        urn="urn:pulumi:dev::keylife::keylife:index:ManagedKey$keylife:index:Version$aws:iam/"
        f"accessKey:AccessKey::billing-deploy-v{number}",
        source=Source(
            actor="ci",
            commit="0123456789abcdef0123456789abcdef01234567",
            author="Bo <bo@example.com>",
            branch="main",
            clean=True,
            update=7,
        ),
    )


def _batch(size: int) -> list[tuple[Event, str | None]]:
    return [(_event(), None) for _ in range(size)]


def _log(database: Database, folder: Path) -> Log:
    keys, reserve = Keys(folder / "audit-key"), Reserve(folder / "audit-reserve")
    return Log(database, keys, reserve, lambda _: (), time.monotonic, print)


def _rate(given: Sequence[T], do: Callable[[T], object]) -> float:
    begin = time.perf_counter()
    for one in given:
        do(one)
    return len(given) / (time.perf_counter() - begin)


def _write(handle: int, entry: bytes) -> None:
    os.write(handle, entry)
    os.fdatasync(handle)


class _Pair:
    """A log and its peer in one database."""

    def __init__(self, url: str, folder: Path) -> None:
        folder.mkdir()
        self.log = _log(open_database(url), folder)
        self.log.append(_event())
        self.peer = _peer(url)

    def close(self) -> None:
        """Close all connections."""
        self.peer.close()
        self.log.close()
        self.log.database.close()


def _peer(url: str) -> psycopg.Connection:
    peer = psycopg.connect(url)
    peer.execute("CREATE TABLE peer (sequence bigint PRIMARY KEY, entry bytea, hash bytea)")
    peer.commit()
    return peer


def _three(peer: psycopg.Connection, entry: bytes) -> None:
    """As a log is written usually: lock, read the last entry, insert, commit."""
    peer.execute("SELECT pg_advisory_xact_lock(1)")
    found = peer.execute("SELECT sequence FROM peer ORDER BY sequence DESC LIMIT 1").fetchone()
    number = 1 if found is None else found[0] + 1
    peer.execute("INSERT INTO peer VALUES (%s, %s, %s)", (number, entry, entry[:32]))
    peer.commit()


def _verify(log: Log, wanted: int) -> tuple[int, float]:
    """How many entries were verified in how many seconds."""
    note = log.head()
    assert note is not None
    size = int(note.split("\n")[1])
    while size < wanted:
        more = min(1_000, wanted - size)
        log.append_all(_batch(more))
        size += more
    note = log.head()
    assert note is not None
    begin = time.perf_counter()
    found = verify(Rows(log.database), log.verifier(), [Seen("saved head", note)], {})
    seconds = time.perf_counter() - begin
    assert found.findings == []
    assert found.size == size
    return size, seconds


def _chain(store: Path) -> float:
    """Seconds to hash all entries anew as a bare chain, which is no tree and has no signatures."""
    with closing(sqlite3.connect(store)) as connection:
        begin = time.perf_counter()
        last = b""
        for (entry,) in connection.execute("SELECT entry FROM keylife_audit ORDER BY sequence"):
            last = sha256(last + entry).digest()
        return time.perf_counter() - begin


def _result(rates: Rates, size: int, seconds: float, chain: float) -> Result:
    result = Result("audit", "The audit log, durable events a second", ("what", "middle", "runs"))
    for what, name in (
        ("disk", "append and fdatasync: the disk's limit"),
        ("one", "SQLite, one event a transaction"),
        ("batch", "SQLite, batches of 100"),
        ("pg three", "PostgreSQL, lock, read, insert, commit (the peer)"),
        ("pg one", "PostgreSQL, one statement an event"),
        ("pg batch", "PostgreSQL, batches of 100"),
        ("far three", "PostgreSQL a millisecond away, the peer"),
        ("far one", "PostgreSQL a millisecond away, one statement an event"),
    ):
        runs = " ".join(f"{rate:,.0f}" for rate in rates[what])
        result.rows.append((name, f"{middle(rates[what]):,.0f}", runs))
    verified = f"verified: {size:,} entries in {seconds:.1f} s"
    result.rows.append((verified, f"{size / seconds:,.0f}", ""))
    result.figures = [
        Figure("fdatasync / one durable event", _ratio(rates, "disk", "one"), 2.0),
        Figure(
            "one event a transaction / an event of a batch of 100",
            _ratio(rates, "one", "batch"),
            0.05,
        ),
        Figure(
            "PostgreSQL, the peer / one statement an event",
            _ratio(rates, "pg three", "pg one"),
            0.5,
        ),
        Figure(
            "PostgreSQL a millisecond away, the peer / one statement an event",
            _ratio(rates, "far three", "far one"),
            0.5,
        ),
        Figure(
            "PostgreSQL, one event / an event of a batch of 100",
            _ratio(rates, "pg one", "pg batch"),
            None,
        ),
        Figure("verified / the same entries hashed as a bare chain", seconds / chain, None),
    ]
    result.notes = [
        "each ratio is the middle of the turns' own ratios; the peer neither signs nor hashes",
    ]
    return result


def _ratio(rates: Rates, above: str, below: str) -> float:
    """The middle of the ratios of neighbours: what slows one slows the other."""
    pairs: Sequence[tuple[float, float]] = list(zip(rates[above], rates[below], strict=True))
    return middle([one / other for one, other in pairs])
