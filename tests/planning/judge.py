"""The promises of a plan, each on its own, as claims that a finished plan keeps or breaks.

The oracle says what a plan must be; the judge never builds one. Each claim below is one
sentence of ``docs/reference/plan.md`` or ``DESIGN.md`` turned into a question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from keylife.model.key import Key
from keylife.model.ledger import IssuedVersion, KeyRecord, Ledger
from keylife.model.registry import Declarations
from keylife.model.revocation import Reason
from keylife.model.state import State
from keylife.model.traits import Traits
from keylife.planning.plan import Action, KeyPlan, Plan, PlannedVersion


@dataclass(frozen=True)
class Case:
    """One key's plan beside everything it was made of."""

    plan: KeyPlan
    key: Key
    record: KeyRecord
    """An empty one for a key that the ledger does not know."""

    now: datetime
    traits: Traits

    @property
    def before(self) -> Mapping[int, IssuedVersion]:
        """The versions as the ledger has them."""
        return {v.number: v for v in self.record.versions}

    @property
    def born(self) -> tuple[PlannedVersion, ...]:
        """The versions that the ledger does not know yet, and that are issued."""
        return tuple(v for v in self._new if v.version.adopted is None)

    @property
    def found(self) -> tuple[PlannedVersion, ...]:
        """The versions that the ledger does not know yet, and that existed before keylife."""
        return tuple(v for v in self._new if v.version.adopted is not None)

    @property
    def _new(self) -> Iterator[PlannedVersion]:
        return (v for v in self.plan.versions if v.version.number not in self.before)

    @property
    def kept(self) -> tuple[PlannedVersion, ...]:
        """The versions that stand after the deploy, however refused."""
        return tuple(v for v in self.plan.versions if v.action is not Action.DESTROY)

    @property
    def working(self) -> tuple[PlannedVersion, ...]:
        """The versions that are accepted after the deploy."""
        return tuple(v for v in self.plan.versions if v.state is State.ACTIVE)

    @property
    def settled(self) -> tuple[PlannedVersion, ...]:
        """Those without what is only on its way in: it is ended by the run after."""
        return tuple(v for v in self.working if v.action is not Action.ADOPT)

    def later(self, number: int) -> Iterator[IssuedVersion]:
        """The versions after ``number``, those of this plan included."""
        return (v.version for v in self.plan.versions if v.version.number > number)

    def served_before(self, number: int) -> bool:
        """Whether a later version was in every delivery at an earlier instant than this."""
        delivered, since = self.record.delivered, self.record.delivered_since
        return (delivered or 0) > number and since is not None and since < self.now

    @property
    def limited(self) -> bool:
        """Whether its issuer holds only so many versions of a key."""
        return self.traits.most_at_once is not None

    @property
    def waits(self) -> bool:
        """Whether it says that it waits for room."""
        return self.plan.waiting is not None

    @property
    def leaked(self) -> bool:
        """Whether every version there is was born before a leak that is known of."""
        asked = [r.at for r in self.key.rotations if r.reason is Reason.KEY_COMPROMISE]
        return any(
            at <= self.now and all(v.birth < at for v in self.before.values()) for at in asked
        )

    def compromise_ended(self, version: IssuedVersion) -> bool:
        """Whether a compromise took this version's grace, by request or by record."""
        asked = [r.at for r in self.key.rotations if r.reason is Reason.KEY_COMPROMISE]
        return any(not w.grace for w in self.later(version.number)) or any(
            version.birth < at <= w.birth for at in asked for w in self.later(version.number)
        )


def _facts_are_written_once(case: Case) -> Iterator[str]:
    for planned in case.plan.versions:
        was = case.before.get(planned.version.number)
        if was is None:
            continue
        for field in type(was).model_fields:
            free = field == "deactivated" and was.deactivated is None
            if not free and getattr(was, field) != getattr(planned.version, field):
                yield f"v{was.number}: {field} was rewritten"


def _no_version_is_forgotten(case: Case) -> Iterator[str]:
    for number in case.before.keys() - {v.version.number for v in case.plan.versions}:
        yield f"v{number}: stands in the ledger and not in the plan"


