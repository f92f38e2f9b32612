"""``vault:index/authBackend:AuthBackend``.

Source: terraform-provider-vault, vault/resource_auth_backend.go; Vault's API of ``sys/auth``.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from keylife.sandbox.plugins.errors import PluginError
from keylife.sandbox.plugins.resource import Found, ResourceType
from keylife.sandbox.plugins.schema import Field, Fields
from keylife.sandbox.plugins.values import Values
from keylife.sandbox.plugins.vault.client import Vault, VaultRefusedError
from keylife.sandbox.plugins.vault.golang import short_duration
from keylife.sandbox.plugins.vault.remount import remount

_TUNE = {
    "defaultLeaseTtl": "default_lease_ttl",
    "maxLeaseTtl": "max_lease_ttl",
    "auditNonHmacRequestKeys": "audit_non_hmac_request_keys",
    "auditNonHmacResponseKeys": "audit_non_hmac_response_keys",
    "listingVisibility": "listing_visibility",
    "passthroughRequestHeaders": "passthrough_request_headers",
    "allowedResponseHeaders": "allowed_response_headers",
    "tokenType": "token_type",
}


class AuthBackend(ResourceType):
    """An auth method. Its id is its path, which can change in place."""

    token = "vault:index/authBackend:AuthBackend"  # noqa: S105 - a type, no secret
    schema_version = 1
    fields: ClassVar[Fields] = {
        "type": Field(required=True, force_new=True),
        "path": Field(computed=True),
        "namespace": Field(force_new=True),
        "description": Field(),
        "disableRemount": Field(kind="boolean", default=False),
        "identityTokenKey": Field(),
        "local": Field(kind="boolean", force_new=True),
        "tune": Field(
            kind="object",
            computed=True,
            fields={
                "defaultLeaseTtl": Field(),
                "maxLeaseTtl": Field(),
                "auditNonHmacRequestKeys": Field(kind="list"),
                "auditNonHmacResponseKeys": Field(kind="list"),
                "listingVisibility": Field(),
                "passthroughRequestHeaders": Field(kind="list"),
                "allowedResponseHeaders": Field(kind="list"),
                "tokenType": Field(),
            },
        ),
        "accessor": Field(output=True),
    }

    def __init__(self, vault: Callable[[], Vault]) -> None:
        self._vault = vault

    def create(self, news: Values) -> Found:
        """Enable the method; its path is its type unless said."""
        path = str(news.get("path") or news["type"])
        body = {
            "type": news["type"],
            "description": news.get("description") or "",
            "config": _tune(news),
            "local": bool(news.get("local")),
        }
        try:
            self._vault().write(f"sys/auth/{path}", body, news.get("namespace"))
        except VaultRefusedError as error:
            raise PluginError(f"error writing to Vault: {error}") from error
        return self._read_back(path, news)

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Move and tune the method."""
        vault, space = self._vault(), news.get("namespace")
        path = str(news.get("path") or id_)
        if path != id_:
            try:
                remount(vault, f"auth/{id_}", f"auth/{path}", space)
            except VaultRefusedError as error:
                raise PluginError(f"error remounting to {path}: {error}") from error
        body = {**_tune(news), "description": news.get("description") or ""}
        try:
            vault.write(f"sys/auth/{path}/tune", body, space)
        except VaultRefusedError as error:
            raise PluginError(f"error updating Vault: {error}") from error
        return self._read_back(path, {**state, **news})

    def read(self, id_: str, state: Values) -> Found | None:
        """The method as the list of all has it, and how it is tuned."""
        vault, space = self._vault(), state.get("namespace")
        try:
            answer = vault.read("sys/auth", space)
            method = (answer or {}).get("data", {}).get(id_.strip("/") + "/")
            if method is None:
                return None
            tuned = vault.read(f"sys/auth/{id_}/tune", space)
        except VaultRefusedError as error:
            raise PluginError(f"error reading from Vault: {error}") from error
        found: Values = {
            **state,
            "path": id_,
            "type": method["type"],
            "description": method["description"],
            "local": method["local"],
            "accessor": method["accessor"],
            "tune": _read_tune((tuned or {}).get("data", {})),
        }
        return Found(id_, found)

    def delete(self, id_: str, state: Values) -> None:
        """Disable the method and revoke what it issued; one that is gone is no error."""
        try:
            self._vault().delete(f"sys/auth/{id_}", state.get("namespace"))
        except VaultRefusedError as error:
            raise PluginError(f"error disabling auth from Vault: {error}") from error

    def _read_back(self, path: str, state: Values) -> Found:
        found = self.read(path, state)
        if found is None:
            raise PluginError(f"the auth method {path} is gone right after it was written")
        return found


def _tune(news: Mapping[str, Any]) -> dict[str, Any]:
    tune = news.get("tune") or {}
    return {name: tune[key] for key, name in _TUNE.items() if tune.get(key)}


def _read_tune(tuned: Mapping[str, Any]) -> Values:
    return {
        "defaultLeaseTtl": short_duration(tuned.get("default_lease_ttl", 0)),
        "maxLeaseTtl": short_duration(tuned.get("max_lease_ttl", 0)),
        "auditNonHmacRequestKeys": tuned.get("audit_non_hmac_request_keys") or [],
        "auditNonHmacResponseKeys": tuned.get("audit_non_hmac_response_keys") or [],
        "listingVisibility": tuned.get("listing_visibility") or "",
        "passthroughRequestHeaders": tuned.get("passthrough_request_headers") or [],
        "allowedResponseHeaders": tuned.get("allowed_response_headers") or [],
        "tokenType": tuned.get("token_type") or "",
    }
