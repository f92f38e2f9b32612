"""What a plan must be, worked out the slow way from the text of ``docs/reference/plan.md``.

Written without knowledge of the planner, and shaped otherwise: ends are found by walking over
every border and asking "is it accepted now?"; causes by asking every question and taking
the first that holds. Where the text leaves a field open, every reading it allows is admitted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import JsonValue

from keylife.model.imported import Imported
from keylife.model.key import Key
from keylife.model.ledger import IssuedVersion, KeyRecord, Ledger
from keylife.model.registry import Declarations
from keylife.model.revocation import Reason, RotationRequest, Tombstone
from keylife.model.state import State
from keylife.model.traits import Traits
from keylife.planning.plan import Action, KeyPlan, Plan, PlannedVersion

NONE = timedelta(0)


@dataclass(frozen=True)
class ExpectedVersion:
    """One version as the text has it after the deploy; sets where the text leaves a choice."""

    facts: IssuedVersion
    """Everything but ``deactivated`` and ``cause`` is compared as it is."""

    deactivated: frozenset[datetime | None]
    action: Action
    states: frozenset[State]
    ends: datetime
    cause: str | None
    """The bold word of the text, for a version issued by this plan."""


@dataclass(frozen=True)
class ExpectedKey:
    """One key as the text has it after the deploy."""

    versions: tuple[ExpectedVersion, ...]
    destroyed_through: int
    tombstone: Tombstone | None
    ended_at_least: frozenset[int]
    """What the revocation ended: all that was accepted, and nothing that was surely refused."""

    ended_at_most: frozenset[int]
    in_service_since: datetime
    """Of a key that is not revoked."""

    imported: Imported | None
    current: int | None
    """What consumers read; None once revoked."""

    waits: bool
    room_made: datetime | None


@dataclass(frozen=True)
class Circumstances:
    """What one key's plan is made of."""

    key: Key
    record: KeyRecord | None
    now: datetime
    traits: Traits

    @property
    def known(self) -> tuple[IssuedVersion, ...]:
        """The versions in the ledger, by number."""
        recorded = self.record.versions if self.record else ()
        if self.begins and self.key.imported is not None:
            return (_existing(self.key, self.key.imported, self.now),)
        return recorded

    @property
    def begins(self) -> bool:
        """Whether it never had a version, and has no end either."""
        past = self.record and (self.record.versions or self.record.destroyed_through)
        return not past and self.key.revoked is None

    @property
    def taken_back(self) -> bool:
        """Whether the declaration ceased to import what is not in the stack yet."""
        return self.key.imported is None and any(not came_in(v, self.record) for v in self.known)

    @property
    def imported(self) -> Imported | None:
        """What the key began with, as far as it is remembered."""
        if self.key.imported is not None or self.taken_back or self.record is None:
            return self.key.imported
        return self.record.imported

    def to_adopt(self, version: IssuedVersion) -> bool:
        """Whether this run is to bring ``version`` in."""
        return not came_in(version, self.record) and self.imported is not None

    def served_before(self, number: int) -> bool:
        """Whether a version later than ``number`` was in every delivery at an earlier instant."""
        if self.record is None or self.record.delivered_since is None:
            return False
        later = self.record.delivered is not None and self.record.delivered > number
        return later and self.record.delivered_since < self.now

    def gone(self, version: IssuedVersion) -> bool:
        """Whether consumers were given this version and nothing of it exists any more."""
        given = self.record is not None and self.record.delivered == version.number
        return given and not version.exists

    @property
    def limited(self) -> bool:
        """Whether its issuer holds only so many versions."""
        return self.traits.most_at_once is not None

    @property
    def cramped(self) -> bool:
        """Whether another version would find no room."""
        if self.traits.most_at_once is None or not self.known or not self.known[-1].exists:
            return False
        there = [v for v in self.known if v.exists]
        return len(there) >= self.traits.most_at_once or self.room_was_made_now

    @property
    def room_was_made_now(self) -> bool:
        """Whether another run at this very instant made room."""
        return self.record is not None and self.record.room_made == self.now

    @property
    def destroyed(self) -> int:
        """The highest number that is gone already."""
        return self.record.destroyed_through if self.record else 0


def effective_instant(ledger: Ledger, at: datetime) -> datetime:
    """*Now*: the instant given, or the latest one on record if that is later."""
    now = at
    for record in ledger.keys.values():
        for version in record.versions:
            marks = (version.birth, version.adopted, version.deactivated)
            now = max([now, *(mark for mark in marks if mark is not None)])
        now = max(now, record.room_made or now)
    return now


