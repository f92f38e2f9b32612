"""From what was found to the ledger that the next deploy goes on from.

Numbers, births and expiries are as the issuers have them. The schedule that a version was born
with is nowhere written down but in the store: where that has no copy of the birth, the one
declared today stands for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from keylife.kinds.aws_user import user_name
from keylife.model.key import Key
from keylife.model.ledger import IssuedVersion, KeyRecord, RecordedRevocation
from keylife.model.revocation import Reason
from keylife.model.state import State
from keylife.planning.plan import Action, KeyPlan, PlannedVersion
from keylife.rebuild.found import Found, FoundCopy, FoundVersion


@dataclass(frozen=True)
class RebuiltKey:
    """One key as the new ledger has it."""

    plan: KeyPlan
    delivered: int | None
    """The version that every delivery holds; None if they differ, or one holds none."""

    imagined: bool
    """No version is left, so that its last one stands in the plan and not in the ledger: what is
    left is the number up to which all are destroyed, and the copies."""

    due: bool
    """The newest version's secret is held by no delivery: it is replaced in the next run."""

    gone: tuple[int, ...] = ()
    """The versions that the store remembers as living and of which their issuer has nothing; they
    are counted as destroyed."""


def missing_versions(
    key: Key, found: Found, remembered: KeyRecord | None
) -> Mapping[int, str | None]:
    """The versions that live by the store and are not found, by number: why one may live all the
    same; None where nothing says so, and it is gone.

    Args:
        key: as declared.
        found: at the issuers.
        remembered: what the store has of it.
    """
    there = {version.number for version in found.versions if version.key == key.id}
    missing: dict[int, str | None] = {}
    for version in remembered.versions if remembered else ():
        if version.number in there:
            continue
        names = {f"{key.id}-v{version.number}", user_name(key.id, version.number)}
        if version.adopted is not None and key.id not in found.imports_gone:
            why = "it existed before keylife, and its state cannot be told from its tags"
            missing[version.number] = why
        elif names & found.unreadable:
            why = f"{min(names & found.unreadable)} stands, and is not as keylife makes it"
            missing[version.number] = why
        else:
            missing[version.number] = None
    return missing


def rebuilt_keys(
    keys: Iterable[Key],
    found: Found,
    at: datetime,
    remembered: Mapping[str, KeyRecord] = MappingProxyType({}),
) -> tuple[RebuiltKey, ...]:
    """What the ledger had of the keys, as far as can be told; nothing for keys without a trace.

    Args:
        keys: those declared.
        found: of them.
        at: from when a quarantine is counted that had begun, where the store does not know when.
        remembered: by key, what the store has a copy of.
    """
    versions: dict[str, list[FoundVersion]] = {}
    for version in sorted(found.versions, key=lambda each: each.number):
        versions.setdefault(version.key, []).append(version)
    copies: dict[str, list[FoundCopy]] = {}
    for copy in found.copies:
        copies.setdefault(copy.key, []).append(copy)
    rebuilt = (
        _rebuilt(
            key,
            versions.get(key.id, []),
            copies.get(key.id, []),
            at,
            _Remembered.of(key, found, remembered.get(key.id)),
        )
        for key in sorted(keys, key=lambda each: each.id)
        if key.id in versions or key.id in copies or key.id in remembered
    )
    return tuple(key for key in rebuilt if key is not None)


@dataclass(frozen=True)
class _Remembered:
    """What the store has of a key, beside what was found of it."""

    record: KeyRecord
    gone: tuple[int, ...]
    destroyed_through: int
    highest: int | None
    """No number above it is counted as destroyed: what follows it may live. None if all may."""

    @classmethod
    def of(cls, key: Key, found: Found, record: KeyRecord | None) -> _Remembered:
        record = record or KeyRecord(id=key.id, kind=key.kind)
        missing = missing_versions(key, found, record)
        unclear = [number for number, why in missing.items() if why is not None]
        gone = tuple(number for number, why in missing.items() if why is None)
        return cls(
            record,
            gone,
            max([record.destroyed_through, *gone]),
            min(unclear) - 1 if unclear else None,
        )

    def bounded(self, number: int) -> int:
        """A number up to which all is destroyed, as far as that is known."""
        return number if self.highest is None else min(number, self.highest)


