"""``vault:index/policy:Policy``.

Source: terraform-provider-vault, vault/resource_policy.go; Vault's API of ACL policies.
"""

from collections.abc import Callable
from typing import ClassVar

from keylife.sandbox.plugins.errors import PluginError
from keylife.sandbox.plugins.resource import Found, ResourceType
from keylife.sandbox.plugins.schema import Field, Fields
from keylife.sandbox.plugins.values import Values
from keylife.sandbox.plugins.vault.client import Vault, VaultRefusedError


class Policy(ResourceType):
    """An ACL policy. One that is not there reads as an empty one."""

    token = "vault:index/policy:Policy"  # noqa: S105 - a type, no secret
    name_property = "name"
    fields: ClassVar[Fields] = {
        "name": Field(autoname=True, force_new=True),
        "namespace": Field(force_new=True),
        "policy": Field(required=True),
        "allowOverwrite": Field(kind="boolean"),
    }

    def __init__(self, vault: Callable[[], Vault]) -> None:
        self._vault = vault

    def create(self, news: Values) -> Found:
        """Write the policy, over what has its name."""
        return self.update(str(news["name"]), news, {})

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Write the policy."""
        path = f"sys/policies/acl/{id_}"
        try:
            self._vault().write(path, {"policy": news["policy"]}, news.get("namespace"))
        except VaultRefusedError as error:
            raise PluginError(f"error writing to Vault: {error}") from error
        return self.read(id_, news)

    def read(self, id_: str, state: Values) -> Found:
        """The policy's text, empty when there is none."""
        try:
            answer = self._vault().read(f"sys/policies/acl/{id_}", state.get("namespace"))
        except VaultRefusedError as error:
            raise PluginError(f"error reading from Vault: {error}") from error
        text = answer["data"]["policy"] if answer else ""
        return Found(id_, {**state, "name": id_, "policy": text})

    def delete(self, id_: str, state: Values) -> None:
        """Delete the policy; one that is gone is no error."""
        try:
            self._vault().delete(f"sys/policies/acl/{id_}", state.get("namespace"))
        except VaultRefusedError as error:
            raise PluginError(f"error deleting from Vault: {error}") from error
