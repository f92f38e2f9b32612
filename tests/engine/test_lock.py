"""Who holds a lock, read from what the CLI prints, and whether that process lives."""

from __future__ import annotations

import platform
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import psutil  # type: ignore[import-untyped]  # it ships no types
import pytest

from keylife.engine.lock import Lock, locks_in
from keylife.recovery.owner import is_dead

REFUSED = """\
error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end \
or delete the lock file with `pulumi cancel`.
  file:///srv/back%20end/.pulumi/locks/organization/keylife/dev/1b0c.json?no_tmp_dir=true: \
created by ada@build-7 (pid 4711) at 2026-11-23T06:00:00+01:00
  file:///srv/back%20end/.pulumi/locks/organization/keylife/dev/9f3e.json?no_tmp_dir=true: \
created by CORP\\grace@laptop.local (pid 12) at 2026-11-23T05:00:02Z
"""
"""What `pulumi` 3.200.0 prints, with the paths shortened."""


def test_every_lock_is_read_with_its_owner() -> None:
    assert locks_in(REFUSED) == (
        Lock("ada", "build-7", 4711, datetime(2026, 11, 23, 5, tzinfo=UTC)),
        Lock("CORP\\grace", "laptop.local", 12, datetime(2026, 11, 23, 5, 0, 2, tzinfo=UTC)),
    )


@pytest.mark.parametrize(
    "message",
    [
        pytest.param("", id="nothing"),
        pytest.param("error: failed to decrypt: incorrect passphrase", id="another error"),
        pytest.param(
            "error: [409] Conflict: Another update is currently in progress.",
            id="the lock of Pulumi Cloud, which names no process",
        ),
    ],
)
def test_what_speaks_of_no_lock_has_none(message: str) -> None:
    assert locks_in(message) == ()


def lock(pid: int, since: datetime, host: str | None = None) -> Lock:
    return Lock("ada", host or platform.node(), pid, since)


def began(process: subprocess.Popen[bytes]) -> datetime:
    return datetime.fromtimestamp(psutil.Process(process.pid).create_time(), UTC)


@pytest.fixture
def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def test_an_owner_lives_until_it_has_ended(sleeper: subprocess.Popen[bytes]) -> None:
    taken = lock(sleeper.pid, began(sleeper) + timedelta(seconds=1))
    assert is_dead(taken) is False

    sleeper.kill()
    while psutil.Process(sleeper.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    assert is_dead(taken) is True, "a corpse that nobody has fetched is no owner"

    sleeper.wait()
    assert is_dead(taken) is True


def test_a_process_that_began_after_the_lock_is_another_one(
    sleeper: subprocess.Popen[bytes],
) -> None:
    assert is_dead(lock(sleeper.pid, began(sleeper) - timedelta(minutes=1))) is True
    sleeper.kill()
    sleeper.wait()


def test_a_lock_of_the_same_second_is_its_owners(sleeper: subprocess.Popen[bytes]) -> None:
    """The lock's instant has whole seconds: it may look older than the process that took it."""
    assert is_dead(lock(sleeper.pid, began(sleeper).replace(microsecond=0))) is False
    assert is_dead(lock(sleeper.pid, began(sleeper) - timedelta(seconds=2))) is False
    sleeper.kill()
    sleeper.wait()


def test_of_another_machines_process_nothing_is_known() -> None:
    assert is_dead(lock(1, datetime.now(UTC), host="another.example")) is None
