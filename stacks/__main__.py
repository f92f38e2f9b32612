"""The Pulumi program: deploy what is declared beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import keylife


def clock() -> datetime:
    """The only place of the program that reads it."""
    return datetime.now(UTC)  # noqa: TID251


keylife.run(Path(__file__).parent, clock=clock)