def refused_keys(
    declarations: Declarations, ledger: Ledger, traits: Mapping[str, Traits]
) -> frozenset[str]:
    """The ids that the text refuses; pending operations are the caller's question."""
    return frozenset(
        record_id
        for record_id, record in ledger.keys.items()
        if _disagrees(record, declarations.keys.get(record_id))
    ) | frozenset(
        key.id
        for key in declarations.keys.values()
        if (key.imported is not None and _cannot_begin(key, ledger.keys.get(key.id)))
        or (key.revoked is None and _never_fits(key, traits[key.kind].most_at_once))
    )


def _never_fits(key: Key, limit: int | None) -> bool:
    grace = key.ttl - key.rotate_every
    return limit is not None and grace + key.quarantine > key.rotate_every * (limit - 1)


def _cannot_begin(key: Key, record: KeyRecord | None) -> bool:
    """Whether the text refuses the declared import of a key."""
    if record is None or not (record.versions or record.destroyed_through):
        return key.revoked is not None and (record is None or record.revocation is None)
    if record.revocation is not None:
        return False
    if [v for v in record.versions if not came_in(v, record)]:
        return key.revoked is not None
    return key.imported != record.imported


def came_in(version: IssuedVersion, record: KeyRecord | None) -> bool:
    """False for what is still to be adopted: neither there, nor delivered or ended since."""
    if record is not None and version.number in (
        *range(record.destroyed_through + 1),
        record.delivered,
    ):
        return True
    return version.exists or version.adopted is None or version.deactivated is not None


def _disagrees(record: KeyRecord, key: Key | None) -> bool:
    revived = key is None or key.revoked is None
    if record.revocation is None and record.ending and revived:
        return True
    if key is None:
        past = bool(record.versions) or record.destroyed_through > 0
        return past or record.revocation is not None
    if key.kind != record.kind:
        return True
    recorded, declared = record.revocation, key.revoked
    if recorded is None:
        return bool(record.versions) and key.target != record.target
    if declared is None:
        return True
    same_story = (recorded.at, recorded.by, recorded.ref) == (
        declared.at,
        declared.by,
        declared.ref,
    )
    raised = declared.reason is Reason.KEY_COMPROMISE
    return not same_story or not (declared.reason is recorded.reason or raised)


def expected_keys(
    declarations: Declarations, ledger: Ledger, at: datetime, traits: Mapping[str, Traits]
) -> dict[str, ExpectedKey]:
    """The whole plan, key by key, for declarations that the text does not refuse."""
    now = effective_instant(ledger, at)
    return {
        key_id: _expected_key(Circumstances(key, ledger.keys.get(key_id), now, traits[key.kind]))
        for key_id, key in sorted(declarations.keys.items())
    }


def _expected_key(there: Circumstances) -> ExpectedKey:
    key, known, record = there.key, there.known, there.record
    cause = None if key.revoked is not None else _cause(there)
    waits = cause is not None and there.cramped
    if key.revoked is not None:
        versions = tuple(_ended(v, there) for v in known)
    elif waits:
        leak = cause == "compromised"
        older = tuple(_waited_for(v, leak, there) for v in known[:-1])
        versions = (*older, _waiting(known[-1], leak, there))
    else:
        if cause is not None:
            family = (*known, _newborn(there, cause))
            newest = _expected(family[-1], family, key, Action.ISSUE, there.now, cause=cause)
        else:
            family = known
            action = Action.RETAIN if known[-1].exists else Action.ISSUE
            if there.to_adopt(known[-1]):
                action = Action.ADOPT
            newest = _expected(known[-1], family, key, action, there.now)
        versions = (*(_superseded(v, family, there) for v in family[:-1]), newest)
    gone = [v.facts.number for v in versions if v.action is Action.DESTROY]
    already = record.revocation if record else None
    if already is not None:
        at_least = at_most = frozenset(already.versions)
    else:
        standing = [v for v in known if v.exists and v.deactivated is None]
        at_least = frozenset(v.number for v in standing if there.now < end(v, known, key))
        at_most = frozenset(v.number for v in standing if there.now < v.expiry)
    current = None
    if key.revoked is None:
        numbers = [v.facts.number for v in versions]
        accepted = [v.facts.number for v in versions if State.ACTIVE in v.states]
        current = max(accepted or numbers)
    since = there.now
    if record and versions and record.delivered == current:
        since = record.delivered_since or there.now
    emptied = any(v.action is Action.DESTROY and v.facts.exists for v in versions)
    return ExpectedKey(
        versions,
        max([there.destroyed, *gone]),
        key.revoked,
        at_least,
        at_most,
        since,
        there.imported,
        current,
        waits,
        there.now if waits and (emptied or there.room_was_made_now) else None,
    )


