"""Whether the process that holds a lock is alive, as far as this machine can see."""

from __future__ import annotations

import platform
from datetime import UTC, datetime

import psutil  # type: ignore[import-untyped]

from keylife.recovery.lock import Lock


def is_dead(lock: Lock) -> bool | None:
    """Whether a lock's owner has ended; None if it ran on another machine.

    A process with the lock's number that began after the lock was taken is another one.
    """
    if lock.host != platform.node():
        return None
    try:
        began = datetime.fromtimestamp(psutil.Process(lock.pid).create_time(), UTC)
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
    return began > lock.since
