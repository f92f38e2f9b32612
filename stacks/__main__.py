"""The Pulumi program: read the instant once, load the declarations, deploy what is due."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pulumi

import keylife


def clock() -> datetime:
    """The only place of the program that reads it."""
    return datetime.now(UTC)  # noqa: TID251


config = pulumi.Config("keylife")
keylife.deploy(
    keylife.load(Path(__file__).parent, pulumi.get_stack()),
    keylife.instants(config.get("at"), config.get_bool("simulatedClock"), clock()),
    clock=clock,
)
