"""Vault tokens: orphans with an explicit maximum TTL, which Vault enforces."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, field_validator

from keylife.model.base import Model
from keylife.model.traits import Traits

if TYPE_CHECKING:
    import pulumi

    from keylife.kinds.kind import Issuance, Material


def _policy_name(text: str) -> str:
    if re.fullmatch(r"[a-z0-9][a-z0-9._/-]{0,127}", text) is None:
        raise ValueError("not the name of a Vault policy: lower case letters, digits and ._/-")
    if text == "root":
        raise ValueError(
            "the root policy may do anything, for ever: name the policy that is needed"
        )
    return text


class VaultTokenScope(Model):
    """What a Vault token may do."""

    policies: tuple[Annotated[str, AfterValidator(_policy_name)], ...]
    """Names of Vault policies, at least one; ``default`` is added by Vault unless it is told
    otherwise, and keylife tells it otherwise."""

    @field_validator("policies", mode="before")
    @classmethod
    def _sequence(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("policies")
    @classmethod
    def _distinct_and_some(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("at least one policy: a token that may do nothing is of no use")
        if len(set(value)) != len(value):
            raise ValueError("the same policy twice")
        return value


class VaultToken:
    """A Vault service token without parent, dead at its expiry whether anyone runs or not."""

    name: ClassVar[str] = "vault-token"
    traits: ClassVar[Traits] = Traits(can_deactivate=False, scope_in_place=False)
    scope: ClassVar[type[Model]] = VaultTokenScope
    expiry_enforced_by: ClassVar[str] = "Vault, by the token's explicit maximum TTL"

    def issue(self, issuance: Issuance, options: pulumi.ResourceOptions) -> Material:
        """Declare the token of one version."""
        raise NotImplementedError
