"""What the deliveries of a key hold, and of which version it is."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterable, Mapping, Sequence

from keylife.deliveries import DELIVERIES
from keylife.deliveries.secrets_manager import SecretsManagerSettings
from keylife.deliveries.ssm_parameter import SsmParameterSettings
from keylife.deliveries.vault_kv import VaultKvSettings
from keylife.model.key import DeliverySpec, Key
from keylife.orphan import Clients
from keylife.rebuild.found import FoundCopy, FoundVersion

ClientsOf = Callable[[str | None], Clients]
"""The connections of a target; None is the stack's own."""

_Held = tuple[Mapping[str, str], int | None]
"""The material, and the version that it is said to be of."""


def copies(
    key: Key, versions: Sequence[FoundVersion], clients_of: ClientsOf
) -> Iterable[FoundCopy]:
    """What each declared delivery of a key holds; nothing of one that holds nothing of the key's.

    Args:
        key: as declared.
        versions: those of it that were found.
        clients_of: connections to a target.
    """
    for spec in key.deliver:
        found = _held(key, spec, clients_of)
        if found is not None:
            material, told = found
            credential = _credential(key, material, told, versions, clients_of(key.target))
            yield FoundCopy(key.id, _place(spec), material, told, credential)


def _place(spec: DeliverySpec) -> str:
    delivery = DELIVERIES[spec.kind]
    return delivery.place(delivery.settings.model_validate(dict(spec.settings)))


def _held(key: Key, spec: DeliverySpec, clients_of: ClientsOf) -> _Held | None:
    settings = DELIVERIES[spec.kind].settings.model_validate(dict(spec.settings))
    clients = clients_of(settings.target)
    match settings:
        case VaultKvSettings():
            return _in_vault(key, settings, clients)
        case SecretsManagerSettings():
            return _in_secrets_manager(key, settings, clients)
        case SsmParameterSettings():
            return _in_parameter_store(key, settings, clients)
    return None


def _in_vault(key: Key, settings: VaultKvSettings, clients: Clients) -> _Held | None:
    import hvac

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
) -> _Held | None:
    manager = clients.aws("secretsmanager")
    try:
        tags = manager.describe_secret(SecretId=settings.name).get("Tags", ())
        if {"Key": "keylife:key", "Value": key.id} not in tags:
            return None
        text = manager.get_secret_value(SecretId=settings.name)["SecretString"]
    except manager.exceptions.ResourceNotFoundException:
        return None
    return json.loads(text), None


def _in_parameter_store(key: Key, settings: SsmParameterSettings, clients: Clients) -> _Held | None:
    ssm = clients.aws("ssm")
    about = {"ResourceType": "Parameter", "ResourceId": settings.name}
    try:
        listed = ssm.list_tags_for_resource(**about)["TagList"]
        told = {tag["Key"]: tag["Value"] for tag in listed}
        if told.get("keylife:key") != key.id:
            return None
        text = ssm.get_parameter(Name=settings.name, WithDecryption=True)["Parameter"]["Value"]
    except (ssm.exceptions.InvalidResourceId, ssm.exceptions.ParameterNotFound):
        return None
    return json.loads(text), int(told["keylife:version"])


def _credential(
    key: Key,
    material: Mapping[str, str],
    told: int | None,
    versions: Sequence[FoundVersion],
    clients: Clients,
) -> str | None:
    """The id of the credential whose secret this is; None if it is none that was found.

    Vault is asked whose a secret is. Of what its issuer shows nothing, the copy's own word is
    taken for the version.
    """
    if not material:
        return None
    if key.kind == "vault-token":
        return _token(material, clients)
    for version in versions:
        if version.credential is None:
            continue
        if not version.shown:
            if version.number == told:
                return version.credential
        elif all(_same(material.get(name), text) for name, text in version.shown.items()):
            asked = key.kind != "vault-approle-secret-id" or _logs_in(version, material, clients)
            return version.credential if asked else None
    return None


def _same(held: str | None, shown: str) -> bool:
    return held is not None and hmac.compare_digest(held.strip().encode(), shown.encode())


def _token(material: Mapping[str, str], clients: Clients) -> str | None:
    import hvac

    if "token" not in material:
        return None
    try:
        return str(clients.vault.auth.token.lookup(material["token"])["data"]["accessor"])
    except (hvac.exceptions.Forbidden, hvac.exceptions.InvalidPath):
        return None  # it ended


def _logs_in(version: FoundVersion, material: Mapping[str, str], clients: Clients) -> bool:
    """Whether a secret id is the one that stands; a look does not use it up."""
    mount, role, accessor = (
        part.partition("=")[2] for part in str(version.credential).split("::", 2)
    )
    found = clients.vault.write_data(
        f"auth/{mount}/role/{role}/secret-id/lookup",
        data={"secret_id": material.get("secret_id", "")},
    )
    data = found["data"] if isinstance(found, dict) else {}
    return bool(data.get("secret_id_accessor") == accessor)
