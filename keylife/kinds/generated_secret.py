"""The resource behind the kind `generated`: drawn once, in Pulumi's dynamic provider.

The engine keeps a pickle of the provider in the state of each resource. Being a class of a module
that can be imported, it is pickled as its name (about 100 bytes), holds no secret, and what is
run is the installed keylife. Another keylife therefore changes no resource: nothing is ever
compared.
"""

from __future__ import annotations

import secrets
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider

from keylife.kinds.generated import RANDOM, generated_from


class _Provider(ResourceProvider):
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Draw the secret. Never called in a preview."""
        identity = f"generated-{secrets.token_hex(8)}"
        return CreateResult(identity, {"secret": generated_from(secrets.randbelow(62**RANDOM))})

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """No change, whatever differs: what was drawn stays."""
        return DiffResult(changes=False)


_PROVIDER = _Provider()


class GeneratedSecret(Resource, module="keylife", name="Generated"):
    """One generated secret."""

    secret: pulumi.Output[str]
    """Secret in the state as everywhere."""

    def __init__(self, name: str, options: pulumi.ResourceOptions) -> None:
        hidden = pulumi.ResourceOptions(additional_secret_outputs=["secret"])
        super().__init__(
            _PROVIDER, name, {"secret": None}, pulumi.ResourceOptions.merge(options, hidden)
        )
