"""Why a key needs a new version: small claims in one ordered chain.

The order is the one of docs/reference/plan.md; the first claim that holds is the stated cause.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from keylife.model.duration import format_duration
from keylife.model.imported import Imported
from keylife.model.instant import format_instant
from keylife.model.key import Key
from keylife.model.ledger import IssuedVersion, KeyRecord
from keylife.model.revocation import Reason, RotationRequest
from keylife.model.traits import Traits


@dataclass(frozen=True)
class Situation:
    """All that a trigger may look at."""

    key: Key
    record: KeyRecord
    traits: Traits
    at: datetime

    @property
    def imported(self) -> Imported | None:
        """What the key began with; None also where that was taken back before it was done."""
        if self.key.imported is not None:
            return self.key.imported
        return None if self.record.awaiting_adoption else self.record.imported

    @property
    def newest(self) -> IssuedVersion | None:
        """The version with the highest number, if any is left."""
        return self.record.versions[-1] if self.record.versions else None


@dataclass(frozen=True)
class Trigger:
    """A cause for a new version."""

    cause: str
    """One word, recorded with the version."""

    why: str
    """One sentence for a reviewer."""

    grace_for_predecessors: bool = True


def first(now: Situation) -> Trigger | None:
    """Nothing was ever issued."""
    if now.newest is None and now.record.destroyed_through == 0:
        return Trigger("first", "first version of the key")
    return None


def compromised(now: Situation) -> Trigger | None:
    """A rotation was asked for because the secret leaked: the others get no grace."""
    request = _unmet(now, lambda reason: reason is Reason.KEY_COMPROMISE)
    if request is None:
        return None
    return Trigger(
        "compromised",
        f"rotation requested at {format_instant(request.at)} ({request.reason}):"
        " earlier versions get no grace",
        grace_for_predecessors=False,
    )


def expired(now: Situation) -> Trigger | None:
    """Nothing that could be used is left."""
    newest = now.newest
    if newest is None:
        return Trigger("expired", "no version is left")
    if newest.expiry <= now.at:
        return Trigger(
            "expired", f"version {newest.number} expired at {format_instant(newest.expiry)}"
        )
    if newest.deactivated is not None:
        return Trigger(
            "expired",
            f"version {newest.number} was deactivated at {format_instant(newest.deactivated)}",
        )
    return None


def lost(now: Situation) -> Trigger | None:
    """The current version was ended outside keylife.

    Consumers had its secret once, so another secret may not bear its number.
    """
    newest = now.newest
    if newest is None or newest.exists or now.record.delivered != newest.number:
        return None
    return Trigger("lost", f"version {newest.number} was delivered and its credential is gone")


def unreadable(now: Situation) -> Trigger | None:
    """What the key began with cannot be delivered: only its issuer's consumers know its secret."""
    newest = now.newest
    if newest is None or newest.adopted is None:
        return None
    if now.imported is None:
        return Trigger(
            "unreadable", f"the import of version {newest.number} was taken back before it was done"
        )
    if now.imported.has_secret:
        return None
    return Trigger(
        "unreadable",
        f"the secret of version {newest.number} cannot be read back from its issuer,"
        " so it cannot be delivered",
    )


def requested(now: Situation) -> Trigger | None:
    """A rotation was asked for, for any other reason."""
    request = _unmet(now, lambda reason: reason is not Reason.KEY_COMPROMISE)
    if request is None:
        return None
    return Trigger(
        "requested", f"rotation requested at {format_instant(request.at)} ({request.reason})"
    )


def scheduled(now: Situation) -> Trigger | None:
    """The rotation period is over."""
    newest = now.newest
    if newest is None:
        return None
    due = rotation_due(newest, now.key)
    if now.at < due:
        return None
    return Trigger(
        "scheduled",
        f"version {newest.number} was due for rotation at {format_instant(due)}"
        f" (every {format_duration(now.key.rotate_every)})",
    )


def rotation_due(newest: IssuedVersion, key: Key) -> datetime:
    """From when a successor should exist.

    A shorter period than the one declared at birth counts at once. A longer one counts from the
    next version on: the expiry of the live one was fixed at its birth, and waiting longer would
    eat the grace that its consumers need to move over.
    """
    return min(newest.rotation_due, newest.birth + key.rotate_every)


def scope_changed(now: Situation) -> Trigger | None:
    """The declared scope is not the issued one, and the issuer cannot change it in place."""
    newest = now.newest
    if newest is None or now.traits.scope_in_place or newest.scope == now.key.scope:
        return None
    return Trigger(
        "scope-changed",
        f"the scope differs from the one version {newest.number} was issued with,"
        " and its issuer cannot change it in place",
    )


CHAIN: tuple[Callable[[Situation], Trigger | None], ...] = (
    first,  # before all else: there is nothing to compare with
    compromised,  # before the milder causes, so that a leak never gets their grace
    expired,  # before the schedule, which it implies
    lost,
    unreadable,
    requested,
    scheduled,
    scope_changed,
)
"""Every cause for a new version, the most pressing first."""


def trigger(now: Situation) -> Trigger | None:
    """The first cause that holds, or None: the newest version stays the current one."""
    return next((found for claim in CHAIN if (found := claim(now)) is not None), None)


def _unmet(now: Situation, wanted: Callable[[Reason], bool]) -> RotationRequest | None:
    """The latest matching request that is due and that no version was born after."""
    births = [version.birth for version in now.record.versions]
    unmet = [
        request
        for request in now.key.rotations
        if wanted(request.reason)
        and request.at <= now.at
        and not any(birth >= request.at for birth in births)
    ]
    return max(unmet, key=lambda request: request.at, default=None)