def compromises(key: Key) -> Iterator[RotationRequest]:
    """The requests that grant no grace."""
    for request in key.rotations:
        if request.reason is Reason.KEY_COMPROMISE:
            yield request


def _cause(there: Circumstances) -> str | None:
    key, known, now = there.key, there.known, there.now

    def unmet(requests: Iterable[RotationRequest]) -> bool:
        for request in requests:
            if request.at <= now and all(v.birth < request.at for v in known):
                return True
        return False

    newest = known[-1] if known else None
    answers = {
        "first": newest is None and there.destroyed == 0,
        "compromised": unmet(compromises(key)),
        "expired": newest is None or newest.expiry <= now or newest.deactivated is not None,
        "lost": newest is not None and there.gone(newest),
        "unreadable": newest is not None
        and newest.adopted is not None
        and (there.imported is None or there.imported.adopts is None),
        "requested": unmet(key.rotations),
        "scheduled": newest is not None
        and (now >= newest.rotation_due or now >= newest.birth + key.rotate_every),
        "scope-changed": newest is not None
        and not there.traits.scope_in_place
        and newest.scope != key.scope,
    }
    for word, holds in answers.items():
        if holds:
            return word
    return None


def _existing(key: Key, imported: Imported, now: datetime) -> IssuedVersion:
    birth = imported.created if imported.created < now else now
    lives_out, moves_over = birth + key.ttl, now + (key.ttl - key.rotate_every)
    return IssuedVersion(
        number=1,
        birth=birth,
        adopted=now,
        expiry=lives_out if lives_out > moves_over else moves_over,
        rotation_due=birth + key.rotate_every,
        grace=key.ttl - key.rotate_every,
        cause="imported",
        owner=key.owner,
        service=key.service,
        scope=key.scope,
    )


def _newborn(there: Circumstances, cause: str) -> IssuedVersion:
    key, now = there.key, there.now
    given = (there.record.delivered if there.record else None) or 0
    used = {0, there.destroyed, given, *(v.number for v in there.known)}
    return IssuedVersion(
        number=max(used) + 1,
        birth=now,
        expiry=now + key.ttl,
        rotation_due=now + key.rotate_every,
        grace=NONE if cause == "compromised" else key.ttl - key.rotate_every,
        cause=cause,
        owner=key.owner,
        service=key.service,
        scope=key.scope,
    )


def accepted(
    version: IssuedVersion, family: tuple[IssuedVersion, ...], key: Key, at: datetime
) -> bool:
    """Whether the text has ``version`` accepted at ``at``: its birth is past, no end is."""
    if at < version.birth or at >= version.expiry:
        return False
    for later in family:
        if later.number > version.number and at >= later.birth + later.grace:
            return False
    return not compromised(version, family, key, at)


def compromised(
    version: IssuedVersion, family: tuple[IssuedVersion, ...], key: Key, at: datetime
) -> bool:
    """Whether a compromise has ended ``version`` by ``at``.

    Either a declared request says so, or a later version stands in the ledger without any
    grace: only a compromise makes one, as TTL minus rotation period is never zero.
    """
    for later in family:
        if later.number > version.number and later.grace == NONE and at >= later.birth:
            return True
    for request in compromises(key):
        answers = [other.birth for other in family if other.birth >= request.at]
        if version.birth < request.at and answers and at >= min(answers):
            return True
    return False


def end(version: IssuedVersion, family: tuple[IssuedVersion, ...], key: Key) -> datetime:
    """The first instant, at or after its birth, at which ``version`` is not accepted."""
    borders: set[datetime] = set()
    for other in family:
        borders |= {other.birth, other.expiry, other.birth + other.grace}
    for border in sorted(borders):
        if border >= version.birth and not accepted(version, family, key, border):
            return border
    raise AssertionError("every version ends: its expiry is a border")


