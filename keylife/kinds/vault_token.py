"""Vault tokens: orphans with an explicit maximum TTL, which Vault enforces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, field_validator

from keylife.model.base import Model
from keylife.model.instant import format_instant
from keylife.model.traits import Traits
from keylife.orphan import Clients, Finder, Orphan, Pending

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


def _stray_tokens(pending: Pending, clients: Clients) -> Iterable[Orphan]:
    """Tokens whose metadata names the version, and that the state does not know.

    A token's id in the state is its accessor. Listing accessors needs ``sudo`` in Vault.
    """
    import hvac

    vault = clients.vault
    for accessor in vault.auth.token.list_accessors()["data"]["keys"]:
        if accessor in pending.known:
            continue
        try:
            data = vault.auth.token.lookup_accessor(accessor)["data"]
        except hvac.exceptions.VaultError as error:
            if isinstance(error, (hvac.exceptions.Forbidden, hvac.exceptions.InvalidPath)):
                continue  # it ended between the listing and the look
            raise
        told, wanted = data.get("meta") or {}, pending.inputs["metadata"]
        assert isinstance(wanted, dict)
        if all(told.get(name) == wanted[name] for name in ("keylife-key", "keylife-version")):
            yield Orphan(
                f"Vault token with accessor {accessor}",
                partial(vault.auth.token.revoke_accessor, accessor),
            )


class VaultToken:
    """A Vault service token without parent, dead at its expiry whether anyone runs or not."""

    name: ClassVar[str] = "vault-token"
    traits: ClassVar[Traits] = Traits(can_deactivate=False, scope_in_place=False)
    scope: ClassVar[type[Model]] = VaultTokenScope
    credential: ClassVar[str] = "vault:index/token:Token"
    finders: ClassVar[Mapping[str, Finder]] = {"vault:index/token:Token": _stray_tokens}
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
            metadata={
                "keylife-key": issuance.key_id,
                "keylife-version": str(version.number),
                "keylife-owner": version.owner,
                "keylife-service": version.service,
                "keylife-birth": format_instant(version.birth),
                "keylife-expiry": format_instant(version.expiry),
            },
            opts=options,
        )
        return {"token": token.client_token}
