"""Pulumi providers for the logical targets of a stack."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pulumi

from keylife.errors import UsageError
from keylife.model.target import AwsTarget, Target, VaultTarget


class Providers:
    """The providers of the targets that are used, each made once."""

    def __init__(self, targets: Mapping[str, Target]) -> None:
        self._targets = targets
        self._made: dict[tuple[str, str], pulumi.ProviderResource] = {}

    def of(self, target: str | None, package: str) -> pulumi.ProviderResource | None:
        """The provider of a package in a target; None is the stack's own.

        Raises:
            UsageError: the stack's config has no such target, or it has no such side.
        """
        if target is None:
            return None
        known = self._targets.get(target)
        side = getattr(known, package, None)
        if known is None or side is None:
            raise UsageError(
                f"the stack's config has no `{package}:` under keylife:targets, {target}",
                "add it with `pulumi config set --path`; see docs/reference/targets.md",
            )
        if (target, package) not in self._made:
            self._made[target, package] = _provider(f"keylife-{target}", side)
        return self._made[target, package]

    def all_of(self, target: str | None) -> list[pulumi.ProviderResource]:
        """Every provider of a target, for a key whose kind takes what it needs.

        Raises:
            UsageError: the stack's config has no such target.
        """
        if target is None:
            return []
        known = self._targets.get(target)
        if known is None:
            raise UsageError(
                f"the stack's config has no target `{target}`",
                "add it under keylife:targets; see docs/reference/targets.md",
            )
        sides = [name for name in ("aws", "vault") if getattr(known, name) is not None]
        found = [self.of(target, name) for name in sides]
        return [provider for provider in found if provider is not None]


def _provider(name: str, side: AwsTarget | VaultTarget) -> pulumi.ProviderResource:
    if isinstance(side, AwsTarget):
        import pulumi_aws  # noqa: PLC0415  # a stack without targets need not wait for it

        roles = [{"role_arn": side.assume_role, "session_name": "keylife"}]
        return pulumi_aws.Provider(
            name,
            region=side.region,
            profile=side.profile,
            assume_roles=roles if side.assume_role else None,  # type: ignore[arg-type]
        )
    import pulumi_vault  # noqa: PLC0415

    token = os.environ.get(side.token_variable) if side.token_variable else None
    if side.token_variable and not token:
        raise UsageError(f"the environment variable {side.token_variable} is not set")
    return pulumi_vault.Provider(
        name,
        address=side.address,
        namespace=side.namespace,
        token=pulumi.Output.secret(token) if token else None,
    )
