"""What was asked of the sandbox's AWS and what came of it, for oracles that count."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

KEPT = 100_000
"""How many calls are kept one by one; the counts go on beyond."""


@dataclass(frozen=True)
class RecordedCall:
    """One signed call; never with a secret."""

    service: str
    action: str
    parameters: dict[str, Any]
    caller: str | None
    """User name behind the key; ``None`` if the key was refused."""

    at: str
    """The sandbox's instant, ISO 8601."""

    error: str | None
    """AWS's name of the error that the client was told; ``None`` for success."""

    executed: bool
    """Whether the call was carried out, whatever the client was told."""


class Calls:
    """All calls since the start, counted; the latest ones in full."""

    def __init__(self) -> None:
        self._kept: deque[RecordedCall] = deque(maxlen=KEPT)
        self._received: Counter[str] = Counter()
        self._executed: Counter[str] = Counter()

    def record(
        self,
        service: str,
        action: str,
        parameters: dict[str, Any],
        *,
        caller: str | None,
        at: datetime,
        error: str | None,
        executed: bool,
    ) -> None:
        """Note one call."""
        name = f"{service}:{action}"
        stamp = at.isoformat(timespec="milliseconds")
        self._kept.append(RecordedCall(service, action, parameters, caller, stamp, error, executed))
        self._received[name] += 1
        self._executed[name] += executed

    def as_json(self) -> dict[str, Any]:
        """Counts by ``service:Action``, received and executed, and the calls kept, oldest first."""
        return {
            "received": dict(self._received),
            "executed": dict(self._executed),
            "calls": [asdict(call) for call in tuple(self._kept)],  # calls go on meanwhile
        }
