"""The machine's clock, as seconds that two processes agree on."""

from __future__ import annotations

import time


def now() -> float:
    """Seconds since 1970; a benchmark is a program of its own."""
    return time.time()  # noqa: TID251
