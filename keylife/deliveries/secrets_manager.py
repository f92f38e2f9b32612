"""AWS Secrets Manager: the current version of a key under one secret's AWSCURRENT label."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator

from keylife.model.base import Model

if TYPE_CHECKING:
    import pulumi

    from keylife.deliveries.delivery import Parcel


def _secret_name(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9/_+=.@-]{1,512}", text) is None:
        raise ValueError("not a secret's name: 1 to 512 letters, digits and /_+=.@-")
    if re.search(r"-[A-Za-z0-9]{6}$", text):
        raise ValueError(
            "a name that ends in a hyphen and six characters is mistaken for an ARN's suffix"
            " by Secrets Manager: choose another ending"
        )
    return text


class SecretsManagerSettings(Model):
    """Where in Secrets Manager the current version stands."""

    name: Annotated[str, AfterValidator(_secret_name)]
    """The secret's name."""


class SecretsManager:
    """A secret whose AWSCURRENT value always is the current version."""

    name: ClassVar[str] = "secrets-manager"
    settings: ClassVar[type[Model]] = SecretsManagerSettings

    def place(self, settings: Model) -> str:
        """``secrets-manager billing/aws``."""
        assert isinstance(settings, SecretsManagerSettings)
        return f"secrets-manager {settings.name}"

    def deliver(
        self, name: str, parcel: Parcel, settings: Model, options: pulumi.ResourceOptions
    ) -> pulumi.Resource:
        """Declare secret and value."""
        raise NotImplementedError
