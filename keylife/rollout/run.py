"""Running `pulumi up` on many stacks: each is a process of its own, and none is run twice.

Every child is in a session of its own, so that a Ctrl-C reaches only whoever started them; it
passes it on once, to the CLI alone, which then ends what it has begun and begins nothing new.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from threading import Event, Lock
from typing import IO

import psutil  # type: ignore[import-untyped]

_PATIENCE = 120.0
"""Seconds that a child is given to end what it has begun after a Ctrl-C."""

_LAST_LINES = 12


class Result(StrEnum):
    """What became of one stack."""

    DONE = "done"
    FAILED = "failed"
    CUT_OFF = "cut off"
    """A Ctrl-C came while it was at work."""

    NOT_BEGUN = "not begun"
    """A Ctrl-C came first."""


@dataclass(frozen=True)
class StackRun:
    """One stack's run, begun or over."""

    stack: str
    log: Path
    result: Result | None = None
    """None while it is at work."""

    exit_code: int | None = None
    """The CLI's own; negative if a signal ended it."""

    seconds: float = 0.0
    last_lines: tuple[str, ...] = ()
    """What its log ends with, unless all went well."""


Told = Callable[[StackRun], None]
"""Hears of every run that begins, and of every one that is over; from one thread at a time."""


class Rollout:
    """Brings stacks up."""

    def __init__(self, folder: Path, logs: Path, arguments: Sequence[str], told: Told) -> None:
        """Nothing is run yet.

        Args:
            folder: the Pulumi project's.
            logs: takes ``up-<stack>.log`` of every stack, readable by its owner only.
            arguments: for every `pulumi up`, besides the stack's name.
            told: hears what happens.
        """
        self._folder = folder
        self._logs = logs
        self._arguments = arguments
        self._told = told
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._changing = Lock()
        self._stop = Event()

    def run(self, stacks: Sequence[str], parallel: int) -> list[StackRun]:
        """Bring the stacks up, in their order as far as there is room, each one once.

        A KeyboardInterrupt stops all of them; a second one kills them. It is not raised again:
        the answer tells what was cut off.
        """
        self._logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ThreadPoolExecutor(parallel) as pool:
            runs = [pool.submit(self._one, stack) for stack in dict.fromkeys(stacks)]
            try:
                _until_over(runs, None)
            except KeyboardInterrupt:
                self._end(runs)
        return [run.result() for run in runs]

    def _end(self, runs: list[Future[StackRun]]) -> None:
        try:
            with self._changing:
                self._stop.set()
                for child in self._running.values():
                    child.send_signal(signal.SIGINT)
            _until_over(runs, _PATIENCE)
        except KeyboardInterrupt:
            pass
        with self._changing:
            for child in self._running.values():
                _kill(child.pid)

    def _one(self, stack: str) -> StackRun:
        log = self._logs / f"up-{stack.replace('/', '.')}.log"
        begun = time.monotonic()
        with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            child = self._start(stack, stream)
            if child is None:
                return self._over(StackRun(stack, log, Result.NOT_BEGUN))
            self._tell(StackRun(stack, log))
            code = child.wait()
        with self._changing:
            del self._running[stack]
        result = Result.DONE if code == 0 else Result.FAILED
        if code != 0 and self._stop.is_set():
            result = Result.CUT_OFF
        last = () if result is Result.DONE else _last_lines(log)
        seconds = time.monotonic() - begun
        return self._over(StackRun(stack, log, result, code, seconds, last))

    def _start(self, stack: str, log: IO[bytes]) -> subprocess.Popen[bytes] | None:
        options = ("--yes", "--skip-preview", "--non-interactive", "--color", "never")
        with self._changing:
            if self._stop.is_set():
                return None
            child = subprocess.Popen(
                ["pulumi", "up", *options, "--stack", stack, *self._arguments],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._running[stack] = child
        return child

    def _over(self, run: StackRun) -> StackRun:
        self._tell(run)
        return run

    def _tell(self, run: StackRun) -> None:
        with self._changing:
            self._told(run)


def exit_code(runs: Sequence[StackRun]) -> int:
    """0 only if every stack is done; 130 if any was cut off or never begun."""
    results = {run.result for run in runs}
    if results & {Result.CUT_OFF, Result.NOT_BEGUN}:
        return 130
    return 0 if results <= {Result.DONE} else 1


def _until_over(runs: list[Future[StackRun]], patience: float | None) -> None:
    """Wait in short spans: a signal reaches Python's main thread only between them."""
    end = None if patience is None else time.monotonic() + patience
    waiting = set(runs)
    while waiting and (end is None or time.monotonic() < end):
        _, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)


def _kill(pid: int) -> None:
    """The CLI and what it started: plugins outlive a killed CLI by minutes."""
    with suppress(psutil.NoSuchProcess):
        cli = psutil.Process(pid)
        for process in (cli, *cli.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                process.kill()


def _last_lines(log: Path) -> tuple[str, ...]:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return tuple(_plain(line.rstrip()) for line in lines if line.strip())[-_LAST_LINES:]


def _plain(line: str) -> str:
    """Without what a terminal would obey."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
