"""A process is known again by its pid and its beginning, and only that one is ever stopped."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from keylife.sandbox.errors import SandboxError
from keylife.sandbox.process import StartedProcess, beginning_of, start, within

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = (
    "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('deaf', flush=True); time.sleep(60)"
)
PARENT = (
    "import subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print(child.pid, flush=True); time.sleep(60)"
)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(SLEEP) as process:
        yield process
        process.kill()


def test_a_started_process_is_alive_until_it_is_stopped(tmp_path: Path) -> None:
    process = start("sleeper", SLEEP, log=tmp_path / "log")

    assert process.alive()
    assert process.stop()
    assert not process.alive()
    assert not process.stop()


def test_a_stranger_who_has_the_pid_now_is_left_alone(stranger: subprocess.Popen[bytes]) -> None:
    record = StartedProcess(name="sleeper", pid=stranger.pid, beginning="another moment")

    assert not record.alive()
    assert not record.stop()
    assert stranger.poll() is None


def test_a_process_that_ended_by_itself_is_not_alive(stranger: subprocess.Popen[bytes]) -> None:
    beginning = beginning_of(stranger.pid)
    assert beginning is not None
    record = StartedProcess(name="sleeper", pid=stranger.pid, beginning=beginning)
    assert record.alive()

    stranger.kill()

    # Nobody has asked for its exit code yet, so its corpse still holds the pid.
    assert within(5, lambda: not record.alive())


def test_a_process_deaf_to_the_polite_signal_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = start("deaf", [sys.executable, "-c", STUBBORN], log=log)
    assert within(10, lambda: "deaf" in log.read_text())

    assert process.stop(patience=0.2)
    assert not process.alive()


def test_what_a_process_started_ends_with_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = start("parent", [sys.executable, "-c", PARENT], log=log)
    assert within(10, lambda: log.read_text().endswith("\n"))
    child = int(log.read_text())
    assert beginning_of(child) is not None

    process.stop()

    assert within(5, lambda: beginning_of(child) is None)


def test_a_program_that_cannot_be_started_is_said(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="nonsense"):
        start("nonsense", [tmp_path / "missing"], log=tmp_path / "log")


def test_a_server_sees_no_credentials_and_no_proxies_of_the_callers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "VAULT_TOKEN", "HTTPS_PROXY", "PULUMI_ACCESS_TOKEN"):
        monkeypatch.setenv(name, "the user's own")
    log = tmp_path / "log"

    start("env", [sys.executable, "-c", "import os; print(dict(os.environ), 'end')"], log=log)

    assert within(10, lambda: "end" in log.read_text())
    assert "the user's own" not in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600