def _rebuilt(
    key: Key,
    found: list[FoundVersion],
    copies: list[FoundCopy],
    at: datetime,
    remembered: _Remembered,
) -> RebuiltKey | None:
    delivered = _delivered(key, found, copies)
    held = {copy.credential for copy in copies} - {None}
    due = bool(found) and key.revoked is None and found[-1].credential not in held
    issued = [_as_born(_issued(key, version, found, at), remembered.record) for version in found]
    if due:
        issued[-1] = issued[-1].model_copy(update={"rotation_due": issued[-1].birth})
    told = max([*(copy.told or 1 for copy in copies), remembered.destroyed_through])
    imagined = not issued
    if imagined:
        if not remembered.bounded(told):
            return None
        issued = [_last_of_none(key, told, at)]
    first = issued[0].number
    planned = tuple(
        PlannedVersion(
            version,
            Action.RETAIN,
            State.ACTIVE if version.deactivated is None else State.DEACTIVATED,
            version.expiry,
            "found at its issuer",
        )
        for version in issued
    )
    revocation = _revocation(key, issued)
    return RebuiltKey(
        KeyPlan(
            key=key,
            record=KeyRecord(
                id=key.id,
                kind=key.kind,
                target=key.target,
                versions=tuple(issued),
                revocation=revocation,
            ),
            versions=planned,
            destroyed_through=remembered.bounded(
                max(
                    first if imagined else first - 1,
                    remembered.destroyed_through,
                    _beyond(told, issued),
                )
            ),
            revocation=revocation,
            in_service_since=_born(delivered, issued),
        ),
        delivered,
        imagined,
        due,
        remembered.gone,
    )


def _issued(
    key: Key, version: FoundVersion, found: list[FoundVersion], at: datetime
) -> IssuedVersion:
    life = version.expiry - version.birth
    declared = key.scope
    same = all(_plain(declared.get(name)) == _plain(told) for name, told in version.scope.items())
    return IssuedVersion(
        number=version.number,
        birth=version.birth,
        expiry=version.expiry,
        rotation_due=version.birth + min(key.rotate_every, life),
        grace=_grace(key, version, found),
        cause="rebuilt",
        owner=version.owner,
        service=version.service,
        scope=dict(declared) if same else {**declared, **version.scope},
        deactivated=None if version.active else at,
        exists=version.credential is not None,
        issuer_facts=version.facts,
    )


def _as_born(version: IssuedVersion, remembered: KeyRecord) -> IssuedVersion:
    """With the schedule of its birth, if the store has a copy of that very birth."""
    for known in remembered.versions:
        if (known.number, known.birth, known.expiry) == (
            version.number,
            version.birth,
            version.expiry,
        ):
            since = version.deactivated and (known.deactivated or version.deactivated)
            told = {"rotation_due", "grace", "cause"}
            return version.model_copy(
                update={"deactivated": since, **{name: getattr(known, name) for name in told}}
            )
    return version


def _grace(key: Key, version: FoundVersion, found: list[FoundVersion]) -> timedelta:
    """What its predecessors were given: nothing, if it took the place of leaked ones."""
    earlier = [other.birth for other in found if other.number < version.number]
    for request in key.rotations:
        leaked = request.reason is Reason.KEY_COMPROMISE and request.at <= version.birth
        if leaked and not any(birth >= request.at for birth in earlier):
            return timedelta(0)
    return max(timedelta(0), version.expiry - version.birth - key.rotate_every)


def _plain(value: object) -> object:
    """The order of what a scope lists is nobody's."""
    return sorted(map(str, value)) if isinstance(value, list | tuple) else value


def _last_of_none(key: Key, number: int, at: datetime) -> IssuedVersion:
    return IssuedVersion(
        number=number,
        birth=at,
        expiry=at + key.ttl,
        rotation_due=at + key.rotate_every,
        grace=key.grace,
        cause="rebuilt",
        owner=key.owner,
        service=key.service,
        scope=dict(key.scope),
    )


def _beyond(told: int, issued: list[IssuedVersion]) -> int:
    """A copy may tell of a version that is gone, behind all that are left."""
    return told if told > issued[-1].number else 0


def _delivered(key: Key, found: list[FoundVersion], copies: list[FoundCopy]) -> int | None:
    numbers = {version.credential: version.number for version in found}
    held = {numbers.get(copy.credential) for copy in copies}
    whole = len(copies) == len(key.deliver) and len(held) == 1 and None not in held
    return held.pop() if whole else None


def _born(number: int | None, issued: list[IssuedVersion]) -> datetime:
    """Since when it is in every delivery is nowhere written down; not before its birth."""
    births = {version.number: version.birth for version in issued}
    return births.get(number or 0, issued[-1].birth)


def _revocation(key: Key, issued: list[IssuedVersion]) -> RecordedRevocation | None:
    """As git's tombstone tells it: which versions were accepted then is not known any more."""
    tombstone = key.revoked
    if tombstone is None:
        return None
    return RecordedRevocation(
        kind=key.kind,
        at=tombstone.at,
        reason=tombstone.reason,
        by=tombstone.by,
        ref=tombstone.ref,
        versions=tuple(version.number for version in issued),
    )
