"""The Pulumi program: read the instant once, load the declarations, deploy what is due."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pulumi

from keylife.declarations import load
from keylife.errors import KeylifeError
from keylife.program.deploy import deploy, refused
from keylife.program.instant import instants


def clock() -> datetime:
    """The only place of the program that reads it."""
    return datetime.now(UTC).replace(microsecond=0)  # noqa: TID251


config = pulumi.Config("keylife")
try:
    deploy(
        load(Path(__file__).parent, pulumi.get_stack()),
        instants(config.get("at"), config.get_bool("simulatedClock") or False, clock()),
        clock=clock,
    )
except KeylifeError as error:
    raise refused(error) from error
