"""Vault tokens that die with the token that made them."""

from __future__ import annotations

from collections.abc import Mapping

from keylife.compliance.credential import Objection
from keylife.compliance.unknown import UNKNOWN

VAULT_TYPE = "vault:index/token:Token"

_CURE = "set `noParent: true`, or use a token role whose tokens are orphans"


def child_objection(
    type_token: str, inputs: Mapping[str, object], provider: Mapping[str, object] | None
) -> Objection | None:
    """Why a credential may die with its parent; None if it stands alone.

    A role may make orphans; whether it does is not in the token's resource, and so not refused.

    Source: Vault's documentation, "Token hierarchies and orphan tokens"; Vault provider,
    ``skip_child_token``.

    Args:
        type_token: the resource's type.
        inputs: its plain inputs.
        provider: the inputs of its provider, where a gate sees them.
    """
    if type_token != VAULT_TYPE or inputs.get("roleName") is not None:
        return None
    alone = inputs.get("noParent")
    if alone is UNKNOWN:
        return Objection("may die with the provider's own token: `noParent` is computed", _CURE)
    if alone is True or (provider or {}).get("skipChildToken") in (True, "true"):
        return None
    return Objection(
        "dies with the provider's own token, after 20 minutes: `noParent` is not true", _CURE
    )
