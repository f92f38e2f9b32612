"""``vault:index/mount:Mount``.

Source: terraform-provider-vault, vault/resource_mount.go; Vault's API of ``sys/mounts``.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from keylife.sandbox.plugins.errors import PluginError
from keylife.sandbox.plugins.resource import Found, ResourceType
from keylife.sandbox.plugins.schema import Field, Fields
from keylife.sandbox.plugins.values import Values
from keylife.sandbox.plugins.vault.client import Vault, VaultRefusedError
from keylife.sandbox.plugins.vault.remount import remount

_TUNED = {
    "allowedManagedKeys": "allowed_managed_keys",
    "allowedResponseHeaders": "allowed_response_headers",
    "auditNonHmacRequestKeys": "audit_non_hmac_request_keys",
    "auditNonHmacResponseKeys": "audit_non_hmac_response_keys",
    "delegatedAuthAccessors": "delegated_auth_accessors",
    "identityTokenKey": "identity_token_key",
    "listingVisibility": "listing_visibility",
    "passthroughRequestHeaders": "passthrough_request_headers",
}
_LEASES = {"defaultLeaseTtlSeconds": "default_lease_ttl", "maxLeaseTtlSeconds": "max_lease_ttl"}


class Mount(ResourceType):
    """A secrets engine. Its id is its path, which can change in place."""

    token = "vault:index/mount:Mount"  # noqa: S105 - a type, no secret
    fields: ClassVar[Fields] = {
        "path": Field(required=True),
        "type": Field(required=True, force_new=True),
        "namespace": Field(force_new=True),
        "description": Field(),
        "options": Field(kind="map"),
        "local": Field(kind="boolean", default=False, force_new=True),
        "sealWrap": Field(kind="boolean", computed=True, force_new=True),
        "externalEntropyAccess": Field(kind="boolean", default=False, force_new=True),
        "forceNoCache": Field(kind="boolean", computed=True),
        "defaultLeaseTtlSeconds": Field(kind="integer", computed=True),
        "maxLeaseTtlSeconds": Field(kind="integer", computed=True),
        "auditNonHmacRequestKeys": Field(kind="list", computed=True),
        "auditNonHmacResponseKeys": Field(kind="list", computed=True),
        "allowedManagedKeys": Field(kind="set"),
        "allowedResponseHeaders": Field(kind="list"),
        "delegatedAuthAccessors": Field(kind="list"),
        "passthroughRequestHeaders": Field(kind="list"),
        "identityTokenKey": Field(),
        "listingVisibility": Field(),
        "pluginVersion": Field(),
        "accessor": Field(output=True),
    }

    def __init__(self, vault: Callable[[], Vault]) -> None:
        self._vault = vault

    def create(self, news: Values) -> Found:
        """Enable the engine."""
        path = str(news["path"])
        body = {
            "type": news["type"],
            "description": news.get("description") or "",
            "config": {**_config(news), "force_no_cache": bool(news.get("forceNoCache"))},
            "local": bool(news.get("local")),
            "seal_wrap": bool(news.get("sealWrap")),
            "external_entropy_access": bool(news.get("externalEntropyAccess")),
            "options": news.get("options") or {},
            "plugin_version": news.get("pluginVersion") or "",
        }
        try:
            self._vault().write(f"sys/mounts/{path}", body, news.get("namespace"))
        except VaultRefusedError as error:
            raise PluginError(f"error writing to Vault: {error}") from error
        return self._read_back(path, news)

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Move and tune the engine; what lies in it moves along."""
        vault, space, path = self._vault(), news.get("namespace"), str(news["path"])
        if path != id_:
            try:
                remount(vault, id_, path, space)
            except VaultRefusedError as error:
                raise PluginError(f"error remounting in Vault: {error}") from error
        body = {
            **_config(news),
            "description": news.get("description") or "",
            "options": news.get("options") or {},
        }
        try:
            vault.write(f"sys/mounts/{path}/tune", body, space)
        except VaultRefusedError as error:
            raise PluginError(f"error updating Vault: {error}") from error
        return self._read_back(path, {**state, **news})

    def read(self, id_: str, state: Values) -> Found | None:
        """The engine as the list of all has it."""
        try:
            answer = self._vault().read("sys/mounts", state.get("namespace"))
        except VaultRefusedError as error:
            raise PluginError(f"error reading from Vault: {error}") from error
        mount = (answer or {}).get("data", {}).get(id_.strip("/") + "/")
        if mount is None:
            return None
        config = mount["config"]
        found: Values = {
            **state,
            "path": id_,
            "type": mount["type"],
            "description": mount["description"],
            "options": mount.get("options") or {},
            "local": mount["local"],
            "sealWrap": mount["seal_wrap"],
            "externalEntropyAccess": bool(mount.get("external_entropy_access")),
            "forceNoCache": bool(config.get("force_no_cache")),
            "accessor": mount["accessor"],
        }
        for key, name in _LEASES.items():
            found[key] = config.get(name, 0)
        for key, name in _TUNED.items():
            empty: Any = [] if self.fields[key].kind in ("list", "set") else ""
            found[key] = config.get(name) or empty
        return Found(id_, found)

    def delete(self, id_: str, state: Values) -> None:
        """Disable the engine and lose what is in it; one that is gone is no error."""
        try:
            self._vault().delete(f"sys/mounts/{id_}", state.get("namespace"))
        except VaultRefusedError as error:
            raise PluginError(f"error deleting from Vault: {error}") from error

    def _read_back(self, path: str, state: Values) -> Found:
        found = self.read(path, state)
        if found is None:
            raise PluginError(f"the mount {path} is gone right after it was written")
        return found


def _config(news: Mapping[str, Any]) -> dict[str, Any]:
    config: dict[str, Any] = {
        name: f"{news.get(key) or 0}s" for key, name in _LEASES.items() if news.get(key) is not None
    }
    config.update({name: news[key] for key, name in _TUNED.items() if news.get(key) is not None})
    return config
