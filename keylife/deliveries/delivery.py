"""What a delivery must say and do; one file a delivery, one entry in the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Protocol

from pydantic import JsonValue

from keylife.model.base import Model, Name
from keylife.orphan import Finder

if TYPE_CHECKING:
    import pulumi


@dataclass(frozen=True)
class Parcel:
    """The current version of a key, on its way to one place."""

    key_id: str
    version: int
    owner: str
    service: str
    birth: datetime
    expiry: datetime
    contents: pulumi.Output[str]
    """What the consumer reads: the material as a JSON object, secret."""

    last: Mapping[str, JsonValue]
    """What the ledger knows of the last write to this place; empty before the first."""


class DeliverySettings(Model):
    """What every delivery may be told."""

    target: Name | None = None
    """Which of the stack's targets the place is in, whatever the key's own target is. Without
    one: the stack's own account or Vault."""

    def located(self, place: str) -> str:
        """The place with its target, so that the same path in two Vaults is two places."""
        return place if self.target is None else f"{place}@{self.target}"


class Delivery(Protocol):
    """A place where consumers read the current version of a key, always the same place.

    Importing a delivery must not import pulumi or a vendor's SDK; ``deliver`` imports it.
    """

    name: ClassVar[str]
    """As declared: ``deliver: [{vault-kv: …}]``."""

    package: ClassVar[str]
    """Whose system the place is in, as targets name it: ``aws`` or ``vault``; others have no
    targets."""

    settings: ClassVar[type[DeliverySettings]]
    """What may stand under the delivery's name."""

    finders: ClassVar[Mapping[str, Finder]]
    """By resource type that ``deliver`` declares: who looks for what a cut-off create left."""

    def place(self, settings: DeliverySettings) -> str:
        """The one place these settings name, in words that tell two places apart."""
        ...

    def deliver(
        self, name: str, parcel: Parcel, settings: DeliverySettings, options: pulumi.ResourceOptions
    ) -> pulumi.Resource:
        """Declare the resources that carry the parcel; the last one returned is written last."""
        ...