def _numbers_are_never_reused(case: Case) -> Iterator[str]:
    numbers = [v.version.number for v in case.plan.versions]
    if numbers != sorted(set(numbers)):
        yield f"numbers {numbers} do not ascend"
    given = (case.record.destroyed_through, case.record.delivered or 0)
    highest = max([*given, *case.before, *(v.version.number for v in case.found)])
    for planned in case.born:
        if planned.version.number != highest + 1:
            yield f"v{planned.version.number}: should go on from {highest}"


def _one_issue_a_run(case: Case) -> Iterator[str]:
    if len([v for v in case.plan.versions if v.action is Action.ISSUE]) > 1:
        yield "more than one version is issued"


def _a_birth_is_now_and_a_life_is_the_ttl(case: Case) -> Iterator[str]:
    for planned in case.born:
        version = planned.version
        if version.birth != case.now:
            yield f"v{version.number}: born at {version.birth}, not now"
        if version.expiry - version.birth != case.key.ttl:
            yield f"v{version.number}: lives {version.expiry - version.birth}"
        if version.rotation_due - version.birth != case.key.rotate_every:
            yield f"v{version.number}: due {version.rotation_due - version.birth} after birth"
        if version.grace not in {timedelta(0), case.key.grace}:
            yield f"v{version.number}: leaves {version.grace} of grace"
        if version.exists or version.deactivated is not None:
            yield f"v{version.number}: was born with a past"


def _what_existed_before_is_adopted_with_its_age(case: Case) -> Iterator[str]:
    imported = case.key.imported
    for planned in case.found:
        version = planned.version
        if imported is None or case.before or case.record.destroyed_through:
            yield f"v{version.number}: adopted, but nothing began"
            continue
        if planned.action is not Action.ADOPT or version.number != 1:
            yield f"v{version.number}: found, but not adopted as the first"
        if version.adopted != case.now or version.birth != min(imported.created, case.now):
            yield f"v{version.number}: adopted {version.adopted}, born {version.birth}"
        if version.expiry - case.now < case.key.grace:
            yield f"v{version.number}: cut off within a grace of its adoption"
        if version.expiry - case.now > case.key.ttl:
            yield f"v{version.number}: lives longer than a TTL under keylife"
    for planned in case.plan.versions:
        adopting = planned.action is Action.ADOPT
        was = case.before.get(planned.version.number)
        if adopting and (planned.version.adopted is None or (was is not None and was.exists)):
            yield f"v{planned.version.number}: adopted a second time, or never outside"
        waits = was is not None and was == case.record.awaiting_adoption and imported is not None
        # no revocation is recorded before it came in, or was ended at its issuer by hand
        if waits and not adopting and case.record.revocation is None:
            yield f"v{planned.version.number}: left behind at its issuer"


def _what_cannot_be_delivered_is_not_current(case: Case) -> Iterator[str]:
    if case.plan.current is not None:
        version, imported = case.plan.current.version, case.plan.imported
        if version.adopted is not None and (imported is None or not imported.has_secret):
            yield f"v{version.number}: current, and nobody knows its secret"


def _nothing_works_past_its_expiry(case: Case) -> Iterator[str]:
    for planned in case.settled:
        if case.now >= planned.version.expiry:
            yield f"v{planned.version.number}: works past its expiry"


def _no_working_version_is_taken_away(case: Case) -> Iterator[str]:
    if case.key.revoked is not None:
        return
    if not case.working and not case.waits:
        yield "no version works after the deploy"
    for planned in case.plan.versions:
        was = case.before.get(planned.version.number)
        if was is None or planned in case.working or not was.exists or was.deactivated:
            continue
        successors = list(case.later(was.number))
        over = case.now >= was.expiry or (case.waits and case.leaked)
        if not successors and not (case.waits and over):
            yield f"v{was.number}: taken away without a successor"
        if over or case.compromise_ended(was):
            continue
        if not case.served_before(was.number):
            yield f"v{was.number}: taken away before a successor is in service"
        if all(case.now < w.birth + w.grace for w in successors):
            yield f"v{was.number}: taken away within its grace"


def _the_superseded_end(case: Case) -> Iterator[str]:
    for planned in case.kept:
        adopted = planned.action is Action.ADOPT
        if case.limited and planned.version.deactivated == case.now:
            continue  # destroyed by the next run
        if case.key.revoked is None and not adopted and case.compromise_ended(planned.version):
            yield f"v{planned.version.number}: kept after a compromise"
    for planned in case.settled:
        version = planned.version
        successors = list(case.later(version.number))
        over = any(case.now >= w.birth + w.grace for w in successors)
        if over and case.served_before(version.number):
            yield f"v{version.number}: works on after its grace, its successor in service"
        if successors and planned.action is Action.ISSUE:
            yield f"v{version.number}: created though superseded"


