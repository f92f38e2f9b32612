"""A declared key: a machine credential as a line of reviewed code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import ValidationInfo, field_validator, model_validator

from keylife.model.base import Model, Name, Sentence
from keylife.model.duration import Duration, PositiveDuration, format_duration
from keylife.model.imported import Imported
from keylife.model.json_value import JsonValue
from keylife.model.revocation import RotationRequest, Tombstone


class DeliverySpec(Model):
    """A place a version's secret is written to: the delivery's name and its settings."""

    kind: Name
    """Which delivery: ``vault-kv``, ``secrets-manager`` …"""

    settings: Mapping[str, JsonValue]
    """What that delivery needs to know; checked by the delivery itself."""

    @model_validator(mode="before")
    @classmethod
    def _from_single_entry(cls, value: Any) -> Any:
        """Accept the declared form, a mapping of one entry: ``{vault-kv: {path: …}}``."""
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            [(kind, settings)] = value.items()
            return {"kind": kind, "settings": settings}
        if set(value) != {"kind", "settings"}:
            raise ValueError("a delivery is one entry: its name, then its settings")
        return value


class Key(Model):
    """A declared credential, with an id that is never used again once revoked."""

    id: Name
    """The key's name for ever; renaming it makes another key."""

    kind: Name
    """What is issued, and by whom: ``aws-access-key``, ``vault-token`` …"""

    service: Name
    """The declared service whose workload uses the key."""

    owner: Name
    """The declared owner who answers for it."""

    purpose: Sentence
    """What it is for, in words a reviewer understands."""

    target: Name | None = None
    """Where its issuer is: a name that the stack's config maps to account, region, role or Vault.
    Without one: the stack's own."""

    scope: Mapping[str, JsonValue]
    """What the key may do, in the kind's own terms."""

    ttl: PositiveDuration
    """From birth to refusal: no version ever lives longer, overlap included."""

    rotate_every: PositiveDuration
    """From one birth to the next; shorter than ``ttl``. What is left is the grace."""

    quarantine: Duration = timedelta(days=1)
    """How long a deactivated version is kept before it is destroyed, where the issuer can
    deactivate at all."""

    deliver: tuple[DeliverySpec, ...]
    """Where consumers read the current version; at least one place."""

    gateways: tuple[Name, ...] = ()
    """The declared gateways that let consumers through by it: they hear of its end, too."""

    rotations: tuple[RotationRequest, ...] = ()
    """Rotations on demand, in the order they were asked for."""

    imported: Imported | None = None
    """The credential that existed before keylife and is version 1 of the key."""

    revoked: Tombstone | None = None
    """The tombstone: the key ends with the next deploy and its id never lives again."""

    @field_validator("gateways", "rotations", mode="before")
    @classmethod
    def _sequence(cls, value: Any) -> Any:
        """A YAML sequence is a list; the models are frozen and keep tuples."""
        return tuple(value) if isinstance(value, list) else value

    @field_validator("deliver", mode="before")
    @classmethod
    def _delivered_somewhere(cls, value: Any) -> Any:
        if value in ([], ()):
            raise ValueError("at least one delivery: a key that nobody can read is of no use")
        return cls._sequence(value)

    @field_validator("gateways")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("name each gateway once")
        return value

    @field_validator("rotate_every")
    @classmethod
    def _overlaps(cls, value: timedelta, info: ValidationInfo) -> timedelta:
        ttl = info.data.get("ttl")
        if ttl is not None and value >= ttl:
            raise ValueError(
                f"the rotation period ({format_duration(value)}) must be shorter than the TTL"
                f" ({format_duration(ttl)}), or consumers are left without a working version"
            )
        return value

    @field_validator("imported")
    @classmethod
    def _adopted_where_it_is(cls, value: Imported | None, info: ValidationInfo) -> Imported | None:
        if value is not None and value.adopts and info.data.get("target") is not None:
            raise ValueError(
                "what is adopted stays with the stack's own provider: another one would replace it;"
                " leave out `target`, or `adopts`, and then its secret is not known"
            )
        return value

    @property
    def grace(self) -> timedelta:
        """How long a version and its successor both work: TTL minus rotation period."""
        return self.ttl - self.rotate_every
