"""Vault AppRole secret ids: per version a role of its own, behind an entity that ends its logins.

A token that was got by logging in outlives the secret id and the role it was got with: destroying
either leaves it alive (tried with OpenBao 2.7.2). So each version also has an identity entity:
with the entity gone, Vault refuses every token that was issued for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from pydantic import JsonValue

from keylife.kinds.vault_names import MountPath, PolicyNames
from keylife.model.base import Model
from keylife.model.duration import PositiveDuration
from keylife.model.instant import format_instant
from keylife.model.ledger import IssuedVersion
from keylife.model.traits import Traits
from keylife.orphan import Clients, Finder, Orphan, Pending, nothing_to_find

if TYPE_CHECKING:
    import pulumi

    from keylife.kinds.kind import Issuance, Material


ROLE_PREFIX = "keylife-"
"""How the roles begin that keylife makes, and the entities behind their logins."""


class VaultApproleSecretIdScope(Model):
    """What may be done with a token that was got by logging in with a secret id."""

    mount: MountPath = "approle"
    """Where the AppRole auth method is mounted."""

    policies: PolicyNames
    """Names of Vault policies, at least one; ``default`` is not added."""

    token_ttl: PositiveDuration = timedelta(minutes=15)
    """How long a token lives that was got by logging in, at most; no more than half of the
    version's life. So much before the version's expiry its last login is accepted."""


def _stray_secret_ids(pending: Pending, clients: Clients) -> Iterable[Orphan]:
    """Secret ids of the version's own role that the state does not know."""
    import hvac

    mount, role = str(pending.inputs["backend"]), str(pending.inputs["roleName"])
    if clients.vault.read(f"auth/{mount}/role/{role}") is None:
        return
    approle = clients.vault.auth.approle
    try:
        accessors = approle.list_secret_id_accessors(role, mount_point=mount)["data"]["keys"]
    except hvac.exceptions.InvalidPath:
        return
    for accessor in accessors:
        if f"backend={mount}::role={role}::accessor={accessor}" not in pending.known:
            yield Orphan(
                f"secret id with accessor {accessor} of the AppRole {role}",
                partial(approle.destroy_secret_id_accessor, role, accessor, mount_point=mount),
            )


def _stray_entity(pending: Pending, clients: Clients) -> Iterable[Orphan]:
    """The version's entity, if it was made and the state does not know it."""
    found = clients.vault.read(f"identity/entity/name/{pending.inputs['name']}")
    wanted = pending.inputs["metadata"]
    assert isinstance(wanted, dict)
    if found is None or found["data"]["id"] in pending.known:
        return
    told = found["data"]["metadata"] or {}
    if all(told.get(name) == wanted[name] for name in ("keylife-key", "keylife-version")):
        path = f"identity/entity/id/{found['data']['id']}"
        yield Orphan(f"entity {pending.inputs['name']}", partial(clients.vault.delete, path))


def _stray_alias(pending: Pending, clients: Clients) -> Iterable[Orphan]:
    """The alias of the version's own entity: the provider refuses to make it twice."""
    found = clients.vault.read(f"identity/entity/id/{pending.inputs['canonicalId']}")
    for alias in (found["data"]["aliases"] or ()) if found else ():
        if alias["name"] == pending.inputs["name"] and alias["id"] not in pending.known:
            path = f"identity/entity-alias/id/{alias['id']}"
            yield Orphan(f"entity alias {alias['name']}", partial(clients.vault.delete, path))


