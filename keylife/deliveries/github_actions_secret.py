"""GitHub Actions secrets: the current version of a key for the workflows of a repository."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator

from keylife.deliveries.delivery import DeliverySettings, Parcel
from keylife.deliveries.sdk import optional_sdk
from keylife.orphan import Finder, nothing_to_find

if TYPE_CHECKING:
    import pulumi


def _repository(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", text) is None or text in (".", ".."):
        raise ValueError(
            "not a repository's name: letters, digits and _.- (its owner is the provider's)"
        )
    return text


def _secret_name(text: str) -> str:
    """Source: GitHub's documentation, "Secrets reference", naming your secrets."""
    if re.fullmatch(r"[A-Z_][A-Z0-9_]{0,99}", text) is None or text.startswith("GITHUB_"):
        raise ValueError(
            "not a secret's name: upper case letters, digits and _, no digit in front, and not"
            " beginning with GITHUB_"
        )
    return text


def _environment(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_.-]{1,255}", text) is None:
        raise ValueError("not an environment's name as keylife takes it: letters, digits and _.-")
    return text


class GithubActionsSecretSettings(DeliverySettings):
    """Which secret of which repository holds the current version."""

    repository: Annotated[str, AfterValidator(_repository)]
    """The repository's name, without its owner."""

    name: Annotated[str, AfterValidator(_secret_name)]
    """The secret's name, as workflows write it: ``${{ secrets.NAME }}``."""

    environment: Annotated[str, AfterValidator(_environment)] | None = None
    """The deployment environment whose secret it is; without one, the repository's."""


class GithubActionsSecret:
    """A secret of a repository, or of one of its environments, for GitHub Actions."""

    name: ClassVar[str] = "github-actions-secret"
    package: ClassVar[str] = "github"
    settings: ClassVar[type[DeliverySettings]] = GithubActionsSecretSettings
    finders: ClassVar[Mapping[str, Finder]] = {
        # the next create writes over what one that was cut off left: the API is a PUT
        "github:index/actionsSecret:ActionsSecret": nothing_to_find,
        "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret": nothing_to_find,
    }

    def place(self, settings: DeliverySettings) -> str:
        """``github-actions-secret/billing/KEY`` or ``…/billing/production/KEY``."""
        assert isinstance(settings, GithubActionsSecretSettings)
        parts = (self.name, settings.repository, settings.environment, settings.name)
        return settings.located("/".join(part for part in parts if part))

    def deliver(
        self, name: str, parcel: Parcel, settings: DeliverySettings, options: pulumi.ResourceOptions
    ) -> pulumi.Resource:
        """Declare the secret; GitHub keeps no older value and no note beside it."""
        assert isinstance(settings, GithubActionsSecretSettings)
        github = optional_sdk("pulumi_github", self.name)
        common: dict[str, Any] = {
            "repository": settings.repository,
            "secret_name": settings.name,
            "value": parcel.contents,
            "opts": options,
        }
        written: pulumi.Resource = (
            github.ActionsSecret(name, **common)
            if settings.environment is None
            else github.ActionsEnvironmentSecret(name, environment=settings.environment, **common)
        )
        return written
