"""Stand for pulumi-github and pulumi-kubernetes, which are not among the locked packages.

Their resources take the parameters and send the properties of pulumi-github 6.15.0 and
pulumi-kubernetes 4.34.2, as far as keylife uses them; the deliveries' tests also pass with those.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pulumi
import pytest


class ActionsSecret(pulumi.CustomResource):
    def __init__(
        self,
        name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        repository: pulumi.Input[str],
        secret_name: pulumi.Input[str],
        value: pulumi.Input[str],
    ) -> None:
        given = {"repository": repository, "secretName": secret_name, "value": value}
        super().__init__("github:index/actionsSecret:ActionsSecret", name, given, opts)


class ActionsEnvironmentSecret(pulumi.CustomResource):
    def __init__(
        self,
        name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        environment: pulumi.Input[str],
        repository: pulumi.Input[str],
        secret_name: pulumi.Input[str],
        value: pulumi.Input[str],
    ) -> None:
        given = {
            "environment": environment,
            "repository": repository,
            "secretName": secret_name,
            "value": value,
        }
        token = "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret"
        super().__init__(token, name, given, opts)


class Secret(pulumi.CustomResource):
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        metadata: dict[str, Any],
        string_data: pulumi.Input[Any],
        type: str,
    ) -> None:
        given = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": metadata,
            "stringData": string_data,
            "type": type,
        }
        super().__init__("kubernetes:core/v1:Secret", resource_name, given, opts)


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put them where the real ones would be."""
    for name, classes in {
        "pulumi_github": (ActionsSecret, ActionsEnvironmentSecret),
        "pulumi_kubernetes": (),
        "pulumi_kubernetes.core": (),
        "pulumi_kubernetes.core.v1": (Secret,),
    }.items():
        module = ModuleType(name)
        vars(module).update({each.__name__: each for each in classes})
        monkeypatch.setitem(sys.modules, name, module)
