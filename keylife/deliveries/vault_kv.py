"""Vault KV v2: the current version of a key at one path, written with check-and-set."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator

from keylife.model.base import Model

if TYPE_CHECKING:
    import pulumi

    from keylife.deliveries.delivery import Parcel


def _path(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*", text) is None or ".." in text:
        raise ValueError(
            "not a Vault path: letters, digits, _ . and -, parted by single slashes, without `..`"
        )
    return text


class VaultKvSettings(Model):
    """Where in Vault the current version stands."""

    mount: Annotated[str, AfterValidator(_path)]
    """The path of a KV version 2 mount."""

    path: Annotated[str, AfterValidator(_path)]
    """The secret's path below the mount."""


class VaultKv:
    """A KV v2 secret that always holds the current version."""

    name: ClassVar[str] = "vault-kv"
    settings: ClassVar[type[Model]] = VaultKvSettings

    def place(self, settings: Model) -> str:
        """``vault-kv secret/billing/aws``."""
        assert isinstance(settings, VaultKvSettings)
        return f"vault-kv {settings.mount}/{settings.path}"

    def deliver(
        self, name: str, parcel: Parcel, settings: Model, options: pulumi.ResourceOptions
    ) -> pulumi.Resource:
        """Declare the secret."""
        raise NotImplementedError
