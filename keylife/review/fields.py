"""What a changed field of a key means: one teller a field, and one for fields without."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from keylife.kinds import KINDS
from keylife.model.duration import format_duration
from keylife.model.instant import format_instant
from keylife.model.key import DeliverySpec, Key
from keylife.model.revocation import Reason, Tombstone
from keylife.review.change import Change, Subject, What
from keylife.review.consequences import ends_of, place_of, who_refuses
from keylife.review.scopes import scope_difference


@dataclass(frozen=True)
class _Told:
    what: What
    told: str
    effects: tuple[str, ...] = ()


_Teller = Callable[[Key, Key, datetime], _Told]


def field_changes(subject: Subject, old: Key, new: Key, at: datetime) -> Iterator[Change]:
    """One change for each field that differs between two declarations of one key."""
    for field in type(new).model_fields:
        if getattr(old, field) == getattr(new, field):
            continue
        told = _TELLERS.get(field, _unknown(field))(old, new, at)
        dumped = [key.model_dump(mode="json", include={field})[field] for key in (old, new)]
        effects = told.effects
        if new.revoked is not None and field != "revoked":
            effects = (*effects, "it is revoked: nothing is issued any more")
        yield Change(told.what, subject, told.told, (field,), dumped[0], dumped[1], effects)


def _unknown(field: str) -> _Teller:
    return lambda _old, _new, _at: _Told(What.FIELD_CHANGED, f"`{field}` is another")


def _kind(old: Key, new: Key, _at: datetime) -> _Told:
    return _Told(
        What.KIND_CHANGED,
        f"`{old.kind}` → `{new.kind}`",
        ("a live key stays what it is: the deploy refuses; declare a new key and revoke this one",),
    )


def _target(old: Key, new: Key, _at: datetime) -> _Told:
    return _Told(
        What.TARGET_CHANGED,
        f"{_named(old.target)} → {_named(new.target)}",
        ("a live key stays where it is: the deploy refuses; declare a new key there",),
    )


def _named(target: str | None) -> str:
    return "the stack's own account" if target is None else f"`{target}`"


def _service(old: Key, new: Key, _at: datetime) -> _Told:
    return _Told(
        What.REASSIGNED,
        f"service `{old.service}` → `{new.service}`",
        (f"`{old.service}` may still hold it: nothing is rotated by this",),
    )


def _owner(old: Key, new: Key, _at: datetime) -> _Told:
    return _Told(
        What.REOWNED,
        f"`{old.owner}` → `{new.owner}`",
        (f"`{old.owner}` may still know it: nothing is rotated by this",),
    )


def _purpose(_old: Key, new: Key, _at: datetime) -> _Told:
    return _Told(What.REWORDED, f"purpose: {new.purpose}")


def _scope(old: Key, new: Key, _at: datetime) -> _Told:
    difference = scope_difference(old.scope, new.scope)
    effects = [f"gains {grant}" for grant in difference.gained]
    effects += [f"loses {grant}" for grant in difference.lost]
    if KINDS[new.kind].traits.scope_in_place:
        effects.append("for live versions too, with the next deploy")
    else:
        effects.append("by a new version with the next deploy; live versions keep what they may do")
    if difference.same:
        return _Told(What.REWORDED, "the same scope in another order", tuple(effects))
    what = What.SCOPE_WIDENED if difference.widened else What.SCOPE_NARROWED
    told = f"gains {len(difference.gained)}, loses {len(difference.lost)}"
    return _Told(what, told, tuple(effects))


def _ttl(old: Key, new: Key, _at: datetime) -> _Told:
    longer = new.ttl > old.ttl
    return _Told(
        What.EXTENDED if longer else What.SHORTENED,
        f"versions live {_from_to(old.ttl, new.ttl)}",
        (
            "versions that live already keep their end",
            f"their grace is {_from_to(old.grace, new.grace)}",
        ),
    )


def _rotate_every(old: Key, new: Key, _at: datetime) -> _Told:
    told = f"every {_from_to(old.rotate_every, new.rotate_every)}"
    if new.rotate_every > old.rotate_every:
        return _Told(What.ROTATED_LESS_OFTEN, told, ("from the next version on",))
    older = format_duration(new.rotate_every)
    effect = f"at once: a current version older than {older} is rotated by the next deploy"
    return _Told(What.ROTATED_MORE_OFTEN, told, (effect,))


def _quarantine(old: Key, new: Key, _at: datetime) -> _Told:
    longer = new.quarantine > old.quarantine
    return _Told(
        What.QUARANTINE_LENGTHENED if longer else What.QUARANTINE_SHORTENED,
        _from_to(old.quarantine, new.quarantine),
        ("also for versions that are in quarantine now",),
    )


def _deliver(old: Key, new: Key, _at: datetime) -> _Told:
    added = [spec for spec in new.deliver if spec not in old.deliver]
    removed = [spec for spec in old.deliver if spec not in new.deliver]
    effects = [f"a copy at {_placed(spec)}" for spec in added]
    effects += [f"no copy at {_placed(spec)}: whoever reads it loses it" for spec in removed]
    if not added and not removed:
        return _Told(What.REWORDED, "the same deliveries in another order")
    told = f"{len(added)} added, {len(removed)} removed"
    return _Told(What.DELIVERY_ADDED if added else What.DELIVERY_REMOVED, told, tuple(effects))


def _placed(spec: DeliverySpec) -> str:
    return f"`{place_of(spec)}`"


def _gateways(old: Key, new: Key, _at: datetime) -> _Told:
    added = [name for name in new.gateways if name not in old.gateways]
    removed = [name for name in old.gateways if name not in new.gateways]
    if not added and not removed:
        return _Told(What.REWORDED, "the same gateways in another order")
    effects = [f"`{name}` is shown it when it ends" for name in added]
    effects += [f"whether `{name}` still lets it in then is not asked" for name in removed]
    told = f"{len(added)} added, {len(removed)} removed"
    return _Told(What.GATEWAY_CHANGED, told, tuple(effects))


def _rotations(old: Key, new: Key, at: datetime) -> _Told:
    added = [request for request in new.rotations if request not in old.rotations]
    removed = [request for request in old.rotations if request not in new.rotations]
    effects = []
    for request in added:
        when = "with the next deploy" if request.at <= at else "then"
        asked = f"requested for {format_instant(request.at)} ({request.reason})"
        told = f"{asked}: a new version {when}"
        if request.reason is Reason.KEY_COMPROMISE:
            told += f"; {who_refuses(new)} refuses the earlier ones at once, without grace"
        effects.append(told)
    effects += [
        f"the request for {format_instant(request.at)} ({request.reason}) is withdrawn"
        for request in removed
    ]
    if not added and not removed:
        return _Told(What.REWORDED, "the same requests in another order")
    told = f"{len(added)} requested, {len(removed)} withdrawn"
    return _Told(What.ROTATION_WITHDRAWN if removed else What.ROTATED, told, tuple(effects))


def _imported(old: Key, new: Key, _at: datetime) -> _Told:
    if new.imported is None:
        told = "it begins with no credential that existed before"
    elif old.imported is None:
        told = "it begins with a credential that exists already"
    else:
        told = "it begins with another credential, or is told otherwise"
    return _Told(
        What.IMPORT_CHANGED, told, ("a key that had a version already takes no other beginning",)
    )


def _revoked(old: Key, new: Key, _at: datetime) -> _Told:
    if new.revoked is None:
        assert old.revoked is not None
        return _Told(
            What.REVIVED,
            f"its tombstone ({old.revoked.reason}, {old.revoked.ref}) is taken away",
            ("a revoked id never lives again: where it was deployed, the deploy refuses",),
        )
    if old.revoked is None:
        effects = tuple(ends_of(new, new.revoked.reason))
        return _Told(What.REVOKED, _tombstone(new.revoked), effects)
    raised = new.revoked.reason is Reason.KEY_COMPROMISE
    same = old.revoked.model_copy(update={"reason": new.revoked.reason}) == new.revoked
    effect = (
        "its versions are destroyed at once, those in quarantine too"
        if raised and same
        else "where the revocation was deployed, the deploy refuses another story"
    )
    told = f"{_tombstone(old.revoked)} → {_tombstone(new.revoked)}"
    return _Told(What.TOMBSTONE_REWRITTEN, told, (effect,))


def _tombstone(tombstone: Tombstone) -> str:
    approved = f", approved by {tombstone.approved_by}" if tombstone.approved_by else ""
    who = f"by {tombstone.by}{approved}"
    return f"{tombstone.reason}, {tombstone.ref}, {who}, {format_instant(tombstone.at)}"


def _from_to(old: timedelta, new: timedelta) -> str:
    return f"{format_duration(new)}, not {format_duration(old)}"


_TELLERS: Mapping[str, _Teller] = {
    "kind": _kind,
    "target": _target,
    "service": _service,
    "owner": _owner,
    "purpose": _purpose,
    "scope": _scope,
    "ttl": _ttl,
    "rotate_every": _rotate_every,
    "quarantine": _quarantine,
    "deliver": _deliver,
    "gateways": _gateways,
    "rotations": _rotations,
    "imported": _imported,
    "revoked": _revoked,
}
