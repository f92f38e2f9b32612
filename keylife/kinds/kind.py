"""What a kind of key must say and do; one file a kind, one entry in the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from pydantic import JsonValue

from keylife.model.base import Model
from keylife.model.ledger import IssuedVersion
from keylife.model.traits import Traits
from keylife.orphan import Finder

if TYPE_CHECKING:
    import pulumi


@dataclass(frozen=True)
class Issuance:
    """One version that an issuer has to have, and in which condition."""

    key_id: str
    version: IssuedVersion
    scope: Mapping[str, JsonValue]
    """What it may do now; differs from ``version.scope`` only where it changes in place."""

    owner: str
    service: str
    at: datetime
    """The instant of the plan."""

    deactivated: bool
    """Refused by the issuer, but kept."""

    principal: pulumi.Resource | None = None
    """What its kind's `HasPrincipal.stand_for` declared; None where a version stands alone."""

    @property
    def name(self) -> str:
        """The version's name in the stack and, where it fits, at the issuer: ``key-v3``."""
        return f"{self.key_id}-v{self.version.number}"


@dataclass(frozen=True)
class Principal:
    """What all versions of a key stand for at their issuer, and how it has to be."""

    key_id: str
    since: datetime
    """When it was first planned to exist: by this it is told from another stack's."""

    scope: Mapping[str, JsonValue]
    """What it may do now."""

    owner: str
    service: str
    end: datetime
    """From when on its issuer refuses it, and with it every version."""

    live: bool
    """Whether a version is to be accepted; False once the key is revoked."""


Material = Mapping[str, "pulumi.Output[str]"]
"""What a consumer needs to use a version, by field name; secret values are secret outputs."""


class Kind(Protocol):
    """A kind of key: what is declared of it, and how a version comes to exist.

    Importing a kind must not import pulumi or a vendor's SDK: declarations are checked offline
    in milliseconds. ``issue`` imports what it needs.
    """

    name: ClassVar[str]
    """As declared: ``kind: aws-access-key``."""

    traits: ClassVar[Traits]

    scope: ClassVar[type[Model]]
    """What may stand under ``scope:``."""

    credential: ClassVar[str]
    """The Pulumi type of the credential itself, apart from the resources that surround it."""

    finders: ClassVar[Mapping[str, Finder]]
    """By resource type that ``issue`` declares: who looks for what a cut-off create left."""

    presentable: ClassVar[frozenset[str]]
    """The fields of its material that fit in a header of a request: what a gateway can be shown.
    A kind of another package may leave it out; then that is not checked."""

    expiry_enforced_by: ClassVar[str]
    """Who refuses an expired version if no pipeline ever runs again, in words."""

    def issue(self, issuance: Issuance, options: pulumi.ResourceOptions) -> Material:
        """Declare the resources of one version under ``options.parent`` and return its material."""
        ...


@runtime_checkable
class HasPrincipal(Protocol):
    """A kind whose versions share a principal at their issuer, such as one IAM user.

    Its traits say how many versions the principal can have at once. As long as a credential's
    input ``status`` is ``Active`` in the state, its version counts as accepted.
    """

    def stand_for(self, principal: Principal, options: pulumi.ResourceOptions) -> pulumi.Resource:
        """Declare the principal itself, named ``<key>/…`` under ``options.parent``."""
        ...

    def bound(
        self, principal: Principal, made: pulumi.Resource, options: pulumi.ResourceOptions
    ) -> Sequence[pulumi.Resource]:
        """Declare what it may do and until when: no version is made before that, and what is
        refused from this run on comes before it, by ``options.depends_on``."""
        ...


def package_of(kind: Kind) -> str:
    """The Pulumi package of a kind's issuer, as targets name it: ``aws``, ``vault``."""
    return kind.credential.partition(":")[0]
