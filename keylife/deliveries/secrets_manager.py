"""AWS Secrets Manager: the current version of a key under one secret's AWSCURRENT label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar

from keylife.deliveries.delivery import DeliverySettings, Parcel
from keylife.model.fitting import Fits
from keylife.orphan import Clients, Finder, Orphan, Pending, nothing_to_find

if TYPE_CHECKING:
    import pulumi


SecretName = Annotated[
    str,
    Fits(
        r"^[A-Za-z0-9/_+=.@-]{1,512}$", "not a secret's name: 1 to 512 letters, digits and /_+=.@-"
    ),
    Fits(
        r"^.{0,6}$|[^-].{6}$|[^A-Za-z0-9].{0,5}$",
        "a name that ends in a hyphen and six characters is mistaken for an ARN's suffix"
        " by Secrets Manager: choose another ending",
    ),
]
"""The name of a secret."""


class SecretsManagerSettings(DeliverySettings):
    """Where in Secrets Manager the current version stands."""

    name: SecretName
    """The secret's name."""


def _stray_secret(pending: Pending, clients: Clients) -> Iterable[Orphan]:
    """The secret of that name, if it bears this key's tag and the state does not know it.

    It has no value yet: one is only written once the secret is known. A secret with a value is
    somebody's copy, such as another stack's, and stays.
    """
    manager = clients.aws("secretsmanager")
    name, tags = pending.inputs["name"], pending.inputs["tags"]
    assert isinstance(tags, dict)
    try:
        found = manager.describe_secret(SecretId=name)
    except manager.exceptions.ResourceNotFoundException:
        return
    told = {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}
    empty = not found.get("VersionIdsToStages")
    mine = told.get("keylife:key") == tags["keylife:key"]
    if empty and mine and found["ARN"] not in pending.known:
        yield Orphan(
            f"secret {name}",
            partial(manager.delete_secret, SecretId=name, ForceDeleteWithoutRecovery=True),
        )


class SecretsManager:
    """A secret whose AWSCURRENT value always is the current version."""

    name: ClassVar[str] = "secrets-manager"
    package: ClassVar[str] = "aws"
    settings: ClassVar[type[DeliverySettings]] = SecretsManagerSettings
    finders: ClassVar[Mapping[str, Finder]] = {
        "aws:secretsmanager/secret:Secret": _stray_secret,
        # the next write adds a version beside the one that was cut off, and takes its label
        "aws:secretsmanager/secretVersion:SecretVersion": nothing_to_find,
    }

    def place(self, settings: DeliverySettings) -> str:
        """``secrets-manager/billing/aws``."""
        assert isinstance(settings, SecretsManagerSettings)
        return settings.located(f"{self.name}/{settings.name}")

    def deliver(
        self, name: str, parcel: Parcel, settings: DeliverySettings, options: pulumi.ResourceOptions
    ) -> pulumi.Resource:
        """Declare secret and value.

        A new value replaces the old one's resource; Secrets Manager moves AWSCURRENT to it and
        leaves AWSPREVIOUS on the one before. A removed secret is gone at once: a copy that can
        be restored for 30 days is alive for 30 days.
        """
        from pulumi_aws import secretsmanager

        assert isinstance(settings, SecretsManagerSettings)
        secret = secretsmanager.Secret(
            f"{name}#secret",
            name=settings.name,
            description=f"current version of the key {parcel.key_id}, written by keylife",
            recovery_window_in_days=0,
            tags={
                "keylife:key": parcel.key_id,
                "keylife:owner": parcel.owner,
                "keylife:service": parcel.service,
            },
            opts=options,
        )
        value: pulumi.Resource = secretsmanager.SecretVersion(
            name, secret_id=secret.id, secret_string=parcel.contents, opts=options
        )
        return value
