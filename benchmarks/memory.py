"""The memory of a process and all that it started, as it is while they run."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

EVERY = 0.03
"""Seconds from one look to the next: what stands for less is not seen."""


def peak(command: Sequence[str | Path], *, folder: Path, environment: Mapping[str, str]) -> float:
    """Run a command, and tell how much memory it and its children had at once, at most, in MiB.

    What several of them share counts once: each has its part of it. To look takes them time, so a
    run that is looked at is not one that is timed.

    Source: the Linux kernel's documentation of ``/proc/<pid>/smaps_rollup``, on Pss.

    Args:
        command: the program and its arguments.
        folder: where it runs.
        environment: all of it.
    """
    child = subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    most = 0
    while child.poll() is None:
        most = max(most, sum(_proportional(pid) for pid in _family(child.pid)))
        time.sleep(EVERY)
    return most / 1024


def _family(pid: int) -> Iterator[int]:
    """A process and all below it; none that ended meanwhile."""
    yield pid
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _read(tasks).split():
            yield from _family(int(child))


def _proportional(pid: int) -> int:
    """KiB of a process, with its part of what it shares with others; 0 if it ended meanwhile."""
    for line in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it ended between two looks
        return ""
