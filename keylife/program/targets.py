"""Pulumi providers for the logical targets of a stack."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

import pulumi

from keylife.errors import UsageError
from keylife.model.target import AwsTarget, Target, VaultTarget, provider_name


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
        side = self._side(target, package)
        if side is None:
            raise UsageError(
                f"the stack's config has no `{package}:` under keylife:targets, {target}",
                "add it with `pulumi config set --path`; see docs/reference/targets.md",
            )
        if (target, package) not in self._made:
            self._made[target, package] = _provider(provider_name(target), side)
        return self._made[target, package]

    def home(self, target: str | None, package: str) -> list[pulumi.ProviderResource]:
        """Every provider of a target, of which the package's is needed.

        What a kind declares besides its credential may be in another package.

        Raises:
            UsageError: the stack's config has no such target, or it has no such side.
        """
        first = self.of(target, package)
        if target is None or first is None:
            return []
        others = [
            self.of(target, other)
            for other in ("aws", "vault")
            if other != package and self._side(target, other) is not None
        ]
        return [first, *(provider for provider in others if provider is not None)]

    def renew(self, standing: Iterable[tuple[str, str]]) -> None:
        """Declare again what stands in the state and has a target in the config still.

        What the program no longer declares is deleted by the provider it was made with; one that
        is not declared either would work with the token of an earlier run.
        """
        for target, package in sorted(standing):
            if self._side(target, package) is not None:
                self.of(target, package)

    def _side(self, target: str, package: str) -> AwsTarget | VaultTarget | None:
        known = self._targets.get(target)
        sides = {} if known is None else {"aws": known.aws, "vault": known.vault}
        return sides.get(package)


def _provider(name: str, side: AwsTarget | VaultTarget) -> pulumi.ProviderResource:
    if isinstance(side, AwsTarget):
        import pulumi_aws  # noqa: PLC0415  # a stack without targets need not wait for it

        own = pulumi.Config("aws")
        role = side.assume_role
        aws: pulumi.ProviderResource = pulumi_aws.Provider(
            name,
            # an explicit provider does not look into the stack's config by itself
            region=side.region or own.get("region"),
            profile=side.profile or own.get("profile"),
            assume_roles=[pulumi_aws.ProviderAssumeRoleArgs(role_arn=role, session_name="keylife")]
            if role
            else None,
        )
        return aws
    import pulumi_vault  # noqa: PLC0415

    token = os.environ.get(side.token_variable) if side.token_variable else None
    if side.token_variable and not token:
        raise UsageError(
            f"the environment variable {side.token_variable} is not set",
            "it is to hold the token for a Vault of keylife:targets",
        )
    own = pulumi.Config("vault")
    vault: pulumi.ProviderResource = pulumi_vault.Provider(
        name,
        address=side.address or own.get("address"),
        namespace=side.namespace or own.get("namespace"),
        token=pulumi.Output.secret(token) if token else own.get_secret("token"),
    )
    return vault
