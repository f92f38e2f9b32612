"""What runs here, and how long it takes."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Run:
    """One process from its start to its end."""

    seconds: float
    """By the clock."""

    cpu: float
    """Seconds of its own and of the children it waited for."""

    peak: float
    """MiB of memory at most, of the largest process."""

    output: str


class FailedError(Exception):
    """A process that is measured failed: there is nothing to compare."""


def run(
    command: Sequence[str | Path],
    *,
    folder: Path,
    environment: Mapping[str, str],
    exit_code: int = 0,
) -> Run:
    """Run a command to its end.

    Args:
        command: the program and its arguments.
        folder: where it runs.
        environment: all of it.
        exit_code: what it is to end with.

    Raises:
        FailedError: its exit code is another; the message holds the end of what it said.
    """
    begin = time.perf_counter()
    child = subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert child.stdout is not None
    with child.stdout:
        output = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - begin
    if child.returncode != exit_code:
        raise FailedError(f"{command[0]} ended with {child.returncode}:\n{output[-2000:]}")
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, output)


def load_average() -> float:
    """How many processes wanted to run in the last minute, on average."""
    return os.getloadavg()[0]


def middle(values: Sequence[float]) -> float:
    """The median: one slow run says nothing of the others."""
    return median(values)
