"""``vault:appRole/authBackendRole:AuthBackendRole`` and its secret ids.

Source: terraform-provider-vault, vault/resource_approle_auth_backend_role.go and
resource_approle_auth_backend_role_secret_id.go; Vault's API of the AppRole auth method.
"""

import re
from collections.abc import Callable
from typing import Any, ClassVar

from keylife.sandbox.plugins import changes
from keylife.sandbox.plugins.changes import top_level
from keylife.sandbox.plugins.errors import PartialCreateError, PluginError
from keylife.sandbox.plugins.resource import Found, ResourceType
from keylife.sandbox.plugins.schema import Field, Fields
from keylife.sandbox.plugins.values import Secret, Values, reveal
from keylife.sandbox.plugins.vault.client import NOT_FOUND, Vault, VaultRefusedError
from keylife.sandbox.plugins.vault.golang import normal_json, quoted, to_json

_ROLE = {
    "aliasMetadata": "alias_metadata",
    "bindSecretId": "bind_secret_id",
    "localSecretIds": "local_secret_ids",
    "secretIdBoundCidrs": "secret_id_bound_cidrs",
    "secretIdNumUses": "secret_id_num_uses",
    "secretIdTtl": "secret_id_ttl",
    "tokenBoundCidrs": "token_bound_cidrs",
    "tokenExplicitMaxTtl": "token_explicit_max_ttl",
    "tokenMaxTtl": "token_max_ttl",
    "tokenNoDefaultPolicy": "token_no_default_policy",
    "tokenNumUses": "token_num_uses",
    "tokenPeriod": "token_period",
    "tokenPolicies": "token_policies",
    "tokenTtl": "token_ttl",
    "tokenType": "token_type",
}
_EMPTY: dict[str, Any] = {"set": [], "map": {}, "integer": 0, "boolean": False, "string": ""}


def _trimmed(path: str) -> str:
    return path.strip("/")


_BACKEND = Field(default="approle", force_new=True, normalise=_trimmed)


