"""Whether the process that holds a lock is alive, as far as this machine can see."""

from __future__ import annotations

import platform
from datetime import UTC, datetime, timedelta

import psutil  # type: ignore[import-untyped]

from keylife.engine.lock import Lock

_DOUBT = timedelta(seconds=10)
"""A lock's instant has whole seconds, a process's beginning is counted from a boot time that moves
when the clock is set. Within that a process counts as the owner: a lock that stands too long
costs a moment, one that is lifted under a live run costs a key."""


def is_dead(lock: Lock) -> bool | None:
    """Whether a lock's owner has ended; None if it ran on another machine.

    A process with the lock's number that began after the lock was taken is another one. Two
    containers with one host name and process numbers of their own cannot be told apart.
    """
    if lock.host != platform.node():
        return None
    try:
        process = psutil.Process(lock.pid)
        if process.status() == psutil.STATUS_ZOMBIE:  # ended; its parent has not asked yet
            return True
        began = datetime.fromtimestamp(process.create_time(), UTC)
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
    return began > lock.since + _DOUBT
