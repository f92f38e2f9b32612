"""``vault:index/token:Token``.

Source: terraform-provider-vault, vault/resource_token.go; Vault's API of the token auth method.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from keylife.sandbox.plugins.errors import PluginError
from keylife.sandbox.plugins.resource import Found, ResourceType
from keylife.sandbox.plugins.schema import Field, Fields
from keylife.sandbox.plugins.values import Secret, Values, reveal
from keylife.sandbox.plugins.vault.client import Vault
from keylife.sandbox.plugins.vault.golang import (
    quoted,
    whole_seconds_between,
    without_fraction,
)

_REQUESTED = {
    "policies": "policies",
    "ttl": "ttl",
    "explicitMaxTtl": "explicit_max_ttl",
    "period": "period",
    "noParent": "no_parent",
    "noDefaultPolicy": "no_default_policy",
    "displayName": "display_name",
    "numUses": "num_uses",
    "renewable": "renewable",
    "metadata": "meta",
}
"""What a token is asked for with; what is empty is left out of the request."""


class Token(ResourceType):
    """A token. Its id is its accessor."""

    token = "vault:index/token:Token"  # noqa: S105 - a type, no secret
    fields: ClassVar[Fields] = {
        "roleName": Field(force_new=True),
        "namespace": Field(force_new=True),
        "policies": Field(kind="set", force_new=True),
        "noParent": Field(kind="boolean", computed=True, force_new=True),
        "noDefaultPolicy": Field(kind="boolean", force_new=True),
        "renewable": Field(kind="boolean", computed=True, force_new=True),
        "ttl": Field(force_new=True),
        "explicitMaxTtl": Field(force_new=True),
        "wrappingTtl": Field(),
        "displayName": Field(default="token", force_new=True),
        "numUses": Field(kind="integer", computed=True, force_new=True),
        "period": Field(force_new=True),
        "renewMinLease": Field(kind="integer"),
        "renewIncrement": Field(kind="integer"),
        "metadata": Field(kind="map", force_new=True),
        "leaseDuration": Field(kind="integer", output=True),
        "leaseStarted": Field(output=True),
        "clientToken": Field(output=True, secret=True),
        "wrappedToken": Field(output=True, secret=True),
        "wrappingAccessor": Field(output=True, secret=True),
    }

    def __init__(self, vault: Callable[[], Vault], clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._clock = clock

    def create(self, news: Values) -> Found:
        """Have a token made; with ``wrappingTtl`` only its wrapping is known here."""
        body = {name: news[key] for key, name in _REQUESTED.items() if news.get(key)}
        if "renewable" in news:
            body["renewable"] = news["renewable"]
        role = news.get("roleName")
        path = f"auth/token/create/{role}" if role else "auth/token/create"
        try:
            answer = self._vault().write(
                path, body, news.get("namespace"), wrapping_ttl=news.get("wrappingTtl")
            )
        except PluginError as error:
            with_role = f" with role {quoted(role)}" if role else ""
            raise PluginError(f"error creating token{with_role}: {error}") from error
        if wrapped := answer.get("wrap_info"):
            accessor = wrapped["wrapped_accessor"]
            secrets = {
                "wrappedToken": Secret(wrapped["token"]),
                "wrappingAccessor": Secret(wrapped["accessor"]),
            }
        else:
            accessor = answer["auth"]["accessor"]
            secrets = {"clientToken": Secret(answer["auth"]["client_token"])}
        found = self.read(accessor, {**news, **secrets})
        # A token that is used up or over at once is still to be kept: it was made.
        return found or Found(accessor, {**news, **secrets})

    def read(self, id_: str, state: Values) -> Found | None:
        """Look the accessor up. Any refusal reads as "gone", a missing permission included.

        A token with ``renewMinLease`` is renewed when less than that is left of it.
        """
        vault = self._vault()
        space = state.get("namespace")
        vault.start_session()
        try:
            data = vault.write("auth/token/lookup-accessor", {"accessor": id_}, space)["data"]
        except PluginError:
            return None
        if data.get("expire_time") is None:
            raise PluginError("error parsing expire_time: the token never expires")
        found: Values = {
            **state,
            "policies": [policy for policy in data["policies"] or () if policy != "default"],
            "noParent": data["orphan"],
            "renewable": data.get("renewable", False),
            "displayName": data["display_name"].removeprefix("token-"),
            "numUses": data["num_uses"],
            "metadata": data.get("meta") or {},
            "leaseStarted": without_fraction(data["issue_time"]),
            "leaseDuration": whole_seconds_between(data["issue_time"], data["expire_time"]),
        }
        if found["renewable"] and self._should_renew(found):
            return self._renew(vault, id_, found)
        return Found(id_, found)

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Only how it is renewed can change, and that is this side's own affair."""
        return Found(id_, {**state, **news})

    def delete(self, id_: str, state: Values) -> None:
        """Revoke the token and its children; one that is gone is no error."""
        try:
            self._vault().write(
                "auth/token/revoke-accessor", {"accessor": id_}, state.get("namespace")
            )
        except PluginError as error:
            raise PluginError(f"error deleting token {quoted(id_)}: {error}") from error

    def _should_renew(self, found: Values) -> bool:
        margin = found.get("renewMinLease") or 0
        started = datetime.fromisoformat(found["leaseStarted"])
        left = found["leaseDuration"] - (self._clock() - started).total_seconds()
        return bool(margin > 0 and 0 <= int(left) <= margin)

    def _renew(self, vault: Vault, id_: str, found: Values) -> Found | None:
        body: dict[str, Any] = {
            "token": reveal(found.get("clientToken")),
            "increment": found.get("renewIncrement") or found["leaseDuration"],
        }
        try:
            vault.write("auth/token/renew", body, found.get("namespace"))
        except PluginError:
            return None
        # The real plugin looks for the new duration where Vault does not say it, and notes 0.
        now = self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")
        return Found(id_, {**found, "leaseDuration": 0, "leaseStarted": now})
