"""Vault tokens: orphans with an explicit maximum TTL, which Vault enforces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from pydantic import JsonValue

from keylife.kinds.vault_accessors import end_token, standing_tokens
from keylife.kinds.vault_names import PolicyNames
from keylife.model.base import Model
from keylife.model.instant import format_instant
from keylife.model.ledger import IssuedVersion
from keylife.model.traits import Traits
from keylife.orphan import Clients, Finder, Orphan, Pending

if TYPE_CHECKING:
    import pulumi

    from keylife.kinds.kind import Issuance, Material


class VaultTokenScope(Model):
    """What a Vault token may do."""

    policies: PolicyNames
    """Names of Vault policies, at least one; ``default`` is added by Vault unless it is told
    otherwise, and keylife tells it otherwise."""


def _stray_tokens(pending: Pending, clients: Clients) -> Iterable[Orphan]:
    """Tokens whose metadata is the version's, to its birth, and that the state does not know.

    A token's id in the state is its accessor.
    """
    vault = clients.vault
    for accessor, told in standing_tokens(vault, pending.known):
        if (told.get("meta") or {}) == pending.inputs["metadata"]:
            end = partial(end_token, vault, accessor)
            yield Orphan(f"Vault token with accessor {accessor}", end)


class VaultToken:
    """A Vault service token without parent, dead at its expiry whether anyone runs or not."""

    name: ClassVar[str] = "vault-token"
    traits: ClassVar[Traits] = Traits(can_deactivate=False, scope_in_place=False)
    scope: ClassVar[type[Model]] = VaultTokenScope
    credential: ClassVar[str] = "vault:index/token:Token"
    finders: ClassVar[Mapping[str, Finder]] = {"vault:index/token:Token": _stray_tokens}
    presentable: ClassVar[frozenset[str]] = frozenset({"token"})
    expiry_enforced_by: ClassVar[str] = "Vault, by the token's explicit maximum TTL"

    def issue(self, issuance: Issuance, options: pulumi.ResourceOptions) -> Material:
        """Declare the token of one version.

        Almost any changed input of a token issues another one, so everything comes from the
        version as it was planned at its birth; once the token lives, its TTL comes from the
        ledger too, because what is left of it shrinks with every run.
        """
        from pulumi_vault import Token

        version = issuance.version
        left = f"{int((version.expiry - issuance.at).total_seconds())}s"
        ttl = str(version.issuer_facts.get("explicitMaxTtl", left))
        token = Token(
            issuance.name,
            display_name=issuance.name,
            policies=list(VaultTokenScope.model_validate(dict(version.scope)).policies),
            no_default_policy=True,
            no_parent=True,  # else it dies with the provider's own child token, minutes later
            renewable=False,
            ttl=ttl,
            explicit_max_ttl=ttl,
            metadata=_metadata(issuance.key_id, version),
            opts=options,
        )
        return {"token": token.client_token}

    def trace(self, key_id: str, version: IssuedVersion) -> Mapping[str, JsonValue]:
        """The metadata: the birth in it tells it from a version of another stack's."""
        return {"metadata": {**_metadata(key_id, version)}}


def _metadata(key_id: str, version: IssuedVersion) -> dict[str, str]:
    return {
        "keylife-key": key_id,
        "keylife-version": str(version.number),
        "keylife-owner": version.owner,
        "keylife-service": version.service,
        "keylife-birth": format_instant(version.birth),
        "keylife-expiry": format_instant(version.expiry),
    }
