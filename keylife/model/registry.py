"""Who has to do with keys: what all stacks share, and one stack's declarations."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from keylife.model.base import Model, Name, Sentence
from keylife.model.gateway import Gateway
from keylife.model.instant import Instant
from keylife.model.key import Key


class ServiceStatus(StrEnum):
    """Where a service is in its life."""

    ACTIVE = "active"
    DEPRECATED = "deprecated"
    RETIRED = "retired"


class Service(Model):
    """A workload that uses keys."""

    id: Name
    description: Sentence
    status: Annotated[ServiceStatus, Field(strict=False)] = ServiceStatus.ACTIVE

    since: Instant | None = None
    """From when a status other than active holds; needed with one."""

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if (self.status is ServiceStatus.ACTIVE) != (self.since is None):
            raise ValueError(
                "a service that is deprecated or retired says since when, an active one does not"
            )
        return self


class OwnerStatus(StrEnum):
    """Whether an owner can still answer for a key."""

    ACTIVE = "active"
    DEPARTED = "departed"


class Owner(Model):
    """Who answers for keys: a team or a person."""

    id: Name
    contact: Sentence
    """How to reach them when a key of theirs is found in the wrong place."""

    status: Annotated[OwnerStatus, Field(strict=False)] = OwnerStatus.ACTIVE
    since: Instant | None = None
    """From when they are departed; needed with that status."""

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if (self.status is OwnerStatus.ACTIVE) != (self.since is None):
            raise ValueError("an owner who departed says since when, an active one does not")
        return self


class Declarations(Model):
    """Everything one stack declares, by id."""

    keys: Mapping[str, Key]
    services: Mapping[str, Service]
    owners: Mapping[str, Owner]
    gateways: Mapping[str, Gateway] = {}
