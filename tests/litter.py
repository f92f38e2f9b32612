"""Processes that outlive what started them: found by a word in their environment or arguments.

Neither pid nor process group tells: the engine gives each plugin a group of its own, and language
hosts outlive a killed CLI by minutes.
"""

from __future__ import annotations

from contextlib import suppress

import psutil  # type: ignore[import-untyped]  # it ships no types


def processes_with(word: str) -> list[str]:
    """Name and pid of each process whose environment or arguments hold ``word``."""
    return [f"{process.name()} ({process.pid})" for process in _find(word)]


def end_processes_with(word: str) -> None:
    """Kill them all, and wait until they are gone, with what they started meanwhile."""
    for _ in range(10):
        found = _find(word)
        if not found:
            return
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(found, timeout=10)


def _find(word: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() == psutil.STATUS_ZOMBIE or process.pid == psutil.Process().pid:
                continue
            if word in "\0".join([*process.cmdline(), *process.environ().values()]):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found