def _superseded(
    version: IssuedVersion,
    family: tuple[IssuedVersion, ...],
    there: Circumstances,
) -> ExpectedVersion:
    key, now = there.key, there.now
    still_needed = now < version.expiry and not there.served_before(version.number)
    if there.to_adopt(version):
        action = Action.ADOPT
    elif not version.exists or compromised(version, family, key, now):
        action = Action.DESTROY
    elif version.deactivated is not None:
        action = _quarantine(version.deactivated, there)
    elif still_needed or now < end(version, family, key):
        action = Action.RETAIN
    else:
        action = _quarantine(None, there)
    if there.limited and version.exists:
        action = _refused_first(action, version, now)
    return _expected(version, family, key, action, now)


def _refused_first(action: Action, version: IssuedVersion, now: datetime) -> Action:
    """Nothing that was accepted until now is destroyed before a run has seen it refused."""
    if action is not Action.DESTROY:
        return action
    if version.deactivated is None:
        return Action.DEACTIVATE
    return Action.RETAIN if version.deactivated == now else Action.DESTROY


def _waited_for(version: IssuedVersion, leak: bool, there: Circumstances) -> ExpectedVersion:
    """An older version of a key that waits for room."""
    usual = _superseded(version, there.known, there)
    if not version.exists:
        return usual
    off = version.deactivated
    if leak:
        ends = min(usual.ends, there.now if off is None else off)
        return replace(
            usual,
            action=Action.DESTROY,
            states=frozenset({State.COMPROMISED}),
            deactivated=frozenset({off, there.now} if off is None else {off}),
            ends=ends,
        )
    over = there.now >= version.expiry or (off is not None and off < there.now)
    if over and usual.action is not Action.DESTROY:
        return _expected(version, there.known, there.key, Action.DESTROY, there.now)
    return usual


def _waiting(version: IssuedVersion, leak: bool, there: Circumstances) -> ExpectedVersion:
    """The newest version of a key that waits for room."""
    off = version.deactivated
    over = leak or off is not None or version.expiry <= there.now
    action = Action.DEACTIVATE if over and off is None else Action.RETAIN
    usual = _expected(version, there.known, there.key, action, there.now)
    if not over:
        return usual
    return replace(usual, ends=min(usual.ends, there.now if off is None else off))


def _ended(version: IssuedVersion, there: Circumstances) -> ExpectedVersion:
    """A version of a revoked key. One that never came to exist has nothing to deactivate."""
    assert there.key.revoked is not None
    if not version.exists or there.key.revoked.reason is Reason.KEY_COMPROMISE:
        action = Action.DESTROY
    else:
        action = _quarantine(version.deactivated, there)
        if there.limited:
            action = _refused_first(action, version, there.now)
    return _expected(version, there.known, there.key, action, there.now)


def _quarantine(deactivated: datetime | None, there: Circumstances) -> Action:
    """What a version does in quarantine; a deploy that finds it there does nothing to it."""
    since = deactivated or there.now
    if there.now >= since + there.key.quarantine or not there.traits.can_deactivate:
        return Action.DESTROY
    return Action.DEACTIVATE if deactivated is None else Action.RETAIN


def _expected(
    version: IssuedVersion,
    family: tuple[IssuedVersion, ...],
    key: Key,
    action: Action,
    now: datetime,
    *,
    cause: str | None = None,
) -> ExpectedVersion:
    states = {
        Action.ISSUE: {State.ACTIVE},
        Action.ADOPT: {State.ACTIVE},
        Action.RETAIN: {State.ACTIVE},
        Action.DEACTIVATE: {State.DEACTIVATED},
        Action.DESTROY: {State.DESTROYED},
    }[action]
    if version.deactivated is not None and action is Action.RETAIN:
        states = {State.DEACTIVATED}
    if action is Action.DESTROY and _is_compromised(version, family, key, now):
        states = {State.COMPROMISED} if version.exists else {State.COMPROMISED, State.DESTROYED}
    deactivated = {version.deactivated}
    if version.deactivated is None and action is Action.DEACTIVATE:
        deactivated = {now}
    if version.deactivated is None and action is Action.DESTROY:
        deactivated = {None, now}
    ends = end(version, family, key)
    if key.revoked is not None:
        ends = min(ends, version.deactivated or now)
    return ExpectedVersion(version, frozenset(deactivated), action, frozenset(states), ends, cause)


