"""What a system must say and do so that a version can be killed in it, and proven dead.

A system is whatever must hear of a revoke: the issuer, a delivery, a gateway. One file a system.
What it does is split into steps that are safe to repeat, because a step whose answer was lost is
done again; and what it says of a version's death comes from using the version, not from what the
step's answer claimed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol

from keylife.model.base import Model
from keylife.orphan import Clients


class Holding(Model):
    """What one system holds of one version: a credential, a copy, an admission. No secrets."""

    system: str
    """By its name in the table of systems."""

    key: str
    version: int
    place: str
    """In words that tell any two holdings apart, such as ``aws-iam/AKIA…`` or
    ``vault-kv/secret/billing/aws@prod-eu``; evidence is counted by it."""

    facts: Mapping[str, str]
    """What the system's steps have to know: names, ids, paths."""

    urn: str
    """Of the resource in the stack's state that stands for it; empty if none does."""

    provider: str
    """That resource's provider, as the state names it: by it the system is reached."""

    window: float
    """Seconds for which, after a refusal, the system may still accept the version somewhere: the
    system's own, or this place's, such as a gateway's cache age plus one. Proof takes at least so
    long."""


class Verdict(StrEnum):
    """What one look at a version in one system shows."""

    ACCEPTED = "accepted"
    """It still works."""

    POWERLESS = "powerless"
    """Its issuer knows it still, and refuses it everything: an expiry policy, for example. That
    is not dead: whoever changes the policy has the key back."""

    REFUSED = "refused"
    """Unknown or inactive to the system: it was used, and turned away as such."""

    UNCLEAR = "unclear"
    """No answer, or one that does not tell: sealed, throttled, "not yours to ask"."""


@dataclass(frozen=True)
class Answer:
    """What a system said when a version was used in it, or looked for."""

    verdict: Verdict
    said: str
    """The system's own words or code, without parameters: never what was sent."""

    request_id: str | None = None
    """By which the system's own log has the request."""


@dataclass(frozen=True)
class Step:
    """One thing to do to a holding, safe to repeat however often it was done before."""

    name: str
    """In the imperative, as the audit log will have it: ``deny``, ``deactivate``, ``destroy``."""

    do: Callable[[Holding, Clients], str]
    """Does it and says in words what was done or found done. Vendors' errors go through as they
    are: the caller tells one that will pass from one that needs somebody."""


Material = Mapping[str, str]
"""A version's secret by field, in memory only: ``access_key_id``, ``secret_access_key``, ``token``
…, as consumers read it."""


class System(Protocol):
    """A system that versions live in."""

    name: ClassVar[str]
    types: ClassVar[frozenset[str]]
    """The Pulumi resource types that stand for what it holds."""

    issues: ClassVar[bool]
    """Whether it is an issuer, whose refusal comes before any copy is touched."""

    steps: ClassVar[Sequence[Step]]
    """In the order in which they are to be done."""

    def holdings(self, resource: Mapping[str, object], key: str, version: int) -> Iterable[Holding]:
        """What a resource in a stack's state (its export, secrets left out) stands for."""
        ...

    def use(self, holding: Holding, material: Material, clients: Clients) -> Answer:
        """Use the version as a consumer would, once, and say what came of it.

        Args:
            holding: what is probed.
            material: the version's own secret; nothing of it may be in the answer.
            clients: where the system is; the version itself is the identity that asks.
        """
        ...

    def look(self, holding: Holding, clients: Clients) -> Answer:
        """Look for the version with the operator's own identity: weak evidence, for when its
        secret is not to be had."""
        ...
