"""What stands in Vault of the resources that versions and deliveries consist of.

One function a type of resource.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from keylife.rebuild.standing import Asked, Look, Standing


def _token(asked: Asked) -> Standing | None:
    credential = asked.credential
    if credential is None:
        return None
    material = asked.material(credential)
    return Standing(
        credential,
        secrets={"clientToken": material["token"]} if material else {},
    )


def _mount(asked: Asked) -> Standing | None:
    mount = asked.inputs["id"]
    found = asked.clients.vault.sys.list_auth_methods()["data"].get(f"{mount}/")
    if found is None:
        return None
    return Standing(mount, {"path": mount, "type": found["type"], "accessor": found["accessor"]})


def _entity(asked: Asked) -> Standing | None:
    wanted = asked.inputs["metadata"]
    found = asked.clients.vault.read(f"identity/entity/name/{asked.inputs['name']}")
    told = (found["data"]["metadata"] or {}) if found else {}
    if any(told.get(name) != wanted[name] for name in ("keylife-key", "keylife-version")):
        return None
    return Standing(found["data"]["id"], {"externalPolicies": False}, inputs={"metadata": {**told}})


def _alias(asked: Asked) -> Standing | None:
    found = asked.clients.vault.read(f"identity/entity/id/{asked.inputs['canonicalId']}")
    for alias in (found["data"]["aliases"] or ()) if found else ():
        if alias["name"] == asked.inputs["name"]:
            return Standing(alias["id"])
    return None


_AS_IT_STANDS = {
    "secretIdTtl": "secret_id_ttl",
    "tokenExplicitMaxTtl": "token_explicit_max_ttl",
    "tokenMaxTtl": "token_max_ttl",
    "tokenPolicies": "token_policies",
    "tokenTtl": "token_ttl",
}


def _role(asked: Asked) -> Standing | None:
    path = f"auth/{asked.inputs['backend']}/role/{asked.inputs['roleName']}"
    found = asked.clients.vault.read(path)
    if found is None:
        return None
    told = {name: found["data"][vaults] for name, vaults in _AS_IT_STANDS.items()}
    return Standing(path, inputs=told)


def _secret_id(asked: Asked) -> Standing | None:
    credential = asked.credential
    if credential is None:
        return None
    material = asked.material(credential)
    return Standing(
        credential,
        {"accessor": credential.rpartition("accessor=")[2]},
        {"secretId": material["secret_id"]} if material else {},
    )


_DEFAULTS_OF_CERTIFICATES = {
    "autoRenew": False,
    "format": "pem",
    "minSecondsRemaining": 604800,
    "removeRootsFromChain": False,
    "revokeWithKey": False,
}
"""The provider's: another value is another certificate.

Source: terraform-provider-vault, vault/resource_pki_secret_backend_cert.go.
"""


def _certificate(asked: Asked) -> Standing | None:
    credential = asked.credential
    if credential is None:
        return None
    version = asked.known.versions[asked.name]
    inputs, material = asked.inputs, asked.material(credential)
    return Standing(
        f"{inputs['backend']}/{inputs['name']}/{inputs['commonName']}",
        {
            **_DEFAULTS_OF_CERTIFICATES,
            "certificate": version.shown["certificate"],
            "serialNumber": credential,
            "expiration": int(version.expiry.timestamp()),
            # an authority without intermediates has no chain, and then the program takes this
            "issuingCa": material.get("ca_chain", ""),
        },
        {"privateKey": material["private_key"]} if material else {},
    )


def _kv(asked: Asked) -> Standing | None:
    import hvac

    kv, at = asked.clients.vault.secrets.kv.v2, {"mount_point": asked.inputs["mount"]}
    wanted = asked.inputs["customMetadata"]
    try:
        about = kv.read_secret_metadata(asked.inputs["name"], **at)["data"]
    except hvac.exceptions.InvalidPath:
        return None
    told = about["custom_metadata"] or {}
    if told.get("keylife-key") != wanted["data"]["keylife-key"]:
        return None
    try:
        found = kv.read_secret_version(asked.inputs["name"], **at, raise_on_deleted_version=True)
        data = dict(sorted(found["data"]["data"].items()))
    except hvac.exceptions.InvalidPath:
        data = {}
    text = json.dumps(data)
    number = int(about["current_version"])
    return Standing(
        f"{asked.inputs['mount']}/data/{asked.inputs['name']}",
        {
            "disableRead": False,  # the provider's default, as is the form of its JSON
            "metadata": {"version": str(number)},
            "path": f"{asked.inputs['mount']}/data/{asked.inputs['name']}",
        },
        {"dataJson": json.dumps(data, separators=(",", ":"))},
        {
            "options": {"cas": str(number - 1)},
            "customMetadata": {**wanted, "data": {**told}},
        },
        {"dataJson": text},
    )


LOOKS: Mapping[str, Look] = {
    "vault:appRole/authBackendRole:AuthBackendRole": _role,
    "vault:appRole/authBackendRoleSecretId:AuthBackendRoleSecretId": _secret_id,
    "vault:identity/entity:Entity": _entity,
    "vault:identity/entityAlias:EntityAlias": _alias,
    "vault:index/authBackend:AuthBackend": _mount,
    "vault:index/token:Token": _token,
    "vault:kv/secretV2:SecretV2": _kv,
    "vault:pkiSecret/secretBackendCert:SecretBackendCert": _certificate,
}
"""By type, who looks."""
