"""What a system must say and do so that a version can be killed in it, and proven dead.

A system is whatever must hear of a revoke: the issuer, a delivery, a gateway. One file a system.
What it does is split into steps that are safe to repeat, because a step whose answer was lost is
done again; and what it says of a version's death comes from using the version, not from what the
step's answer claimed. A version that is accepted after the steps were done gets them once more:
a step that found nothing may have looked where the version was not seen yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from keylife.model.base import Model
from keylife.orphan import Clients

Resource = Mapping[str, Any]
"""A resource as a stack's export has it."""


class Holding(Model):
    """What one system holds of one version: a credential, a copy, an admission. No secrets."""

    system: str
    """By its name in the table of systems."""

    key: str
    version: int
    place: str
    """In words that tell any two holdings of a version apart, such as ``aws-iam/AKIA…`` or
    ``vault-kv/secret/billing/aws@prod-eu``; evidence is counted by version and place."""

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

    weak: str = ""
    """Why its death cannot be proven here whatever a probe says, in words; empty where it can.
    Its steps are done and its probes are shown all the same."""

    quarantine: bool = False
    """Whether it is refused now and kept for a while: only steps are done that can be undone."""

    superseded: bool = False
    """Whether its key lives on, and consumers are on a successor: nothing that they may share with
    it is touched, such as the sessions of one user."""

    second_hand: bool = False
    """Whether its answers are second-hand: it asks the version's other places, and remembers what
    they said, as a gateway does. It is shown the version's secret, lists nothing, and what it
    refuses counts only once those places have refused, too. Its window is its own memory and, on
    top, the longest of theirs."""


class Verdict(StrEnum):
    """What one look at a version in one system shows."""

    ACCEPTED = "accepted"
    """It still works, or can be made to work again by whoever holds it."""

    POWERLESS = "powerless"
    """Its system knows it still, and refuses it everything: an expiry policy, for example, or a
    deletion that can be taken back. That is not dead: whoever changes that has the key back."""

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
    """By which the system's own log has the request; several are parted by blanks."""


@dataclass(frozen=True)
class Step:
    """One thing to do to a holding, safe to repeat however often it was done before."""

    name: str
    """In the imperative, as the audit log will have it: ``deny``, ``deactivate``, ``destroy``."""

    do: Callable[[Holding, Clients], str]
    """Does it and says in words what was done or found done. Vendors' errors go through as they
    are: the caller tells one that will pass from one that needs somebody."""

    again: bool = False
    """Whether it is done anew as long as the version is accepted, because what it empties fills
    again until somebody else refuses. Such steps are a system's last."""

    final: bool = True
    """Whether it cannot be undone: a version in quarantine is brought through the others only."""


def steps_for(system: System, holding: Holding) -> Sequence[Step]:
    """The steps that end a holding, or bring it into quarantine, in their order."""
    return [step for step in system.steps if not (step.final and holding.quarantine)]


def is_only_listed(system: System) -> bool:
    """Whether nobody can use a version in a system from here, and looking for it is all that can be
    done."""
    return bool(getattr(system, "only_listed", False))


Material = Mapping[str, str]
"""A version's secret by field, in memory only: ``access_key_id``, ``secret_access_key``, ``token``
…, as consumers read it."""


@dataclass(frozen=True)
class Surroundings:
    """What else the state has of the key that a resource belongs to."""

    key: str
    version: int | None
    """Whose the resource is; None for what belongs to the key itself: a delivery, a principal."""

    versions: Mapping[int, Sequence[Resource]]
    """Every version that stands in the ledger, with the resources below it."""

    shared: Sequence[Resource]
    """What stands below the key itself and is no version's."""

    ending: frozenset[int]
    """The versions that are to end; the others live on, and nothing of theirs is touched."""

    compromised: bool
    """Whether somebody else may have them, and may have got other things with them."""

    current: int | None
    """The version that every delivery carries, as far as the ledger says."""

    marks: Mapping[int, Mapping[str, str]]
    """By version, the fields of its material that are no secret and tell its copies apart."""


class System(Protocol):
    """A system that versions live in."""

    name: ClassVar[str]
    types: ClassVar[frozenset[str]]
    """The Pulumi resource types that stand for what it holds."""

    issues: ClassVar[bool]
    """Whether it is an issuer, whose refusal comes before any copy is touched."""

    steps: ClassVar[Sequence[Step]]
    """In the order in which they are to be done."""

    def holdings(self, resource: Resource, around: Surroundings) -> Iterable[Holding]:
        """What a resource in a stack's state (its export, secrets left out) stands for.

        Of the versions that are to end only.
        """
        ...

    def material(self, resource: Resource) -> Material:
        """The version's secret as the state has it, in the clear; empty where it has none.

        Args:
            resource: from an export with its secrets shown.
        """
        ...

    def mark(self, resource: Resource) -> Mapping[str, str]:
        """The fields of a version's material that are no secret and no other version shares;
        empty where there are none."""
        ...

    def use(self, holding: Holding, material: Material, clients: Clients) -> Answer:
        """Use the version as a consumer would, once, and say what came of it.

        Raises nothing of a vendor's: no answer is an answer, and unclear.

        Args:
            holding: what is probed.
            material: the version's own secret; nothing of it may be in the answer. A delivery
                needs none: it is read as a consumer reads it.
            clients: where the system is; the version itself is the identity that asks.
        """
        ...

    def look(self, holding: Holding, clients: Clients) -> Answer:
        """Look for the version with the operator's own identity: weak evidence, for when its
        secret is not to be had."""
        ...


class Copying(Protocol):
    """A system that keeps copies, in which a version's secret can be read."""

    def read_copy(self, holding: Holding, clients: Clients) -> Material:
        """The version's material, from its copy; empty where none of this version stands.

        Vendors' errors go through as they are.
        """
        ...


@dataclass(frozen=True)
class Use:
    """The last use of a version that its issuer knows of."""

    credential: str
    """What the issuer calls the version: no secret."""

    used: datetime | None
    """None if it was never used, as far as the issuer knows."""

    with_what: str | None
    """In the issuer's words, such as a service and a region."""


class Remembering(Protocol):
    """An issuer that remembers when a version was last used."""

    def last_use(self, holding: Holding, clients: Clients) -> Use:
        """The last use of a version.

        Vendors' errors go through as they are.
        """
        ...
