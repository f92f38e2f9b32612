"""Which versions a Vault has of declared keys: by their metadata, or by the store's memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from keylife.kinds.vault_accessors import standing_tokens
from keylife.kinds.vault_approle_secret_id import ROLE_PREFIX, VaultApproleSecretIdScope
from keylife.kinds.vault_pki_certificate import (
    Certificate,
    VaultPkiCertificateScope,
    standing_certificates,
)
from keylife.model.ledger import IssuedVersion
from keylife.rebuild.found import FoundVersion
from keylife.rebuild.searching import Search, labels, remembered

if TYPE_CHECKING:
    import hvac


def tokens(search: Search) -> Iterator[FoundVersion]:
    """Tokens tell whose they are for as long as they live."""
    for accessor, data in standing_tokens(search.clients.vault):
        told = labels(data.get("meta") or {}, "keylife-")
        if told is None or not search.is_wanted("Vault token", told):
            continue
        yield FoundVersion(
            **told,
            scope={"policies": sorted(data["policies"])},
            credential=accessor,
            active=True,
            facts={"explicitMaxTtl": f"{data['explicit_max_ttl']}s"},
        )


def secret_ids(search: Search) -> Iterator[FoundVersion]:
    """The version's entity tells whose it is; a role without one, or with two secret ids, is not
    as keylife makes it."""
    vault = search.clients.vault
    entities = {
        name: found["data"]
        for name in _listed(vault, "identity/entity/name")
        if name.startswith(ROLE_PREFIX)
        and (found := vault.read(f"identity/entity/name/{name}")) is not None
    }
    mounts = {
        mount
        for key in search.keys.values()
        for scope in (key.scope, *(v.scope for v in _births(search, key.id)))
        for mount in (VaultApproleSecretIdScope.model_validate(dict(scope)).mount,)
    }
    roles = {
        name: mount
        for mount in sorted(mounts)
        for name in _listed(vault, f"auth/{mount}/role")
        if name.startswith(ROLE_PREFIX)
    }
    search.unreadable.update(name.removeprefix(ROLE_PREFIX) for name in roles.keys() - entities)
    for name, entity in entities.items():
        told = labels(entity["metadata"] or {}, "keylife-")
        if told is None:
            search.unreadable.add(name.removeprefix(ROLE_PREFIX))
        elif search.is_wanted("Vault entity", told):
            mount = roles.get(name)
            accessors = _listed(vault, f"auth/{mount}/role/{name}/secret-id") if mount else []
            if len(accessors) > 1:
                search.unreadable.add(name.removeprefix(ROLE_PREFIX))
                continue
            yield _secret_id(search, told, name, mount, accessors)


def _secret_id(
    search: Search, told: dict[str, Any], name: str, mount: str | None, accessors: list[str]
) -> FoundVersion:
    """One version, without its credential if its role is gone, or has no secret id."""
    vault = search.clients.vault
    born = search.born(told["key"], told["number"])
    scope = born.scope if born else search.keys[told["key"]].scope
    if mount is None:
        return FoundVersion(**told, scope=scope, credential=None, active=True)
    role = vault.read(f"auth/{mount}/role/{name}")["data"]
    scope = {**scope, "policies": sorted(role["token_policies"])}
    if not accessors:
        return FoundVersion(**told, scope=scope, credential=None, active=True)
    [accessor] = accessors
    found = vault.auth.approle.read_secret_id_accessor(name, accessor, mount_point=mount)["data"]
    return FoundVersion(
        **told,
        scope=scope,
        credential=f"backend={mount}::role={name}::accessor={accessor}",
        active=True,
        facts={"ttl": int(found["secret_id_ttl"])},
        shown={"role_id": name},
    )


def certificates(search: Search) -> Iterator[FoundVersion]:
    """Those that stand of the versions that the store remembers: a certificate itself tells its
    host and its end, and no number."""
    standing: dict[str, list[Certificate]] = {}
    for key in search.keys.values():
        for born in _births(search, key.id):
            scope = VaultPkiCertificateScope.model_validate(dict(born.scope))
            if scope.mount not in standing:
                standing[scope.mount] = [*standing_certificates(search.clients.vault, scope.mount)]
            own = [c for c in standing[scope.mount] if c.is_of(scope.common_name, born.expiry)]
            if len(own) > 1:
                search.unreadable.add(f"{key.id}-v{born.number}")
            elif own:
                yield FoundVersion(
                    **remembered(key, born),
                    credential=own[0].serial,
                    active=True,
                    shown={"certificate": own[0].pem.strip()},
                )


def _births(search: Search, key: str) -> tuple[IssuedVersion, ...]:
    record = search.remembered.get(key)
    return record.versions if record else ()


def _listed(vault: hvac.Client, path: str) -> list[str]:
    """What Vault lists at a path; it says of an empty list that there is none."""
    found: Mapping[str, Any] | None = vault.list(path)
    return list(found["data"]["keys"]) if found else []
