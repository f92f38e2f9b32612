"""What a benchmark says: ratios beside their limits, and the same as JSON."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.machine import FailedError, run
from benchmarks.result import Figure, Result, show, write_json

RESULT = Result(
    name="some",
    title="Something",
    columns=("program", "s"),
    rows=[("keylife", "1.0")],
    figures=[Figure("a / b", 0.5, 0.6), Figure("c / d", 0.7, 0.6), Figure("e / f", 2.0, None)],
    notes=["what it is of"],
    load=(0.5, 1.5),
)


def test_a_missed_limit_is_said_in_capitals() -> None:
    out = io.StringIO()

    show(RESULT, Console(file=out, width=80))

    lines = [line.strip() for line in out.getvalue().splitlines()]
    assert "a / b: 0.50, at most 0.6 met" in lines
    assert "c / d: 0.70, at most 0.6 MISSED" in lines
    assert "e / f: 2.00" in lines
    assert "load average 0.5 before, 1.5 after" in lines


def test_programs_are_told_its_version_and_each_verdict() -> None:
    told = json.loads(write_json([RESULT]))

    assert told["version"] == 1
    assert [figure["met"] for figure in told["results"][0]["figures"]] == [True, False, None]


def test_a_program_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match="why it failed"):
        run(["sh", "-c", "echo why it failed; exit 3"], folder=tmp_path, environment={})


def test_seconds_and_memory_are_the_process_s_own(tmp_path: Path) -> None:
    done = run(["sh", "-c", "sleep 0.2; echo done"], folder=tmp_path, environment={})

    assert done.output == "done\n"
    assert done.seconds >= 0.2
    assert done.cpu < done.seconds
    assert 0 < done.peak < 1000