def _deactivation_is_for_ever(case: Case) -> Iterator[str]:
    for planned in case.plan.versions:
        number, since = planned.version.number, planned.version.deactivated
        was = case.before.get(number)
        before = was.deactivated if was is not None else None
        if planned in case.working and (before or since):
            yield f"v{number}: works though deactivated"
        if planned.action is Action.DEACTIVATE and (before or since != case.now):
            yield f"v{number}: deactivated now, with {before} on record and {since} planned"
        if planned in case.kept and planned not in case.working:
            if since is None:
                yield f"v{number}: kept and refused, without an instant"
            elif case.limited and (
                since == case.now or (case.waits and planned is case.plan.versions[-1])
            ):
                pass  # it stays for the next run, or until another takes its place
            elif case.now >= since + case.key.quarantine:
                yield f"v{number}: kept after its quarantine"
            if not case.traits.can_deactivate:
                yield f"v{number}: its kind cannot be deactivated"
            if was is None or not was.exists:
                yield f"v{number}: deactivated without ever existing"


def _quarantine_is_kept(case: Case) -> Iterator[str]:
    compromise = case.key.revoked and case.key.revoked.reason is Reason.KEY_COMPROMISE
    if compromise or not case.traits.can_deactivate:
        return
    for planned in case.plan.versions:
        was = case.before.get(planned.version.number)
        if case.key.revoked is None and case.compromise_ended(planned.version):
            continue
        if planned.action is Action.DESTROY and was is not None and was.exists:
            since = was.deactivated or case.now
            if case.waits and (since < case.now or was.expiry <= case.now or case.leaked):
                continue
            if case.now < since + case.key.quarantine:
                yield f"v{was.number}: destroyed within its quarantine"


def _destruction_is_counted(case: Case) -> Iterator[str]:
    gone = [v.version.number for v in case.plan.versions if v.action is Action.DESTROY]
    if case.plan.destroyed_through != max([case.record.destroyed_through, *gone]):
        yield f"destroyed through {case.plan.destroyed_through}, of {gone}"


def _a_schedule_is_kept(case: Case) -> Iterator[str]:
    if case.key.revoked is not None or not case.plan.versions or case.waits:
        return
    newest = case.plan.versions[-1].version
    if case.now >= newest.rotation_due or case.now >= newest.birth + case.key.rotate_every:
        yield f"v{newest.number}: overdue after the deploy"
    if not case.traits.scope_in_place and newest.scope != case.key.scope:
        yield f"v{newest.number}: has another scope than declared"
    for request in case.key.rotations:
        if newest.birth < request.at <= case.now:
            yield f"v{newest.number}: born before the request of {request.at}"


def _nothing_is_issued_without_cause(case: Case) -> Iterator[str]:
    if not case.born or not case.before:
        return
    last = case.record.versions[-1]
    reasons = (
        last.expiry <= case.now,
        last.deactivated is not None,
        case.now >= min(last.rotation_due, last.birth + case.key.rotate_every),
        any(last.birth < r.at <= case.now for r in case.key.rotations),
        not case.traits.scope_in_place and last.scope != case.key.scope,
        case.record.delivered == last.number and not last.exists,
        last.adopted is not None
        and not (case.plan.imported is not None and case.plan.imported.has_secret),
    )
    if not any(reasons):
        yield f"v{case.born[0].version.number}: issued without a cause"


def _a_number_never_has_two_secrets(case: Case) -> Iterator[str]:
    """What consumers were given under a number is all that number ever was."""
    for planned in case.plan.versions:
        number = planned.version.number
        if planned.action is Action.ISSUE and case.record.delivered == number:
            yield f"v{number}: issued anew, and consumers had another secret under its number"


def _a_revoked_key_is_over(case: Case) -> Iterator[str]:
    tombstone, revocation = case.key.revoked, case.plan.revocation
    if (tombstone is None) != (revocation is None):
        yield "tombstone and planned revocation do not agree"
    if tombstone is None:
        return
    if case.born or case.working:
        yield "a revoked key has a version that works"
    if tombstone.reason is Reason.KEY_COMPROMISE and case.kept:
        yield "a compromised key keeps a version"
    if case.plan.current is not None:
        yield "a revoked key has a version to deliver"
    recorded = case.record.revocation
    if recorded and revocation and recorded.versions != revocation.versions:
        yield "the versions that the revocation ended were rewritten"


