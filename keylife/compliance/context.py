"""What the rules judge against: an instant, limits, and who may have keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from keylife.compliance.limits import Limits
from keylife.compliance.population import Population
from keylife.model.registry import Owner, Service


@dataclass(frozen=True)
class Registry:
    """The services and owners that may have keys, by id."""

    services: Mapping[str, Service]
    owners: Mapping[str, Owner]


@dataclass(frozen=True)
class RegistryUnknown:
    """The registry could not be read: nobody is known to be active."""

    why: str
    cure: str


@dataclass(frozen=True)
class Context:
    """What is the same for all that is judged in one run."""

    at: datetime
    limits: Limits
    registry: Registry | RegistryUnknown
    population: Population = field(default_factory=Population)
    """All that the gate sees, together."""
