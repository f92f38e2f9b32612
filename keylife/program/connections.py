"""How keylife itself asks the issuers of a target: as its providers do."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pulumi

from keylife.errors import UsageError
from keylife.model.target import AwsTarget, Target, VaultTarget
from keylife.orphan import Connection


def connection(targets: Mapping[str, Target], target: str | None) -> Connection:
    """Where the issuers of a target are and as whom they are asked; None is the stack's own.

    Raises:
        UsageError: the environment variable of its Vault token is not set.
    """
    own = _stacks_own()
    known = None if target is None else targets.get(target)
    if known is None:
        return own
    aws, vault = known.aws or AwsTarget(), known.vault or VaultTarget()
    token = os.environ.get(vault.token_variable) if vault.token_variable else own.token
    if vault.token_variable and not token:
        raise UsageError(f"the environment variable {vault.token_variable} is not set")
    return Connection(
        region=aws.region or own.region,
        profile=aws.profile or own.profile,
        role=aws.assume_role,
        address=vault.address or own.address,
        namespace=vault.namespace or own.namespace,
        token=token,
    )


def _stacks_own() -> Connection:
    """What the default providers are told by the stack's config; the environment has the rest."""
    aws, vault = pulumi.Config("aws"), pulumi.Config("vault")
    roles = aws.get_object("assumeRoles") or [{}]
    return Connection(
        region=aws.get("region"),
        profile=aws.get("profile"),
        role=roles[0].get("roleArn"),
        address=vault.get("address"),
        namespace=vault.get("namespace"),
        token=vault.get("token"),
    )
