"""One pure function from declarations, ledger and instant to a plan (docs/reference/plan.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from keylife.errors import PlanRefusedError
from keylife.model.duration import format_duration
from keylife.model.instant import format_instant
from keylife.model.key import Key
from keylife.model.ledger import IssuedVersion, KeyRecord, Ledger, RecordedRevocation
from keylife.model.registry import Declarations
from keylife.model.revocation import Reason, Tombstone
from keylife.model.state import State
from keylife.model.traits import Traits
from keylife.planning.plan import Action, KeyPlan, Plan, PlannedVersion
from keylife.planning.refusals import refusals
from keylife.planning.triggers import Situation, Trigger, rotation_due, trigger


def make_plan(
    declarations: Declarations, ledger: Ledger, at: datetime, traits: Mapping[str, Traits]
) -> Plan:
    """What a deploy at ``at`` does to every declared key.

    Args:
        declarations: everything the stack declares, already valid.
        ledger: what the stack's state says was issued.
        at: the instant, whole seconds; an earlier one than the ledger's latest counts as that,
            so that a clock which runs backwards never un-expires anything.
        traits: by kind, what it can do.

    Raises:
        PlanRefusedError: declarations and ledger do not agree; all refusals at once.
    """
    found = refusals(declarations, ledger)
    if found:
        raise PlanRefusedError(found)
    now = at if ledger.latest is None else max(at, ledger.latest)
    return Plan(
        at=now,
        keys=tuple(
            _plan_key(key, ledger.keys.get(key_id), traits[key.kind], now)
            for key_id, key in sorted(declarations.keys.items())
        ),
    )


def _plan_key(key: Key, record: KeyRecord | None, traits: Traits, at: datetime) -> KeyPlan:
    now = Situation(key, record or KeyRecord(id=key.id, kind=key.kind), traits, at)
    if key.revoked is not None:
        revocation = _revocation(key.revoked, now)
        versions = tuple(_end_revoked(v, revocation, now) for v in now.record.versions)
    else:
        revocation = None
        now = _adopting(now)
        cause = trigger(now)
        issued = now.record.versions
        if cause is not None:
            issued = (*issued, _newborn(now, cause))
        versions = (
            *(_end_superseded(v, issued, now) for v in issued[:-1]),
            _current(issued[-1], cause, now),
        )
    gone = [v.version.number for v in versions if v.action is Action.DESTROY]
    newest = versions[-1].version.number if versions else None
    in_service = now.record.delivered == newest and now.record.delivered_since
    return KeyPlan(
        key=key,
        record=record,
        imported=now.imported,
        versions=versions,
        destroyed_through=max([now.record.destroyed_through, *gone]),
        revocation=revocation,
        in_service_since=in_service or at,
    )


def _adopting(now: Situation) -> Situation:
    """With the imported credential as version 1, if the key begins with one and begins now.

    It lives out its TTL, counted from when its issuer made it; one that is older than that has
    its successors' grace from now on, so that nothing that works is cut off on the way in.
    """
    key, imported = now.key, now.key.imported
    if imported is None or now.record.versions or now.record.destroyed_through:
        return now
    birth = min(imported.created, now.at)
    adopted = IssuedVersion(
        number=1,
        birth=birth,
        adopted=now.at,
        expiry=max(birth + key.ttl, now.at + key.grace),
        rotation_due=birth + key.rotate_every,
        grace=key.grace,
        cause="imported",
        owner=key.owner,
        service=key.service,
        scope=key.scope,
    )
    return replace(now, record=now.record.model_copy(update={"versions": (adopted,)}))


def _is_to_be_adopted(version: IssuedVersion, now: Situation) -> bool:
    """Whether it exists at its issuer, as the declaration says, and not yet in the stack."""
    return version == now.record.awaiting_adoption and now.imported is not None


def _newborn(now: Situation, cause: Trigger) -> IssuedVersion:
    key = now.key
    used = [version.number for version in now.record.versions]
    return IssuedVersion(
        number=max([now.record.destroyed_through, now.record.delivered or 0, *used]) + 1,
        birth=now.at,
        expiry=now.at + key.ttl,
        rotation_due=now.at + key.rotate_every,
        grace=key.grace if cause.grace_for_predecessors else timedelta(0),
        cause=cause.cause,
        owner=key.owner,
        service=key.service,
        scope=key.scope,
    )


def _current(newest: IssuedVersion, cause: Trigger | None, now: Situation) -> PlannedVersion:
    if _is_to_be_adopted(newest, now):
        return _adopt(newest, newest.expiry)
    if cause is not None:
        why = cause.why
    elif not newest.exists:
        why = f"planned at {format_instant(newest.birth)} by a run that did not finish"
    else:
        why = f"current until its rotation at {format_instant(rotation_due(newest, now.key))}"
    return PlannedVersion(
        version=newest,
        action=Action.RETAIN if newest.exists else Action.ISSUE,
        state=State.ACTIVE,
        ends=newest.expiry,
        why=why,
    )


def _adopt(version: IssuedVersion, ends: datetime) -> PlannedVersion:
    why = f"imported: made by its issuer at {format_instant(version.birth)}, not issued anew"
    return PlannedVersion(version, Action.ADOPT, State.ACTIVE, ends, why)


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


def _end_superseded(
    version: IssuedVersion, issued: tuple[IssuedVersion, ...], now: Situation
) -> PlannedVersion:
    newest = issued[-1].number
    later = [other for other in issued if other.number > version.number]
    compromise = _compromise_ended(version, later, now.key)
    ends = _natural_end(version, later, compromise)
    if _is_to_be_adopted(version, now):
        return _adopt(version, ends)
    if not version.exists:
        why = f"nothing of it exists, and version {newest} takes its place"
        return PlannedVersion(version, Action.DESTROY, State.DESTROYED, ends, why)
    if compromise is not None:
        why = f"compromised: version {newest} takes its place without grace"
        return PlannedVersion(version, Action.DESTROY, State.COMPROMISED, ends, why)
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


def _in_service_before(version: IssuedVersion, now: Situation) -> bool:
    """Whether a later version reached every delivery at an earlier instant than this one."""
    delivered, since = now.record.delivered, now.record.delivered_since
    return (
        delivered is not None
        and since is not None
        and delivered > version.number
        and since < now.at
    )


def _end_revoked(
    version: IssuedVersion, revocation: RecordedRevocation, now: Situation
) -> PlannedVersion:
    later = [other for other in now.record.versions if other.number > version.number]
    natural = _natural_end(version, later, _compromise_ended(version, later, now.key))
    ends = min(natural, version.deactivated or now.at)
    over = f"revoked ({revocation.reason}, {revocation.ref})"
    if revocation.reason is Reason.KEY_COMPROMISE:
        return PlannedVersion(version, Action.DESTROY, State.COMPROMISED, ends, over)
    if not version.exists:
        return PlannedVersion(version, Action.DESTROY, State.DESTROYED, ends, over)
    return _deactivate_or_destroy(version, ends, over, now)


def _deactivate_or_destroy(
    version: IssuedVersion, ends: datetime, over: str, now: Situation
) -> PlannedVersion:
    """Quarantine first, where there is one; it counts from the run that deactivated."""
    since = version.deactivated or now.at
    until = since + now.key.quarantine
    if not now.traits.can_deactivate or until <= now.at:
        if version.deactivated is not None:
            over = f"{over}; its quarantine is over"
        return PlannedVersion(version, Action.DESTROY, State.DESTROYED, ends, over)
    return PlannedVersion(
        version=version.model_copy(update={"deactivated": since}),
        action=Action.RETAIN if version.deactivated else Action.DEACTIVATE,
        state=State.DEACTIVATED,
        ends=ends,
        why=f"{over}; in quarantine for {format_duration(now.key.quarantine)},"
        f" until {format_instant(until)}",
    )


def _revocation(tombstone: Tombstone, now: Situation) -> RecordedRevocation:
    """What the stack records of the key's end: once written, only its reason can be raised."""
    if now.record.revocation is not None:
        return now.record.revocation.model_copy(update={"reason": tombstone.reason})
    return RecordedRevocation(
        kind=now.key.kind,
        at=tombstone.at,
        reason=tombstone.reason,
        by=tombstone.by,
        ref=tombstone.ref,
        versions=tuple(
            version.number
            for version in now.record.versions
            if version.exists and version.deactivated is None and now.at < version.expiry
        ),
    )
