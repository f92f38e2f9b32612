"""Asking issuers and places what they have of the declared keys; nothing is changed.

Only keys of the kinds ``aws-access-key`` and ``vault-token`` are looked for, and copies in Vault's
KV and in Secrets Manager: the others do not say enough of themselves.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from keylife.deliveries import DELIVERIES
from keylife.deliveries.secrets_manager import SecretsManagerSettings
from keylife.deliveries.vault_kv import VaultKvSettings
from keylife.kinds.aws_imported_key import ImportedAccessKey
from keylife.kinds.vault_accessors import standing_tokens
from keylife.model.imported import Imported
from keylife.model.instant import parse_instant
from keylife.model.key import DeliverySpec, Key
from keylife.orphan import Clients
from keylife.rebuild.found import Found, FoundCopy, FoundVersion

KINDS = ("aws-access-key", "vault-token")
"""The kinds of which versions are found."""

ClientsOf = Callable[[str | None], Clients]
"""The connections of a target; None is the stack's own."""


def survey(keys: Iterable[Key], clients_of: ClientsOf, imported: Collection[str] = ()) -> Found:
    """What there is of the keys, at the issuers and places that their declarations name.

    Args:
        keys: those declared.
        clients_of: connections to a target.
        imported: the ids of those whose beginning, made before keylife, is to be looked for.
    """
    declared = {key.id: key for key in keys}
    versions: list[FoundVersion] = []
    strangers: list[str] = []
    unreadable: set[str] = set()
    for kind, look in (("aws-access-key", _aws_versions), ("vault-token", _vault_versions)):
        for target in {key.target for key in declared.values() if key.kind == kind}:
            for version in look(clients_of(target), unreadable):
                known = declared.get(version.key)
                if known is not None and (known.kind, known.target) == (kind, target):
                    versions.append(version)
                elif known is None:
                    strangers.append(f"{kind} {version.key} v{version.number}")
    copies = [
        copy
        for key in declared.values()
        if key.revoked is None
        for spec in key.deliver
        if (copy := _copy(key, spec, clients_of)) is not None
    ]
    return Found(
        tuple(versions),
        tuple(copies),
        tuple(sorted(strangers)),
        frozenset(unreadable),
        frozenset(
            key.id
            for key in declared.values()
            if key.imported is not None
            and key.id in imported
            and _is_gone(key.imported, clients_of(key.target))
        ),
    )


def _is_gone(imported: Imported, clients: Clients) -> bool:
    """Whether what a key began with stands nowhere any more; only access keys are imported."""
    told = ImportedAccessKey.model_validate(dict(imported.credential))
    iam = clients.aws("iam")
    try:
        found = iam.list_access_keys(UserName=told.user)["AccessKeyMetadata"]
    except iam.exceptions.NoSuchEntityException:
        return True
    return told.access_key not in [key["AccessKeyId"] for key in found]


def _aws_versions(clients: Clients, unreadable: set[str]) -> Iterator[FoundVersion]:
    iam = clients.aws("iam")
    for page in iam.get_paginator("list_users").paginate(PathPrefix="/keylife/"):
        for user in page["Users"]:
            name = user["UserName"]
            listed = iam.get_paginator("list_user_tags").paginate(UserName=name)
            tags = {tag["Key"]: tag["Value"] for part in listed for tag in part["Tags"]}
            keys = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
            attached = iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]
            told = _told(tags, "keylife:")
            if told is None or len(keys) > 1:
                unreadable.add(name)  # not made by keylife, or no longer as keylife makes it
                continue
            yield FoundVersion(
                **told,
                scope={"policies": sorted(policy["PolicyArn"] for policy in attached)},
                credential=keys[0]["AccessKeyId"] if keys else None,
                active=not keys or keys[0]["Status"] == "Active",
            )


def _vault_versions(clients: Clients, _unreadable: set[str]) -> Iterator[FoundVersion]:
    for accessor, data in standing_tokens(clients.vault):
        told = _told(data.get("meta") or {}, "keylife-")
        if told is None:
            continue
        yield FoundVersion(
            **told,
            scope={"policies": sorted(data["policies"])},
            credential=accessor,
            active=True,
            facts={"explicitMaxTtl": f"{data['explicit_max_ttl']}s"},
        )


def _told(labels: Mapping[str, str], prefix: str) -> dict[str, Any] | None:
    """What every version's tags say; None if one is missing or is not as keylife writes it."""
    try:
        instants: dict[str, datetime] = {
            name: parse_instant(labels[f"{prefix}{name}"]) for name in ("birth", "expiry")
        }
        return {
            "key": labels[f"{prefix}key"],
            "number": int(labels[f"{prefix}version"]),
            "owner": labels[f"{prefix}owner"],
            "service": labels[f"{prefix}service"],
            **instants,
        }
    except (KeyError, ValueError):
        return None


def _copy(key: Key, spec: DeliverySpec, clients_of: ClientsOf) -> FoundCopy | None:
    delivery = DELIVERIES[spec.kind]
    settings = delivery.settings.model_validate(dict(spec.settings))
    clients = clients_of(settings.target)
    found: tuple[Mapping[str, str], int | None] | None = None
    if isinstance(settings, VaultKvSettings):
        found = _in_vault(key, settings, clients)
    elif isinstance(settings, SecretsManagerSettings):
        found = _in_secrets_manager(key, settings, clients)
    if found is None:
        return None
    material, told = found
    credential = _credential(key, material, clients_of(key.target))
    return FoundCopy(key.id, delivery.place(settings), material, told, credential)


def _in_vault(
    key: Key, settings: VaultKvSettings, clients: Clients
) -> tuple[Mapping[str, str], int | None] | None:
    import hvac  # noqa: PLC0415

    kv, at = clients.vault.secrets.kv.v2, {"mount_point": settings.mount}
    try:
        told = kv.read_secret_metadata(settings.path, **at)["data"]["custom_metadata"] or {}
    except hvac.exceptions.InvalidPath:
        return None
    if told.get("keylife-key") != key.id:
        return None
    try:
        found = kv.read_secret_version(settings.path, **at, raise_on_deleted_version=True)
        material = found["data"]["data"]
    except hvac.exceptions.InvalidPath:
        material = {}
    return material, int(told["keylife-version"])


def _in_secrets_manager(
    key: Key, settings: SecretsManagerSettings, clients: Clients
) -> tuple[Mapping[str, str], int | None] | None:
    manager = clients.aws("secretsmanager")
    try:
        tags = manager.describe_secret(SecretId=settings.name).get("Tags", ())
        if {"Key": "keylife:key", "Value": key.id} not in tags:
            return None
        text = manager.get_secret_value(SecretId=settings.name)["SecretString"]
    except manager.exceptions.ResourceNotFoundException:
        return None
    return json.loads(text), None


def _credential(key: Key, material: Mapping[str, str], clients: Clients) -> str | None:
    """The id of the credential whose secret this is."""
    import hvac  # noqa: PLC0415

    if key.kind == "aws-access-key":
        return material.get("access_key_id")
    if "token" not in material:
        return None
    try:
        return str(clients.vault.auth.token.lookup(material["token"])["data"]["accessor"])
    except (hvac.exceptions.Forbidden, hvac.exceptions.InvalidPath):
        return None  # it ended
