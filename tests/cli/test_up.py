"""Many stacks at once, with a CLI that is none: what is run, what is told, what is stopped."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
from rich.console import Console

from keylife.rollout.report import as_json, print_runs, progress
from keylife.rollout.run import Result, Rollout, StackRun, exit_code
from keylife.sandbox.process import within
from tests.cli.conftest import Command

CLI = Callable[[str], None]
RECORDING = """
stack=$(echo "$@" | sed 's/.*--stack \\([^ ]*\\).*/\\1/')
echo "begin $stack" >> "$TRACE"
"""
ENDING = 'echo "end $stack" >> "$TRACE"'


@pytest.fixture
def trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "trace"
    path.touch()
    monkeypatch.setenv("TRACE", str(path))
    return path


def roll(
    tmp_path: Path, stacks: Sequence[str], *arguments: str, parallel: int = 2
) -> tuple[list[StackRun], list[StackRun]]:
    told: list[StackRun] = []
    runs = Rollout(tmp_path, tmp_path / "logs", arguments, told.append).run(stacks, parallel)
    return runs, told


def test_every_stack_is_brought_up_once_with_the_options_that_were_passed(
    tmp_path: Path, pulumi: CLI
) -> None:
    pulumi('echo "$@"')

    runs, told = roll(tmp_path, ["a", "b", "a"], "--policy-pack", "policies")

    assert [(run.stack, run.result, run.exit_code) for run in runs] == [
        ("a", Result.DONE, 0),
        ("b", Result.DONE, 0),
    ]
    assert exit_code(runs) == 0
    assert runs[0].log.read_text() == (
        "up --yes --skip-preview --non-interactive --color never --stack a --policy-pack policies\n"
    )
    assert stat.S_IMODE(runs[0].log.stat().st_mode) == 0o600
    assert sorted((run.stack, run.result) for run in told if run.result) == [
        ("a", Result.DONE),
        ("b", Result.DONE),
    ]


def test_no_more_at_a_time_than_there_is_room(tmp_path: Path, pulumi: CLI, trace: Path) -> None:
    pulumi(f"{RECORDING} sleep 0.3; {ENDING}")

    roll(tmp_path, ["a", "b", "c", "d", "e"], parallel=2)

    at_work = highest = 0
    for line in trace.read_text().splitlines():
        at_work += 1 if line.startswith("begin") else -1
        highest = max(highest, at_work)
    assert highest == 2


def test_one_that_fails_stops_no_other_and_is_told_with_its_last_lines(
    tmp_path: Path, pulumi: CLI
) -> None:
    pulumi(
        'case "$*" in *"--stack b"*) i=0; while [ $i -lt 30 ]; do echo "line $i"; i=$((i+1));'
        " done; printf '\\033[2Jerror: no\\n\\n'; exit 255;; esac"
    )

    runs, _ = roll(tmp_path, ["a", "b", "c"])

    assert [run.result for run in runs] == [Result.DONE, Result.FAILED, Result.DONE]
    assert exit_code(runs) == 1
    assert len(runs[1].last_lines) == 12
    assert runs[1].last_lines[-1] == "\N{REPLACEMENT CHARACTER}[2Jerror: no"
    told = io.StringIO()
    print_runs(runs, Console(file=told, highlight=False))
    assert "b  failed" in told.getvalue() and "error: no" in told.getvalue()
    answer = json.loads(as_json(runs))
    assert answer["format_version"] == 1
    assert [(s["stack"], s["result"], s["exit_code"]) for s in answer["stacks"]] == [
        ("a", "done", 0),
        ("b", "failed", 255),
        ("c", "done", 0),
    ]


def test_without_a_terminal_progress_is_plain_lines() -> None:
    told = io.StringIO()

    with progress(Console(file=told, highlight=False), 2) as tell:
        tell(StackRun("a", Path("log")))
        tell(StackRun("a", Path("log"), Result.DONE, 0, 2.6))

    assert told.getvalue() == "a: begun, see log\na: done in 3 s (1 of 2)\n"


STUBBORN = f"{RECORDING} trap '' INT; while :; do sleep 0.1; done"
OBEDIENT = f"{RECORDING} trap 'echo stopped >> \"$TRACE\"; exit 1' INT; while :; do sleep 0.1; done"


@pytest.mark.parametrize(
    ("script", "signals", "ends"),
    [
        pytest.param(OBEDIENT, [signal.SIGINT], "stopped", id="Ctrl-C is passed on"),
        pytest.param(OBEDIENT, [signal.SIGTERM], "stopped", id="so is a pipeline's SIGTERM"),
        pytest.param(STUBBORN, [signal.SIGINT, signal.SIGINT], "", id="a second one kills"),
    ],
)
def test_an_interrupt_stops_all_and_says_what_was_cut_off(
    *,
    project: Path,
    pulumi: CLI,
    trace: Path,
    script: str,
    signals: list[signal.Signals],
    ends: str,
) -> None:
    pulumi(script)
    for name in ("one", "two", "waiting"):
        (project / "stacks" / name / "keys").mkdir(parents=True)
    started = subprocess.Popen(
        [
            *(sys.executable, "-c", "from keylife.cli.main import run; run()", "up"),
            *("--format=json", "--parallel=2", "--stack=one", "--stack=two", "--stack=waiting"),
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    begun: list[psutil.Process] = []
    try:
        assert within(30, lambda: trace.read_text().count("begin") == 2)
        begun = psutil.Process(started.pid).children(recursive=True)
        for number in signals:
            time.sleep(0.3)
            started.send_signal(number)
        out, err = started.communicate(timeout=30)
    finally:
        started.kill()
        for process in begun:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    assert started.returncode == 130, err
    assert {s["stack"]: s["result"] for s in json.loads(out)["stacks"]} == {
        "one": "cut off",
        "two": "cut off",
        "waiting": "not begun",
    }
    assert trace.read_text().count("stopped") == (2 if ends else 0)
    assert "waiting" not in trace.read_text()


def test_all_are_those_with_declarations(project: Path, pulumi: CLI, keylife: Command) -> None:
    pulumi('echo "$@"')
    (project / "stacks" / "prod" / "keys").mkdir(parents=True)
    (project / "stacks" / "notes").mkdir()

    answer = keylife("up", "--all", "--format", "json", "--", "--refresh")

    assert answer.code == 0
    assert [s["stack"] for s in answer.json()["stacks"]] == ["dev", "prod"]
    assert "(2 of 2)" in answer.err
    assert "--refresh" in (project / ".keylife" / "up-dev.log").read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param([], "say which stacks", id="no stack"),
        pytest.param(["--all", "--stack", "dev"], "say which stacks", id="all and one"),
        pytest.param(["--all", "--", "--stack", "dev"], "`--stack`", id="a stack of Pulumi's own"),
        pytest.param(["--all", "--", "--stack=dev"], "`--stack=dev`", id="the same in one word"),
        pytest.param(["--all", "--", "-s", "dev"], "`-s`", id="the same in short"),
        pytest.param(["--all", "--parallel", "0"], "--parallel", id="none at a time"),
    ],
)
def test_what_makes_no_sense_runs_nothing(
    *, project: Path, pulumi: CLI, trace: Path, keylife: Command, arguments: list[str], told: str
) -> None:
    pulumi(RECORDING)

    answer = keylife("up", *arguments)

    assert answer.code == 2
    assert told in answer.err
    assert trace.read_text() == ""
