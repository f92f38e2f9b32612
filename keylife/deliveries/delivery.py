"""What a delivery must say and do; one file a delivery, one entry in the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Protocol

from pydantic import JsonValue

from keylife.model.base import Model
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


class Delivery(Protocol):
    """A place where consumers read the current version of a key, always the same place.

    Importing a delivery must not import pulumi or a vendor's SDK; ``deliver`` imports it.
    """

    name: ClassVar[str]
    """As declared: ``deliver: [{vault-kv: …}]``."""

    settings: ClassVar[type[Model]]
    """What may stand under the delivery's name."""

    finders: ClassVar[Mapping[str, Finder]]
    """By resource type that ``deliver`` declares: who looks for what a cut-off create left."""

    def place(self, settings: Model) -> str:
        """The one place these settings name, in words that tell two places apart."""
        ...

    def deliver(
        self, name: str, parcel: Parcel, settings: Model, options: pulumi.ResourceOptions
    ) -> pulumi.Resource:
        """Declare the resources that carry the parcel; the last one returned is written last."""
        ...
