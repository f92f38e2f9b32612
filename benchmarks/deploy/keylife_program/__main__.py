"""Deploy what is declared in the folder that the config names, as any program with keylife does."""

from __future__ import annotations

from datetime import UTC, datetime

import pulumi

import keylife


def clock() -> datetime:
    """The only place of the program that reads it."""
    return datetime.now(UTC)  # noqa: TID251


keylife.run(pulumi.Config("benchmark").require("declarations"), clock=clock)
