"""What was handed over is carried out, by this process or by the one that comes after it."""

from __future__ import annotations

import json
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from keylife.evidence.event import What
from keylife.revocation.certificate import read_certificate
from keylife.store import certificates, revocations
from keylife.store.database import Database
from keylife.store.revocations import Accepted, Settled
from keylife.store.tables import audit
from tests.store.builders import holding, revocation

SYSTEMS = ("east", "west")
ASKED = "r1"
BEFORE = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """DBOS remembers ids for longer than the tests' databases keep rows."""
    monkeypatch.setattr(f"{__name__}.ASKED", f"r-{secrets.token_hex(4)}")


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A folder in which nothing lives yet."""
    folder = tmp_path / "world"
    folder.mkdir()
    return folder


def accept(database: Database, world: Path, count: int) -> Accepted:
    """A revocation of so many versions in each system, all of which live."""
    held = [
        holding(f"{system}/{n}", version=n, window=0.5) for system in SYSTEMS for n in range(count)
    ]
    for each in held:
        (world / each.place.replace("/", "-")).touch()
    with database.writing() as connection:
        return revocations.accept(connection, revocation(ASKED, asked=BEFORE), held)


def labourer(url: str, world: Path, *more: str) -> subprocess.Popen[str]:
    """A process at work."""
    command = [sys.executable, "-m", "tests.revocation.labourer", url, str(world), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def ended(process: subprocess.Popen[str]) -> None:
    """It has done its work, and said nothing else."""
    said, _ = process.communicate(timeout=90)
    assert (process.returncode, said) == (0, "at work\n")


def settled(database: Database) -> Accepted:
    """The revocation, that it is settled, and that each order's end is recorded and certified
    once."""
    with database.reading() as connection:
        found = revocations.fetch(connection, ASKED)
        kept = certificates.of_revocation(connection, ASKED)
        entries = [json.loads(row.entry) for row in connection.execute(select(audit))]
    assert found is not None
    assert found.settled is Settled.PROVEN
    orders = {(s.holding.version, s.holding.place) for s in found.standings}
    assert {(each.version, each.place) for each in kept} == orders
    events = [entry["event"] for entry in entries]
    proofs = [event for event in events if event["what"] == What.VERIFIED]
    assert sorted((event["version"], event["place"]) for event in proofs) == sorted(orders)
    digests = {read_certificate(each.body).digest for each in kept}
    assert {event["certificate"] for event in proofs} == digests
    return found


def calls(world: Path) -> Counter[str]:
    """How often each thing was done."""
    return Counter((world / "calls").read_text().splitlines())


def test_a_system_that_is_down_holds_up_only_its_own(
    database: Database, store_url: str, world: Path
) -> None:
    accept(database, world, 3)
    (world / "west.down").touch()
    process = labourer(store_url, world, ASKED)
    deadline = time.monotonic() + 30
    while list(world.glob("east-*")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert len(list(world.glob("west-*"))) == 3
    (world / "west.down").unlink()
    ended(process)
    found = settled(database)
    assert not list(world.glob("*-*"))
    assert {s.phase for s in found.standings} == {revocations.Phase.PROVEN}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_who_comes_next_goes_on_where_another_process_ended(
    database: Database, store_url: str, world: Path, how: signal.Signals
) -> None:
    accept(database, world, 12)
    (world / "west.down").touch()
    first = labourer(store_url, world, ASKED)
    assert first.stdout is not None
    assert first.stdout.readline() == "at work\n"
    first.send_signal(how)
    first.communicate()
    assert list(world.glob("*-*")), "it was killed too late to show anything"
    (world / "west.down").unlink()
    ended(labourer(store_url, world))
    settled(database)
    assert not list(world.glob("*-*"))
    # what was down is tried as often as the time allowed; what answered, twice at worst
    answered = {call: n for call, n in calls(world).items() if call.startswith("delete east")}
    assert answered and max(answered.values()) <= 2


def test_two_processes_do_not_do_each_others_work(
    database: Database, store_url: str, world: Path
) -> None:
    accept(database, world, 6)
    processes = [labourer(store_url, world, ASKED) for _ in range(2)]
    for process in processes:
        ended(process)
    settled(database)
    assert set(calls(world).values()) <= {1, 3 + 1 + 1}  # a delete; a use before, three, a listing
