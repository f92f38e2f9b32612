"""How a version ends: by a successor, by its expiry, by a leak, by its key's revocation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from keylife.model.duration import format_duration
from keylife.model.instant import format_instant
from keylife.model.key import Key
from keylife.model.ledger import IssuedVersion, RecordedRevocation
from keylife.model.revocation import Reason
from keylife.model.state import State
from keylife.planning.plan import Action, PlannedVersion
from keylife.planning.triggers import Situation


def is_to_be_adopted(version: IssuedVersion, now: Situation) -> bool:
    """Whether it exists at its issuer, as the declaration says, and not yet in the stack."""
    return version == now.record.awaiting_adoption and now.imported is not None


def adopt(version: IssuedVersion, ends: datetime) -> PlannedVersion:
    """Bring in what existed before keylife."""
    why = f"imported: made by its issuer at {format_instant(version.birth)}, not issued anew"
    return PlannedVersion(version, Action.ADOPT, State.ACTIVE, ends, why)


def end_superseded(
    version: IssuedVersion, issued: Sequence[IssuedVersion], now: Situation
) -> PlannedVersion:
    """What becomes of a version that is not the newest of ``issued``."""
    newest = issued[-1].number
    later = _after(version, issued)
    compromise = _compromise_ended(version, later, now.key)
    ends = _natural_end(version, later, compromise)
    if is_to_be_adopted(version, now):
        return adopt(version, ends)
    if not version.exists:
        why = f"nothing of it exists, and version {newest} takes its place"
        return PlannedVersion(version, Action.DESTROY, State.DESTROYED, ends, why)
    if compromise is not None:
        return _end_compromised(version, ends, newest, now)
    if version.deactivated is None and now.at < ends:
        why = f"in grace until {format_instant(ends)}: version {newest} is the current one"
        return PlannedVersion(version, Action.RETAIN, State.ACTIVE, ends, why)
    over = "expired" if ends == version.expiry else "its grace ended"
    over = f"{over} at {format_instant(ends)}"
    dead = now.at >= version.expiry or version.deactivated is not None
    if not dead and not _in_service_before(version, now):
        why = (
            f"{over}, but no later version was in every delivery before this run;"
            f" it expires at {format_instant(version.expiry)}"
        )
        return PlannedVersion(version, Action.RETAIN, State.ACTIVE, ends, why)
    return _deactivate_or_destroy(version, ends, over, now)


def is_compromised(version: IssuedVersion, now: Situation) -> bool:
    """Whether a version that there is was born of a leak of this one."""
    return _compromise_ended(version, _after(version, now.record.versions), now.key) is not None


def end_revoked(
    version: IssuedVersion, revocation: RecordedRevocation, now: Situation
) -> PlannedVersion:
    """What becomes of a version whose key is revoked."""
    later = _after(version, now.record.versions)
    natural = _natural_end(version, later, _compromise_ended(version, later, now.key))
    ends = min(natural, version.deactivated or now.at)
    over = f"revoked ({revocation.reason}, {revocation.ref})"
    if revocation.reason is Reason.KEY_COMPROMISE:
        return PlannedVersion(version, Action.DESTROY, State.COMPROMISED, ends, over)
    if not version.exists:
        return PlannedVersion(version, Action.DESTROY, State.DESTROYED, ends, over)
    return _deactivate_or_destroy(version, ends, over, now)


def refuse(version: IssuedVersion, ends: datetime, why: str, now: Situation) -> PlannedVersion:
    """Deactivated from the first run on that says so."""
    return PlannedVersion(
        version=version.model_copy(update={"deactivated": version.deactivated or now.at}),
        action=Action.RETAIN if version.deactivated else Action.DEACTIVATE,
        state=State.DEACTIVATED,
        ends=ends,
        why=why,
    )


def _end_compromised(
    version: IssuedVersion, ends: datetime, newest: int, now: Situation
) -> PlannedVersion:
    why = f"compromised: version {newest} takes its place without grace"
    if _refused_first(version, now):
        return refuse(version, ends, f"{why}; destroyed by the next run", now)
    return PlannedVersion(version, Action.DESTROY, State.COMPROMISED, ends, why)


def _refused_first(version: IssuedVersion, now: Situation) -> bool:
    """Whether it has to stay refused for a run before it is destroyed.

    Versions that share a principal share its end: a successor's would have this one accepted
    again until the engine deletes it, last of all.
    """
    return now.traits.most_at_once is not None and version.deactivated in (None, now.at)


def _after(version: IssuedVersion, issued: Sequence[IssuedVersion]) -> list[IssuedVersion]:
    return [other for other in issued if other.number > version.number]


def _compromise_ended(
    version: IssuedVersion, later: list[IssuedVersion], key: Key
) -> datetime | None:
    """The birth at which a compromise ended ``version``, if one did.

    The ledger remembers a compromise as a successor without grace; the declared request is
    looked at too, because the schedule may have issued the successor first.
    """
    requests = [r.at for r in key.rotations if r.reason is Reason.KEY_COMPROMISE]
    births = [
        other.birth
        for other in later
        if not other.grace or any(version.birth < at <= other.birth for at in requests)
    ]
    return min(births, default=None)


def _natural_end(
    version: IssuedVersion, later: list[IssuedVersion], compromise: datetime | None
) -> datetime:
    """The first instant at which it is refused, if nobody revokes it."""
    ends = [version.expiry, *(other.birth + other.grace for other in later)]
    return min(ends if compromise is None else [*ends, compromise])


def _in_service_before(version: IssuedVersion, now: Situation) -> bool:
    """Whether a later version reached every delivery at an earlier instant than this one."""
    delivered, since = now.record.delivered, now.record.delivered_since
    return (
        delivered is not None
        and since is not None
        and delivered > version.number
        and since < now.at
    )


def _deactivate_or_destroy(
    version: IssuedVersion, ends: datetime, over: str, now: Situation
) -> PlannedVersion:
    """Quarantine first, where there is one; it counts from the run that deactivated."""
    until = (version.deactivated or now.at) + now.key.quarantine
    if not now.traits.can_deactivate or (until <= now.at and not _refused_first(version, now)):
        if version.deactivated is not None:
            over = f"{over}; its quarantine is over"
        return PlannedVersion(version, Action.DESTROY, State.DESTROYED, ends, over)
    kept = (
        f"in quarantine for {format_duration(now.key.quarantine)}, until {format_instant(until)}"
        if now.key.quarantine
        else "destroyed by the next run"
    )
    return refuse(version, ends, f"{over}; {kept}", now)
