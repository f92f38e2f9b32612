"""The time by which the sandbox's AWS judges date conditions: movable, and ticking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class SandboxClock:
    """A real clock plus an offset, so that a year of rotations can be played in minutes.

    Only policy conditions are judged by it. Timestamps that moto writes into its answers
    (``CreateDate``, ``DeletedDate`` ...) stay in real time.
    """

    def __init__(self, real: Callable[[], datetime]) -> None:
        """Start in step with ``real``, which must return aware instants."""
        self._real = real
        self._offset = timedelta(0)

    @property
    def offset(self) -> timedelta:
        """How far this clock is ahead of the real one; negative when it is behind."""
        return self._offset

    def now(self) -> datetime:
        """The sandbox's instant, in UTC."""
        return (self._real() + self._offset).astimezone(UTC)

    def move_to(self, instant: datetime | None) -> None:
        """Make it ``instant`` now and tick on from there; ``None`` returns to real time.

        Moving backwards is allowed: a clock that runs backwards is one of the faults that
        keylife has to stand.

        Raises:
            ValueError: ``instant`` has no time zone.
        """
        if instant is None:
            self._offset = timedelta(0)
            return
        if instant.tzinfo is None:
            raise ValueError("an instant needs a time zone, for example a trailing Z")
        self._offset = instant - self._real()
