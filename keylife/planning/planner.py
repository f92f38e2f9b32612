"""One pure function from declarations, ledger and instant to a plan (docs/reference/plan.md)."""

from __future__ import annotations

from collections.abc import Mapping
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
        revocation = _revocation(key, key.revoked, now.record)
        versions = tuple(_end_revoked(v, revocation, now) for v in now.record.versions)
    else:
        revocation = None
        cause = trigger(now)
        issued = now.record.versions
        if cause is not None:
            issued = (*issued, _newborn(now, cause))
        versions = (
            *(_end_superseded(v, issued, now) for v in issued[:-1]),
            _current(issued[-1], cause, now),
        )
    gone = [v.version.number for v in versions if v.action is Action.DESTROY]
    return KeyPlan(
        key=key,
        record=record,
        versions=versions,
        destroyed_through=max([now.record.destroyed_through, *gone]),
        revocation=revocation,
    )


def _newborn(now: Situation, cause: Trigger) -> IssuedVersion:
    key = now.key
    numbers = [version.number for version in now.record.versions]
    return IssuedVersion(
        number=max([now.record.destroyed_through, *numbers]) + 1,
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


def _end_superseded(
    version: IssuedVersion, issued: tuple[IssuedVersion, ...], now: Situation
) -> PlannedVersion:
    newest = issued[-1].number
    later = [other for other in issued if other.number > version.number]
    compromise = _compromise_ended(version, later, now.key)
    grace_over = min(other.birth + other.grace for other in later)
    ends = min(version.expiry, grace_over, compromise or grace_over)
    if not version.exists:
        return PlannedVersion(
            version,
            Action.DESTROY,
            State.DESTROYED,
            ends,
            f"never came to exist before version {newest}",
        )
    if version.deactivated is None and now.at < ends:
        return PlannedVersion(
            version,
            Action.RETAIN,
            State.ACTIVE,
            ends,
            f"in grace until {format_instant(ends)}: version {newest} is the current one",
        )
    in_service = now.record.delivered is not None and now.record.delivered > version.number
    deadly = compromise is not None or now.at >= version.expiry or version.deactivated is not None
    if not in_service and not deadly:
        return PlannedVersion(
            version,
            Action.RETAIN,
            State.ACTIVE,
            ends,
            f"its grace ended at {format_instant(ends)}, but no later version has reached every"
            f" delivery yet; it expires at {format_instant(version.expiry)}",
        )
    over = "expired" if ends == version.expiry else "its grace ended"
    return _deactivate_or_destroy(version, ends, f"{over} at {format_instant(ends)}", now)


def _end_revoked(
    version: IssuedVersion, revocation: RecordedRevocation, now: Situation
) -> PlannedVersion:
    over = f"revoked ({revocation.reason}, {revocation.ref})"
    ends = min(version.expiry, version.deactivated or now.at)
    if revocation.reason is Reason.KEY_COMPROMISE or not version.exists:
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


def _revocation(key: Key, tombstone: Tombstone, record: KeyRecord) -> RecordedRevocation:
    """What the stack records of the key's end: once written, only its reason can be raised."""
    if record.revocation is not None:
        return record.revocation.model_copy(update={"reason": tombstone.reason})
    return RecordedRevocation(
        kind=key.kind,
        at=tombstone.at,
        reason=tombstone.reason,
        by=tombstone.by,
        ref=tombstone.ref,
        versions=tuple(version.number for version in record.versions),
    )
