"""``vault:identity/entity:Entity`` and ``vault:identity/entityAlias:EntityAlias``.

No traffic of the real plugin was recorded for them: they follow the SDK's types and the provider's
source.

Source: terraform-provider-vault, vault/resource_identity_entity.go and
resource_identity_entity_alias.go; Vault's API of the identity secrets engine.
"""

from collections.abc import Callable
from typing import ClassVar

from keylife.sandbox.plugins.errors import PluginError
from keylife.sandbox.plugins.resource import Found, ResourceType
from keylife.sandbox.plugins.schema import Field, Fields
from keylife.sandbox.plugins.values import Values
from keylife.sandbox.plugins.vault.client import Vault, VaultRefusedError
from keylife.sandbox.plugins.vault.golang import quoted


class Entity(ResourceType):
    """Who is behind a login. Without its entity a token that names it is refused."""

    token = "vault:identity/entity:Entity"  # noqa: S105 - a type, no secret
    fields: ClassVar[Fields] = {
        "name": Field(computed=True),
        "namespace": Field(force_new=True),
        "metadata": Field(kind="map"),
        "policies": Field(kind="set"),
        "externalPolicies": Field(kind="boolean", default=False),
        "disabled": Field(kind="boolean"),
    }

    def __init__(self, vault: Callable[[], Vault]) -> None:
        self._vault = vault

    def create(self, news: Values) -> Found:
        """Make the entity; one that has its name is changed by Vault, and then refused here."""
        name = str(news.get("name") or "")
        body = {"name": name, **_said(news, "policies", "metadata", "disabled")}
        if news.get("externalPolicies"):
            body.pop("policies", None)
        vault, space = self._vault(), news.get("namespace")
        try:
            answer = vault.write("identity/entity", body, space)
        except VaultRefusedError as error:
            raise PluginError(f"error writing IdentityEntity to {quoted(name)}: {error}") from error
        if not answer:
            there = vault.read(f"identity/entity/name/{name}", space) or {}
            known = quoted(str(there.get("data", {}).get("id", "")))
            raise PluginError(
                f"Identity Entity {quoted(name)} already exists."
                f" Entity resource ID {known} may be imported."
            )
        return _read_back(self, str(answer["data"]["id"]), news)

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Write all of it anew, unless nothing changed."""
        body = {
            "name": news.get("name") or state.get("name"),
            "metadata": news.get("metadata") or {},
            "disabled": bool(news.get("disabled")),
        }
        if not news.get("externalPolicies"):
            body["policies"] = news.get("policies") or []
        try:
            self._vault().write(f"identity/entity/id/{id_}", body, news.get("namespace"))
        except VaultRefusedError as error:
            raise PluginError(f"error updating IdentityEntity {quoted(id_)}: {error}") from error
        return _read_back(self, id_, {**state, **news})

    def read(self, id_: str, state: Values) -> Found | None:
        """The entity by its id."""
        try:
            answer = self._vault().read(f"identity/entity/id/{id_}", state.get("namespace"))
        except VaultRefusedError as error:
            raise PluginError(f"error reading IdentityEntity {quoted(id_)}: {error}") from error
        if answer is None:
            return None
        data = answer["data"]
        found: Values = {
            **state,
            "name": data["name"],
            "metadata": data.get("metadata") or {},
            "disabled": data.get("disabled", False),
            "policies": data.get("policies") or [],
        }
        return Found(id_, found)

    def delete(self, id_: str, state: Values) -> None:
        """Delete the entity with its aliases; one that is gone is no error."""
        try:
            self._vault().delete(f"identity/entity/id/{id_}", state.get("namespace"))
        except VaultRefusedError as error:
            raise PluginError(f"error IdentityEntity {quoted(id_)}") from error


class EntityAlias(ResourceType):
    """What ties the logins of an auth mount to an entity."""

    token = "vault:identity/entityAlias:EntityAlias"  # noqa: S105 - a type, no secret
    fields: ClassVar[Fields] = {
        "name": Field(autoname=True),
        "mountAccessor": Field(required=True),
        "canonicalId": Field(required=True),
        "namespace": Field(force_new=True),
        "customMetadata": Field(kind="map"),
        "externalId": Field(),
        "issuer": Field(),
    }

    def __init__(self, vault: Callable[[], Vault]) -> None:
        self._vault = vault

    def create(self, news: Values) -> Found:
        """Make the alias; one of the same name and mount is refused, as the real plugin does."""
        vault, space = self._vault(), news.get("namespace")
        name, accessor = str(news["name"]), str(news["mountAccessor"])
        lookup = {"alias_name": name, "alias_mount_accessor": accessor}
        try:
            if vault.write("identity/lookup/entity", lookup, space):
                raise PluginError(
                    f"entity alias {quoted(name)} already exists for mount accessor"
                    f" {quoted(accessor)}"
                )
            answer = vault.write("identity/entity-alias", _alias(news), space)
        except VaultRefusedError as error:
            raise PluginError(f"error writing entity alias to {quoted(name)}: {error}") from error
        return _read_back(self, str(answer["data"]["id"]), news)

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Write all of it anew."""
        try:
            self._vault().write(
                f"identity/entity-alias/id/{id_}", _alias(news), news.get("namespace")
            )
        except VaultRefusedError as error:
            raise PluginError(f"error updating entity alias {quoted(id_)}: {error}") from error
        return _read_back(self, id_, {**state, **news})

    def read(self, id_: str, state: Values) -> Found | None:
        """The alias by its id."""
        try:
            answer = self._vault().read(f"identity/entity-alias/id/{id_}", state.get("namespace"))
        except VaultRefusedError as error:
            raise PluginError(f"error reading entity alias {quoted(id_)}: {error}") from error
        if answer is None:
            return None
        data = answer["data"]
        found: Values = {
            **state,
            "name": data["name"],
            "mountAccessor": data["mount_accessor"],
            "canonicalId": data["canonical_id"],
            "customMetadata": data.get("custom_metadata") or {},
        }
        return Found(id_, found)

    def delete(self, id_: str, state: Values) -> None:
        """Delete the alias; one that is gone is no error."""
        try:
            self._vault().delete(f"identity/entity-alias/id/{id_}", state.get("namespace"))
        except VaultRefusedError as error:
            raise PluginError(f"error deleting entity alias {quoted(id_)}: {error}") from error


def _said(news: Values, *names: str) -> Values:
    return {name: news[name] for name in names if news.get(name)}


def _alias(news: Values) -> Values:
    return {
        "name": news["name"],
        "mount_accessor": news["mountAccessor"],
        "canonical_id": news["canonicalId"],
        "custom_metadata": news.get("customMetadata") or {},
        **{name: news[key] for key, name in _OF_SCIM.items() if news.get(key)},
    }


_OF_SCIM = {"externalId": "external_id", "issuer": "issuer"}
"""Newer Vaults' own; OpenBao ignores them."""


def _read_back(type_: ResourceType, id_: str, state: Values) -> Found:
    found = type_.read(id_, state)
    if found is None:
        raise PluginError(f"{id_} is gone right after it was written")
    return found
