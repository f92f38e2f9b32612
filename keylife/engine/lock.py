"""Who holds a stack's lock, and whether they are still alive."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

_LOCK = re.compile(
    r"created by (?P<user>\S+)@(?P<host>\S+) \(pid (?P<pid>[0-9]+)\) at (?P<since>\S+)"
)


@dataclass(frozen=True)
class Lock:
    """A lock of a self-managed backend, as the Pulumi CLI tells of it."""

    user: str
    host: str
    pid: int
    since: datetime

    def __str__(self) -> str:
        return f"{self.user}@{self.host}, process {self.pid}, since {self.since.isoformat()}"


def locks_in(message: str) -> tuple[Lock, ...]:
    """The locks that a command was refused for; empty if it says nothing of locks.

    Source: pulumi/pkg, backend/diy/lock.go, the text of a refused operation.
    """
    return tuple(
        Lock(
            user=match["user"],
            host=match["host"],
            pid=int(match["pid"]),
            since=datetime.fromisoformat(match["since"]),
        )
        for match in _LOCK.finditer(message)
    )