class Role(ResourceType):
    """A role. Its id is its path in Vault."""

    token = "vault:appRole/authBackendRole:AuthBackendRole"  # noqa: S105 - a type, no secret
    fields: ClassVar[Fields] = {
        "backend": _BACKEND,
        "roleName": Field(required=True, force_new=True),
        "namespace": Field(force_new=True),
        "roleId": Field(computed=True),
        "bindSecretId": Field(kind="boolean", default=True),
        "localSecretIds": Field(kind="boolean", computed=True),
        "secretIdBoundCidrs": Field(kind="set"),
        "secretIdNumUses": Field(kind="integer"),
        "secretIdTtl": Field(kind="integer"),
        "tokenBoundCidrs": Field(kind="set"),
        "tokenExplicitMaxTtl": Field(kind="integer"),
        "tokenMaxTtl": Field(kind="integer"),
        "tokenNoDefaultPolicy": Field(kind="boolean"),
        "tokenNumUses": Field(kind="integer"),
        "tokenPeriod": Field(kind="integer"),
        "tokenPolicies": Field(kind="set"),
        "tokenTtl": Field(kind="integer"),
        "tokenType": Field(default="default"),
        "aliasMetadata": Field(kind="map"),
    }

    def __init__(self, vault: Callable[[], Vault]) -> None:
        self._vault = vault

    def create(self, news: Values) -> Found:
        """Write the role, over what has its name."""
        path = f"auth/{_trimmed(news['backend'])}/role/{_trimmed(news['roleName'])}"
        body = {
            name: news[key]
            for key, name in _ROLE.items()
            if news.get(key) or (key == "bindSecretId" and news.get(key) is not None)
        }
        self._write(path, body, news, "writing")
        try:
            return self._finish(path, news, news, "writing")
        except PluginError as error:
            raise PartialCreateError(str(error), path, news) from error

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Write what changed, and only that: a role that is gone comes back with nothing else."""
        changed = {top_level(path) for path in changes.diff(self.fields, state, news).changes}
        body = {
            name: news.get(key) if news.get(key) is not None else _EMPTY[self.fields[key].kind]
            for key, name in _ROLE.items()
            if key in changed
        }
        self._write(id_, body, news, "updating")
        roles = news if "roleId" in changed else {}
        return self._finish(id_, roles, {**state, **news}, "updating")

    def read(self, id_: str, state: Values) -> Found | None:
        """The role and its id."""
        match = re.fullmatch(r"auth/(.+)/role/(.+)", id_)
        if match is None:
            raise PluginError(
                f"invalid path {quoted(id_)} for AppRole auth backend role: no backend found"
            )
        vault, space = self._vault(), state.get("namespace")
        try:
            answer = vault.read(id_, space)
            if answer is None:
                return None
            identity = vault.read(f"{id_}/role-id", space)
        except VaultRefusedError as error:
            raise PluginError(
                f"error reading AppRole auth backend role {quoted(id_)}: {error}"
            ) from error
        data = answer["data"]
        found: Values = {**state, "backend": match.group(1), "roleName": match.group(2)}
        for key, name in _ROLE.items():
            found[key] = data.get(name) or _EMPTY[self.fields[key].kind]
        if identity is not None:
            found["roleId"] = identity["data"]["role_id"]
        return Found(id_, found)

    def delete(self, id_: str, state: Values) -> None:
        """Delete the role with its secret ids; one that is gone is no error."""
        try:
            self._vault().delete(id_, state.get("namespace"))
        except VaultRefusedError as error:
            if error.status != NOT_FOUND:
                raise PluginError(
                    f"error deleting AppRole auth backend role {quoted(id_)}"
                ) from error

    def _write(self, path: str, body: Values, news: Values, doing: str) -> None:
        try:
            self._vault().write(path, body, news.get("namespace"))
        except VaultRefusedError as error:
            raise PluginError(
                f"error {doing} AppRole auth backend role {quoted(path)}: {error}"
            ) from error

    def _finish(self, path: str, roles: Values, state: Values, doing: str) -> Found:
        if role_id := roles.get("roleId"):
            self._write(f"{path}/role-id", {"role_id": role_id}, state, doing)
        found = self.read(path, state)
        if found is None:
            raise PluginError(f"the role {path} is gone right after it was written")
        return found


class SecretId(ResourceType):
    """A secret id of a role, known by its accessor."""

    token = "vault:appRole/authBackendRoleSecretId:AuthBackendRoleSecretId"  # noqa: S105 - a type, no secret
    fields: ClassVar[Fields] = {
        "backend": _BACKEND,
        "roleName": Field(required=True, force_new=True),
        "namespace": Field(force_new=True),
        "secretId": Field(computed=True, force_new=True, secret=True),
        "cidrLists": Field(kind="set", force_new=True),
        "tokenBoundCidrs": Field(kind="set", force_new=True),
        "metadata": Field(
            force_new=True,
            normalise=normal_json,
            suppress=lambda old, new: {old or "", new or ""} == {"{}", ""},
        ),
        "numUses": Field(kind="integer", force_new=True),
        "ttl": Field(kind="integer", force_new=True),
        "withWrappedAccessor": Field(kind="boolean", force_new=True),
        "wrappingTtl": Field(force_new=True),
        "accessor": Field(output=True),
        "wrappingAccessor": Field(output=True),
        "wrappingToken": Field(output=True, secret=True),
    }

    def __init__(self, vault: Callable[[], Vault]) -> None:
        self._vault = vault

    def create(self, news: Values) -> Found:
        """Have a secret id made, or write the program's own."""
        backend, role = _trimmed(news["backend"]), _trimmed(news["roleName"])
        chosen = reveal(news.get("secretId"))
        path = f"auth/{backend}/role/{role}/{'custom-secret-id' if chosen else 'secret-id'}"
        body = {
            "secret_id": chosen,
            "cidr_list": ",".join(news.get("cidrLists") or ()),
            "token_bound_cidrs": ",".join(news.get("tokenBoundCidrs") or ()),
            "num_uses": news.get("numUses"),
            "ttl": news.get("ttl"),
        }
        body = {name: value for name, value in body.items() if value}
        body["metadata"] = normal_json(news.get("metadata") or "")
        try:
            answer = self._vault().write(
                path, body, news.get("namespace"), wrapping_ttl=news.get("wrappingTtl")
            )
        except VaultRefusedError as error:
            raise PluginError(
                f"error writing AppRole auth backend role SecretID {quoted(path)}: {error}"
            ) from error
        if wrapped := answer.get("wrap_info"):
            return _wrapped(backend, role, wrapped, news)
        accessor = answer["data"]["secret_id_accessor"]
        id_ = f"backend={backend}::role={role}::accessor={accessor}"
        state = {**news, "secretId": Secret(answer["data"]["secret_id"]), "accessor": accessor}
        found = self.read(id_, state)
        if found is None:
            raise PartialCreateError("the secret id is gone right after it was made", id_, state)
        return found

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Never asked for: every change replaces."""
        return Found(id_, {**state, **news})

    def read(self, id_: str, state: Values) -> Found | None:
        """Look the accessor up; a secret id without state, as on import, reads as gone."""
        match = re.fullmatch(r"backend=(.+)::role=(.+)::accessor=(.+)", id_)
        if match is None:
            raise PluginError(
                f"invalid ID {quoted(id_)} for AppRole auth backend role SecretID: "
                "ID did not match pattern"
            )
        backend, role, accessor = match.groups()
        if not state:
            return None
        path = f"auth/{backend}/role/{role}/secret-id-accessor/lookup"
        try:
            answer = self._vault().write(
                path, {"secret_id_accessor": accessor}, state.get("namespace")
            )
        except VaultRefusedError as error:
            if error.status == NOT_FOUND or _is_unknown(error):
                return None
            raise PluginError(
                f"error reading AppRole auth backend role SecretID {quoted(id_)}: {error}"
            ) from error
        data = answer.get("data")
        if not data:
            return None
        found: Values = {
            **state,
            "backend": backend,
            "roleName": role,
            "cidrLists": data.get("cidr_list") or [],
            "tokenBoundCidrs": data.get("token_bound_cidrs") or [],
            "metadata": to_json(data.get("metadata") or {}),
            "numUses": data.get("secret_id_num_uses", 0),
            "ttl": data.get("secret_id_ttl", 0),
            "accessor": accessor,
        }
        return Found(id_, found)

    def delete(self, id_: str, state: Values) -> None:
        """Destroy the secret id. One that is gone is an error, as with the real plugin."""
        match = re.fullmatch(r"backend=(.+)::role=(.+)::accessor=(.+)", id_)
        backend, role, accessor = match.groups() if match else ("", "", "")
        path = f"auth/{backend}/role/{role}/secret-id-accessor/destroy"
        try:
            self._vault().write(path, {"secret_id_accessor": accessor}, state.get("namespace"))
        except VaultRefusedError as error:
            raise PluginError(
                f"error deleting AppRole auth backend role SecretID {quoted(id_)}"
            ) from error


def _is_unknown(error: VaultRefusedError) -> bool:
    # With the role gone, its secret ids are gone too.
    return any(
        "failed to find accessor entry" in reason or "does not exist" in reason
        for reason in error.reasons
    )


def _wrapped(backend: str, role: str, wrapped: dict[str, Any], news: Values) -> Found:
    state = {
        **news,
        "wrappingToken": Secret(wrapped["token"]),
        "wrappingAccessor": wrapped["accessor"],
    }
    return Found(
        f"backend={backend}::role={role}::wrapped=true::accessor={wrapped['accessor']}", state
    )
