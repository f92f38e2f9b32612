"""One pure function from declarations, ledger and instant to a plan (docs/reference/plan.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from keylife.errors import PlanRefusedError
from keylife.model.instant import format_instant
from keylife.model.key import Key
from keylife.model.ledger import IssuedVersion, KeyRecord, Ledger, RecordedRevocation
from keylife.model.registry import Declarations
from keylife.model.revocation import Tombstone
from keylife.model.state import State
from keylife.model.traits import Traits
from keylife.planning.endings import adopt, end_revoked, end_superseded, is_to_be_adopted
from keylife.planning.plan import Action, KeyPlan, Plan, PlannedVersion, current_of
from keylife.planning.refusals import refusals
from keylife.planning.room import is_full, makes_room, told_of_the_shared_end, wait
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
        PlanRefusedError: declarations and ledger do not agree, or a key would need more room
            than its issuer has; all refusals at once.
    """
    found = refusals(declarations, ledger, traits)
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
    revocation = waiting = room_made = None
    if key.revoked is not None:
        revocation = _revocation(key.revoked, now)
        versions = tuple(end_revoked(v, revocation, now) for v in now.record.versions)
    else:
        now = _adopting(now)
        cause = trigger(now)
        if cause is not None and is_full(now):
            versions, waiting = wait(now, cause)
            made = any(makes_room(version) for version in versions)
            room_made = at if made or now.record.room_made == at else None
        else:
            versions = _go_on(now, cause)
    if traits.most_at_once is not None:
        versions = told_of_the_shared_end(versions)
    gone = [v.version.number for v in versions if v.action is Action.DESTROY]
    since = None
    if revocation is None and current_of(versions).version.number == now.record.delivered:
        since = now.record.delivered_since
    return KeyPlan(
        key=key,
        record=record,
        imported=now.imported,
        versions=versions,
        destroyed_through=max([now.record.destroyed_through, *gone]),
        revocation=revocation,
        in_service_since=since or at,
        waiting=waiting,
        room_made=room_made,
    )


def _go_on(now: Situation, cause: Trigger | None) -> tuple[PlannedVersion, ...]:
    """What becomes of the versions of a live key, with a new one if there is a cause."""
    issued = now.record.versions
    if cause is not None:
        issued = (*issued, _newborn(now, cause))
    return (
        *(end_superseded(v, issued, now) for v in issued[:-1]),
        _current(issued[-1], cause, now),
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
    if is_to_be_adopted(newest, now):
        return adopt(newest, newest.expiry)
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
