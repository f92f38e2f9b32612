"""A state is read while runs write it."""

from __future__ import annotations

import time
from subprocess import CompletedProcess

import pytest

from keylife.engine.stack import TORN, read_whole


def test_a_state_that_is_just_being_written_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    torn = CompletedProcess([], 255, b"", f"error: {TORN}".encode())
    answers = [torn, torn, CompletedProcess([], 0, b"", b"")]
    assert read_whole(lambda: answers.pop(0)).returncode == 0
    assert (answers, len(waits)) == ([], 2)


def test_a_state_that_stays_torn_was_left_by_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    assert TORN in read_whole(lambda: CompletedProcess([], 255, "", TORN)).stderr
    assert sum(waits) < 5


def test_another_error_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("it waited"))
    asked = iter(range(10))
    done = read_whole(lambda: CompletedProcess([], next(asked), "", "wrong passphrase"))
    assert done.returncode == 0
