"""``vault:pkiSecret/secretBackendCert:SecretBackendCert``.

No traffic of the real plugin was recorded for it: it follows the SDK's types and the provider's
source.

Source: terraform-provider-vault, vault/resource_pki_secret_backend_cert.go; Vault's API of the PKI
secrets engine.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from keylife.sandbox.plugins.errors import PluginError
from keylife.sandbox.plugins.resource import Found, ResourceType
from keylife.sandbox.plugins.schema import Field, Fields
from keylife.sandbox.plugins.values import Secret, Values
from keylife.sandbox.plugins.vault.client import Vault, VaultRefusedError
from keylife.sandbox.plugins.vault.golang import quoted

_TEXT = {
    "commonName": "common_name",
    "ttl": "ttl",
    "format": "format",
    "privateKeyFormat": "private_key_format",
    "notAfter": "not_after",
    "issuerRef": "issuer_ref",
    "certMetadata": "cert_metadata",
}
_LISTS = {
    "altNames": "alt_names",
    "otherSans": "other_sans",
    "ipSans": "ip_sans",
    "uriSans": "uri_sans",
    "userIds": "user_ids",
}
_FLAGS = {
    "excludeCnFromSans": "exclude_cn_from_sans",
    "removeRootsFromChain": "remove_roots_from_chain",
}
_BUNDLES = ("jksPassword", "jksPrivateKeyAlias", "pkcs12Encoder", "pkcs12Password")
"""Formats of newer Vaults that OpenBao does not write."""


class Certificate(ResourceType):
    """A certificate with its private key. Its id tells no two of a role and name apart."""

    token = "vault:pkiSecret/secretBackendCert:SecretBackendCert"  # noqa: S105 - a type, no secret
    fields: ClassVar[Fields] = {
        "backend": Field(required=True, force_new=True),
        "name": Field(autoname=True, force_new=True),
        "namespace": Field(force_new=True),
        "commonName": Field(required=True, force_new=True),
        "altNames": Field(kind="list", force_new=True),
        "ipSans": Field(kind="list", force_new=True),
        "uriSans": Field(kind="list", force_new=True),
        "otherSans": Field(kind="list", force_new=True),
        "userIds": Field(kind="list", force_new=True),
        "ttl": Field(),
        "notAfter": Field(),
        "format": Field(default="pem", force_new=True),
        "privateKeyFormat": Field(default="der", force_new=True),
        "excludeCnFromSans": Field(kind="boolean", force_new=True),
        "removeRootsFromChain": Field(kind="boolean", default=False, force_new=True),
        "autoRenew": Field(kind="boolean", default=False),
        "minSecondsRemaining": Field(kind="integer", default=604800),
        "revoke": Field(kind="boolean", default=False),
        "revokeWithKey": Field(kind="boolean", default=False),
        "issuerRef": Field(),
        "certMetadata": Field(),
        **{name: Field(force_new=True) for name in _BUNDLES},
        "certificate": Field(output=True),
        "issuingCa": Field(output=True),
        "caChain": Field(output=True),
        "privateKey": Field(output=True, secret=True),
        "privateKeyType": Field(output=True),
        "serialNumber": Field(output=True),
        "expiration": Field(kind="integer", output=True),
        "renewPending": Field(kind="boolean", output=True),
    }

    def __init__(self, vault: Callable[[], Vault], clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._clock = clock

    def create(self, news: Values) -> Found:
        """Have a certificate issued."""
        if refused := [name for name in ("autoRenew", *_BUNDLES) if news.get(name)]:
            raise PluginError(f"the sandbox's Vault plugin has no {', '.join(refused)}")
        backend, role, subject = (str(news[name]) for name in ("backend", "name", "commonName"))
        body: dict[str, Any] = {name: news[key] for key, name in _TEXT.items() if news.get(key)}
        body |= {name: bool(news.get(key)) for key, name in _FLAGS.items()}
        body |= {name: ",".join(news[key]) for key, name in _LISTS.items() if news.get(key)}
        path = f"{backend.strip('/')}/issue/{role.strip('/')}"
        try:
            data = self._vault().write(path, body, news.get("namespace"))["data"]
        except VaultRefusedError as error:
            raise PluginError(
                f"error creating certificate {subject} by {role} for PKI secret backend"
                f" {quoted(backend)}: {error}"
            ) from error
        state: Values = {
            **news,
            "certificate": data["certificate"],
            "issuingCa": data["issuing_ca"],
            "caChain": "\n".join(data["ca_chain"]) if data.get("ca_chain") else None,
            "privateKey": Secret(data["private_key"]),
            "privateKeyType": data["private_key_type"],
            "serialNumber": data["serial_number"],
            "expiration": data["expiration"],
        }
        return Found(f"{backend}/{role}/{subject}", self._with_renewal(state))

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """What is told of a certificate that lives changes nothing in it."""
        return Found(id_, {**state, **news})

    def read(self, id_: str, state: Values) -> Found | None:
        """Whether its mount is there: the real plugin never asks for the certificate itself."""
        mount = str(state.get("backend", "")).strip("/")
        try:
            mounts = (self._vault().read("sys/mounts", state.get("namespace")) or {})["data"]
        except VaultRefusedError as error:
            raise PluginError(f"error reading from Vault: {error}") from error
        return Found(id_, self._with_renewal(state)) if f"{mount}/" in mounts else None

    def delete(self, id_: str, state: Values) -> None:
        """Revoke the certificate if that was asked for; else it stays as valid as it was."""
        if not (state.get("revoke") or state.get("revokeWithKey")):
            return
        backend, serial = str(state["backend"]), state["serialNumber"]
        body, path = {"serial_number": serial}, "revoke"
        if state.get("revokeWithKey"):
            private = state["privateKey"]
            body["private_key"] = private.reveal() if isinstance(private, Secret) else private
            path = "revoke-with-key"
        try:
            self._vault().write(f"{backend.strip('/')}/{path}", body, state.get("namespace"))
        except VaultRefusedError as error:
            raise PluginError(
                f"error revoking certificate {quoted(str(state['commonName']))} with serial number"
                f" {quoted(serial)} for PKI secret backend {quoted(backend)}: {error}"
            ) from error

    def _with_renewal(self, state: Values) -> Values:
        left = state["expiration"] - (state.get("minSecondsRemaining") or 0)
        return {**state, "renewPending": self._clock().timestamp() > left}
