"""Bringing a holding through its steps, as whoever revokes does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keylife.orphan import Clients
from keylife.systems.system import Holding
from keylife.systems.table import SYSTEMS


def holding(system: str, key: str, version: int = 1, weak: str = "", **facts: str) -> Holding:
    return Holding(
        system=system,
        key=key,
        version=version,
        place=f"{system}/here",
        facts=facts,
        urn="",
        provider="",
        window=1.0,
        weak=weak,
    )


def done(held: Holding, clients: Clients) -> dict[str, str]:
    """Every step's words, by its name."""
    return {step.name: step.do(held, clients) for step in SYSTEMS[held.system].steps}


def state(*resources: Mapping[str, Any]) -> dict[str, Any]:
    """An export."""
    return {"version": 3, "deployment": {"resources": list(resources)}}