class VaultApproleSecretId:
    """A secret id with a role of its own; the tokens got with it die with the version."""

    name: ClassVar[str] = "vault-approle-secret-id"
    traits: ClassVar[Traits] = Traits(can_deactivate=False, scope_in_place=False)
    scope: ClassVar[type[Model]] = VaultApproleSecretIdScope
    credential: ClassVar[str] = "vault:appRole/authBackendRoleSecretId:AuthBackendRoleSecretId"
    finders: ClassVar[Mapping[str, Finder]] = {
        "vault:appRole/authBackendRoleSecretId:AuthBackendRoleSecretId": _stray_secret_ids,
        "vault:appRole/authBackendRole:AuthBackendRole": nothing_to_find,
        "vault:identity/entity:Entity": _stray_entity,
        "vault:identity/entityAlias:EntityAlias": _stray_alias,
    }
    presentable: ClassVar[frozenset[str]] = frozenset({"role_id", "secret_id"})
    expiry_enforced_by: ClassVar[str] = "Vault, by the TTLs of the secret id and of its tokens"

    def issue(self, issuance: Issuance, options: pulumi.ResourceOptions) -> Material:
        """Declare entity, alias, role and secret id of one version.

        They are made in this order, so that nobody can log in before the entity stands behind
        it, and end in the opposite one: no login, then no token. The secret id is not destroyed
        by itself (``deleted_with``): its role takes it along, and the real provider fails for
        ever on a secret id that somebody revoked already.
        """
        from pulumi import ResourceOptions
        from pulumi_vault import AuthBackend, approle, identity

        version = issuance.version
        scope = VaultApproleSecretIdScope.model_validate(dict(version.scope))
        name = _role_name(issuance.key_id, version)
        life = int((version.expiry - version.birth).total_seconds())
        token_ttl = max(1, min(int(scope.token_ttl.total_seconds()), life // 2))
        left = int((version.expiry - issuance.at).total_seconds())
        about = {
            "keylife-key": issuance.key_id,
            "keylife-version": str(version.number),
            "keylife-owner": version.owner,
            "keylife-service": version.service,
            "keylife-birth": format_instant(version.birth),
            "keylife-expiry": format_instant(version.expiry),
        }
        mount = AuthBackend.get(
            f"{issuance.name}-mount", scope.mount, opts=ResourceOptions(parent=options.parent)
        )
        entity = identity.Entity(f"{issuance.name}-entity", name=name, metadata=about, opts=options)
        alias = identity.EntityAlias(
            f"{issuance.name}-alias",
            name=name,  # an AppRole login's alias is its role id
            mount_accessor=mount.accessor,
            canonical_id=entity.id,
            opts=ResourceOptions.merge(options, ResourceOptions(deleted_with=entity)),
        )
        role = approle.AuthBackendRole(
            f"{issuance.name}-role",
            backend=scope.mount,
            role_name=name,
            role_id=name,  # chosen, so that the alias can be there before anybody logs in
            token_policies=list(scope.policies),
            token_no_default_policy=True,
            token_type="service",  # a batch token is bound to no entity
            token_ttl=token_ttl,
            token_max_ttl=token_ttl,
            token_explicit_max_ttl=token_ttl,
            secret_id_ttl=life,
            opts=ResourceOptions.merge(options, ResourceOptions(depends_on=[alias])),
        )
        secret_id = approle.AuthBackendRoleSecretId(
            issuance.name,
            backend=scope.mount,
            role_name=name,
            metadata=json.dumps(about, sort_keys=True),
            # without a `ttl` the provider makes another one at each deploy
            ttl=version.issuer_facts.get("ttl", max(1, left - token_ttl)),
            opts=ResourceOptions.merge(
                options,
                # Vault cuts a long `ttl` short, which would read as a change
                ResourceOptions(depends_on=[role], deleted_with=role, ignore_changes=["ttl"]),
            ),
        )
        return {"role_id": role.role_id, "secret_id": secret_id.secret_id}

    def trace(self, key_id: str, version: IssuedVersion) -> Mapping[str, JsonValue]:
        """The role: whatever secret id it has is the version's."""
        mount = VaultApproleSecretIdScope.model_validate(dict(version.scope)).mount
        return {"backend": mount, "roleName": _role_name(key_id, version)}


def _role_name(key_id: str, version: IssuedVersion) -> str:
    return f"{ROLE_PREFIX}{key_id}-v{version.number}"
