"""How long to wait before a system that failed is asked again: longer each time, for ever."""

from __future__ import annotations

from datetime import timedelta

FIRST = timedelta(seconds=1)
LONGEST = timedelta(minutes=5)
"""A dead system that comes back is asked again within this time."""


def wait_after(failures: int, chance: float) -> timedelta:
    """The wait after so many failures in a row: doubled each time up to `LONGEST`.

    There is no last attempt: OpenBao gives a lease up after six, and its key lives on
    (THREATS.md, fact 9).

    Args:
        failures: 1 after the first.
        chance: from [0, 1), spreads the attempts of many holdings that failed together over the
            second half of the wait, so that a system that comes back is not run over.
    """
    doublings = min(failures - 1, 32)
    longest = min(FIRST * (1 << doublings), LONGEST)
    return longest * (0.5 + chance / 2)