def _is_compromised(
    version: IssuedVersion, family: tuple[IssuedVersion, ...], key: Key, now: datetime
) -> bool:
    if key.revoked is not None:
        return key.revoked.reason is Reason.KEY_COMPROMISE
    return compromised(version, family, key, now)


FROZEN = (
    "number",
    "birth",
    "adopted",
    "expiry",
    "rotation_due",
    "grace",
    "owner",
    "service",
    "scope",
)
"""The facts of a version that are written once (``deactivated`` is compared apart)."""


def differences(
    declarations: Declarations,
    ledger: Ledger,
    at: datetime,
    traits: Mapping[str, Traits],
    plan: Plan,
) -> list[str]:
    """Where ``plan`` is not what the text says, one line a field; empty if they agree."""
    found = list[str]()

    def compare(where: str, what: object, is_: object, should: object) -> None:
        if is_ != should:
            found.append(f"{where} {what}: is {is_}, should be {should}")

    expected = expected_keys(declarations, ledger, at, traits)
    compare("plan", "instant", plan.at, effective_instant(ledger, at))
    compare("plan", "keys", [k.key.id for k in plan.keys], list(expected))
    for planned in plan.keys:
        wanted = expected[planned.key.id]
        where = planned.key.id
        compare(where, "declaration", planned.key, declarations.keys[where])
        compare(where, "record", planned.record, ledger.keys.get(where))
        compare(where, "imported", planned.imported, wanted.imported)
        compare(where, "waits", planned.waiting is not None, wanted.waits)
        compare(where, "room made", planned.room_made, wanted.room_made)
        current = planned.current and planned.current.version.number
        compare(where, "current", current, wanted.current)
        compare(where, "destroyed through", planned.destroyed_through, wanted.destroyed_through)
        compare(
            where,
            "numbers",
            [v.version.number for v in planned.versions],
            [v.facts.number for v in wanted.versions],
        )
        found.extend(_revocation_differences(planned, wanted))
        if wanted.tombstone is None:
            compare(where, "in service", planned.in_service_since, wanted.in_service_since)
        for is_, should in zip(planned.versions, wanted.versions, strict=False):
            found.extend(_version_differences(where, is_, should))
    return found


def _revocation_differences(planned: KeyPlan, wanted: ExpectedKey) -> Iterator[str]:
    where, tombstone, is_ = planned.key.id, wanted.tombstone, planned.revocation
    if (tombstone is None) != (is_ is None):
        yield f"{where} revocation: is {is_}, the tombstone is {tombstone}"
    if tombstone is None or is_ is None:
        return
    story = (is_.kind, is_.at, is_.reason, is_.by, is_.ref)
    told = (planned.key.kind, tombstone.at, tombstone.reason, tombstone.by, tombstone.ref)
    if story != told:
        yield f"{where} revocation: records {story}, should record {told}"
    if not wanted.ended_at_least <= set(is_.versions) <= wanted.ended_at_most:
        yield (
            f"{where} revocation: ended {is_.versions}, should be at least"
            f" {sorted(wanted.ended_at_least)} and at most {sorted(wanted.ended_at_most)}"
        )
    if list(is_.versions) != sorted(set(is_.versions)):
        yield f"{where} revocation: ended {is_.versions}, not ascending"


def _version_differences(
    key_id: str, is_: PlannedVersion, should: ExpectedVersion
) -> Iterator[str]:
    where = f"{key_id}-v{should.facts.number}"
    for field in (*FROZEN, "exists", "issuer_facts"):
        value: JsonValue = getattr(is_.version, field)
        wanted: JsonValue = getattr(should.facts, field)
        if value != wanted:
            yield f"{where} {field}: is {value}, should be {wanted}"
    if should.cause is None and is_.version.cause != should.facts.cause:
        yield f"{where} cause: is {is_.version.cause}, was recorded as {should.facts.cause}"
    for name, got, allowed in (
        ("deactivated", is_.version.deactivated, should.deactivated),
        ("action", is_.action, {should.action}),
        ("state", is_.state, should.states),
        ("end", is_.ends, {should.ends}),
    ):
        if got not in allowed:
            yield f"{where} {name}: is {got}, should be one of {sorted(map(str, allowed))}"
    for name, text in (("why", is_.why), ("cause", is_.version.cause)):
        if not text.strip() or len(text.splitlines()) != 1:
            yield f"{where} {name}: not one line of words: {text!r}"