def _states_fit_actions(case: Case) -> Iterator[str]:
    fitting = {
        Action.ISSUE: {State.ACTIVE},
        Action.ADOPT: {State.ACTIVE},
        Action.RETAIN: {State.ACTIVE, State.DEACTIVATED},
        Action.DEACTIVATE: {State.DEACTIVATED},
        Action.DESTROY: {State.DESTROYED, State.COMPROMISED},
    }
    for planned in case.plan.versions:
        if planned.state not in fitting[planned.action]:
            yield f"v{planned.version.number}: {planned.action} leaves it {planned.state}"


def _ends_are_within_the_budget(case: Case) -> Iterator[str]:
    for planned in case.plan.versions:
        version = planned.version
        if planned.ends > version.expiry:
            yield f"v{version.number}: ends after its expiry"
        if case.key.revoked is not None:
            continue
        for later in case.later(version.number):
            if planned.ends > later.birth + later.grace:
                yield f"v{version.number}: ends after the grace of v{later.number}"


def _no_more_than_there_is_room_for(case: Case) -> Iterator[str]:
    limit = case.traits.most_at_once
    there = [number for number, version in case.before.items() if version.exists]
    if limit is None:
        if case.waits or case.plan.room_made:
            yield "waits for room, and there is no limit"
        return
    # one that was planned and does not exist has its room already
    waited = bool(case.born) and case.record.versions and case.record.versions[-1].exists
    if waited and len(there) >= limit:
        yield f"issued beside {there}: there is room for {limit}"
    if case.born and case.waits:
        yield "issued, and waits for room"
    if waited and case.record.room_made == case.now:
        yield "issued at the instant at which room was made"
    if case.plan.room_made not in {None, case.now}:
        yield f"room made at {case.plan.room_made}, not now"


def _what_shares_an_end_is_refused_before_it_is_destroyed(case: Case) -> Iterator[str]:
    """Or a successor's later end would have it accepted again."""
    if not case.limited or not case.born:
        return
    for planned in case.plan.versions:
        was = case.before.get(planned.version.number)
        gone = planned.action is Action.DESTROY and was is not None and was.exists
        if gone and was is not None and was.deactivated in {None, case.now}:
            yield f"v{was.number}: destroyed beside a new version, and never refused before"


CLAIMS: tuple[Callable[[Case], Iterator[str]], ...] = (
    _facts_are_written_once,
    _no_version_is_forgotten,
    _numbers_are_never_reused,
    _one_issue_a_run,
    _a_birth_is_now_and_a_life_is_the_ttl,
    _what_existed_before_is_adopted_with_its_age,
    _what_cannot_be_delivered_is_not_current,
    _nothing_works_past_its_expiry,
    _no_working_version_is_taken_away,
    _the_superseded_end,
    _deactivation_is_for_ever,
    _quarantine_is_kept,
    _destruction_is_counted,
    _a_schedule_is_kept,
    _nothing_is_issued_without_cause,
    _a_number_never_has_two_secrets,
    _a_revoked_key_is_over,
    _states_fit_actions,
    _ends_are_within_the_budget,
    _no_more_than_there_is_room_for,
    _what_shares_an_end_is_refused_before_it_is_destroyed,
)


def broken_promises(
    declarations: Declarations,
    ledger: Ledger,
    at: datetime,
    traits: Mapping[str, Traits],
    plan: Plan,
) -> list[str]:
    """Every promise that ``plan`` breaks, one line each; empty if it keeps them all."""
    latest = ledger.latest
    now = at if latest is None else max(at, latest)
    broken = [] if plan.at == now else [f"the plan is made at {plan.at}, not {now}"]
    if [k.key.id for k in plan.keys] != sorted(declarations.keys):
        broken.append("the plan is not of the declared keys, by id")
    for planned in plan.keys:
        key = declarations.keys[planned.key.id]
        record = ledger.keys.get(key.id) or KeyRecord(id=key.id, kind=key.kind)
        case = Case(planned, key, record, now, traits[key.kind])
        broken += [f"{key.id}: {line}" for claim in CLAIMS for line in claim(case)]
    return broken
