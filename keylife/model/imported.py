"""A credential that existed before keylife, and that a key begins with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import field_validator

from keylife.model.base import Model
from keylife.model.instant import Instant
from keylife.model.json_value import JsonValue


class Imported(Model):
    """The existing credential that becomes version 1 of a key; nothing is issued for it.

    Written by ``keylife import``. It may stay in the declaration after version 1 has ended.
    """

    created: Instant
    """When its issuer made it: its birth, so that an old credential is due at once."""

    credential: Mapping[str, JsonValue]
    """Which one it is, in the kind's own terms."""

    adopts: Mapping[str, JsonValue] | None = None
    """The resources of a plain Pulumi program in the same stack that make it, in the kind's own
    terms: they move into the key, secret included. Without it the credential is read from its
    issuer, which tells no secret: then version 2 is issued and delivered at once."""

    @field_validator("adopts", mode="before")
    @classmethod
    def _not_nothing(cls, value: Any) -> Any:
        if value is not None and not value:
            raise ValueError("leave it out where no resource is adopted")
        return value

    @property
    def has_secret(self) -> bool:
        """Whether the secret can be delivered: only the stack's own state can hold it."""
        return self.adopts is not None
