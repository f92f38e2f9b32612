"""A small world to deploy plans into: a ledger, an issuer, stable places, and runs that fail.

A deploy does what the program does, in its order: entries are registered in the ledger,
credentials come to exist, secrets are delivered, ``delivered`` advances, what is superseded is
deactivated, and what is gone is destroyed last. Where versions share an end, what is refused and
past its expiry comes first, and then the end is moved. It can stop before any of these steps: what
was done stays done, the rest stays as it was. Nothing here knows why a plan says what it says.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from functools import partial

from keylife.errors import PlanRefusedError
from keylife.model.key import DeliverySpec
from keylife.model.ledger import IssuedVersion, KeyRecord, Ledger, PendingOperation
from keylife.model.registry import Declarations
from keylife.model.state import State
from keylife.model.traits import Traits
from keylife.planning.plan import Action, KeyPlan, Plan, PlannedVersion

Planner = Callable[[Declarations, Ledger, datetime, Mapping[str, Traits]], Plan]
Slot = tuple[str, int]
"""A key's id and a version's number."""

Place = tuple[str, str]
"""A key's id and one of its deliveries."""


def place_of(key_id: str, spec: DeliverySpec) -> Place:
    """Where a delivery of a key writes."""
    return (key_id, f"{spec.kind}:{spec.settings}")


class Outcome(Enum):
    """How a run ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True)
class Run:
    """How one deploy goes."""

    stop_before: int | None = None
    """The step that fails; None, or a number past the last step, lets it complete."""

    killed: bool = False
    """Whether the failing step was begun: it leaves a pending operation, perhaps an orphan."""

    order: int = 0
    """How the work on different keys interleaves."""


@dataclass(frozen=True)
class Credential:
    """What the issuer itself has of a version; it refuses from ``expiry`` on, by itself.

    Where versions share an end this is the end of them all.
    """

    expiry: datetime
    active: bool = True

    def accepted(self, at: datetime) -> bool:
        """Whether a login with it succeeds at ``at``."""
        return self.active and at < self.expiry


class Observer:
    """Told of everything that happens, as it happens; does nothing."""

    def begun(self) -> None:
        """A deploy was planned, not refused, and is now applied."""

    def delivered(self, place: Place) -> None:
        """A secret was written to a place."""

    def registered(self, slot: Slot, version: IssuedVersion) -> None:
        """A version stands in the ledger, newly or again."""

    def revocation_recorded(self, key_id: str) -> None:
        """A revocation stands in the ledger, newly or again."""

    def created(self, slot: Slot, credential: Credential) -> None:
        """The issuer made a credential and the ledger knows it."""

    def adopted(self, slot: Slot) -> None:
        """A credential that existed before is known to the ledger, and ends at its expiry."""

    def updated(self, slot: Slot, before: Credential, after: Credential) -> None:
        """A deploy touched a credential that exists."""

    def stepped(self) -> None:
        """One step of a deploy was done."""


Step = Callable[[], None]


@dataclass
class World:
    """One stack, its issuer, and the places where consumers read."""

    traits: Mapping[str, Traits]
    ledger: Ledger = field(default_factory=Ledger)
    credentials: dict[Slot, Credential] = field(default_factory=dict)
    orphans: dict[Slot, Credential] = field(default_factory=dict)
    """Live at the issuer, known to no ledger, and their secret is lost."""

    places: dict[Place, int] = field(default_factory=dict)
    """The version whose secret is read at each place."""

    destroyed_counted_early: bool = False
    """Whether ``destroyed_through`` is registered with the key or advances with each destroy."""

    observer: Observer = field(default_factory=Observer)

    def deploy(
        self, planner: Planner, declarations: Declarations, at: datetime, run: Run
    ) -> Outcome:
        """Plan and apply, as far as ``run`` lets it."""
        try:
            plan = planner(declarations, self.ledger, at, self.traits)
        except PlanRefusedError:
            return Outcome.REFUSED
        self.observer.begun()
        for index, (kind, slot, step) in enumerate(self._steps(plan, run.order)):
            if run.stop_before is not None and index >= run.stop_before:
                if run.killed:
                    self._leave_pending(kind, slot, plan)
                return Outcome.FAILED
            step()
            self.observer.stepped()
        return Outcome.COMPLETED

    def recover(self) -> None:
        """Delete what an interrupted run left at the issuer and clear what it left pending."""
        self.orphans.clear()
        self.ledger = self.ledger.model_copy(update={"pending": ()})

    def snapshot(self) -> tuple[object, ...]:
        """Everything that a deploy can change."""
        return (self.ledger, dict(self.credentials), dict(self.places))

    def record(self, key_id: str) -> KeyRecord | None:
        """What the ledger has of a key."""
        return self.ledger.keys.get(key_id)

    def _steps(self, plan: Plan, order: int) -> list[tuple[str, Slot, Step]]:
        queues = [list(self._key_steps(key_plan, plan.at)) for key_plan in plan.keys]
        chance = random.Random(order)
        steps = list[tuple[str, Slot, Step]]()
        while queues := [queue for queue in queues if queue]:
            steps.append(chance.choice(queues).pop(0))
        for key_plan in plan.keys:
            steps.extend(self._key_endings(key_plan))
        return steps

    def limit(self, key_id: str, kind: str) -> int | None:
        """How many versions of a key the issuer holds."""
        record = self.ledger.keys.get(key_id)
        return self.traits[kind if record is None else record.kind].most_at_once

    def _key_steps(self, plan: KeyPlan, at: datetime) -> Iterator[tuple[str, Slot, Step]]:
        key_id = plan.key.id
        yield "register", (key_id, 0), partial(self._register_key, plan)
        for planned in plan.kept:
            slot = (key_id, planned.version.number)
            yield "register", slot, partial(self._register, key_id, planned)
        if self.limit(key_id, plan.key.kind) is not None:
            for planned in plan.kept:
                slot = (key_id, planned.version.number)
                if planned.state is State.DEACTIVATED and planned.version.expiry <= at:
                    yield "deactivate", slot, partial(self._deactivate, planned, slot)
            yield "bind", (key_id, 0), partial(self._bind, plan)
        for planned in plan.kept:
            slot = (key_id, planned.version.number)
            exists = slot in self.credentials
            name = "update" if exists else "create"
            name = "adopt" if planned.action is Action.ADOPT else name
            yield name, slot, partial(self._materialize, plan, planned)
        if (current := plan.current) is not None:
            number = current.version.number
            for spec in plan.key.deliver:
                place = place_of(key_id, spec)
                yield "deliver", (key_id, number), partial(self._deliver, place, number)
            yield "observe", (key_id, number), partial(self._mark, plan)
        for planned in plan.kept:
            if planned.state is State.DEACTIVATED:
                slot = (key_id, planned.version.number)
                yield "deactivate", slot, partial(self._deactivate, planned, slot)

    def _key_endings(self, plan: KeyPlan) -> Iterator[tuple[str, Slot, Step]]:
        key_id = plan.key.id
        wanted = {place_of(key_id, spec) for spec in plan.key.deliver}
        for place in [p for p in self.places if p[0] == key_id]:
            if plan.current is None or place not in wanted:
                yield "undeliver", (key_id, 0), partial(self._undeliver, place)
        for planned in plan.versions:
            slot = (key_id, planned.version.number)
            if planned.action is Action.DESTROY:
                if slot in self.credentials:
                    yield "destroy", slot, partial(self._destroy, slot)
                yield "drop", slot, partial(self._drop, slot)

        if plan.revocation is not None and not plan.kept:
            yield "forget", (key_id, 0), partial(self._forget, key_id)

    def _change(self, key_id: str, **facts: object) -> None:
        record = self.ledger.keys[key_id].model_copy(update=facts)
        self.ledger = self.ledger.model_copy(update={"keys": {**self.ledger.keys, key_id: record}})

    def _change_version(self, slot: Slot, version: IssuedVersion | None) -> None:
        key_id, number = slot
        versions = {v.number: v for v in self.ledger.keys[key_id].versions}
        versions.pop(number, None)
        if version is not None:
            versions[number] = version
        self._change(key_id, versions=tuple(versions[n] for n in sorted(versions)))

    def _version(self, slot: Slot) -> IssuedVersion:
        return next(v for v in self.ledger.keys[slot[0]].versions if v.number == slot[1])

    def _register_key(self, plan: KeyPlan) -> None:
        key_id = plan.key.id
        if key_id not in self.ledger.keys:
            fresh = KeyRecord(id=key_id, kind=plan.key.kind)
            self.ledger = self.ledger.model_copy(
                update={"keys": {**self.ledger.keys, key_id: fresh}}
            )
        self._change(
            key_id, target=plan.key.target, imported=plan.imported, room_made=plan.room_made
        )
        if self.destroyed_counted_early or plan.imported is not None:
            self._change(key_id, destroyed_through=plan.destroyed_through)
        if plan.revocation is not None:
            self._change(key_id, revocation=plan.revocation)
            self.observer.revocation_recorded(key_id)

    def _register(self, key_id: str, planned: PlannedVersion) -> None:
        slot = (key_id, planned.version.number)
        exists = slot in self.credentials
        facts: dict[str, object] = {"exists": exists}
        if exists and self.credentials[slot].active and self.limit(key_id, "") is not None:
            facts["deactivated"] = None  # not before its credential says so
        self._change_version(slot, planned.version.model_copy(update=facts))
        self.observer.registered(slot, planned.version)

    def _bind(self, plan: KeyPlan) -> None:
        for slot, before in list(self.credentials.items()):
            if slot[0] == plan.key.id and plan.shared_end is not None:
                self.credentials[slot] = replace(before, expiry=plan.shared_end)
                self.observer.updated(slot, before, self.credentials[slot])

    def _materialize(self, plan: KeyPlan, planned: PlannedVersion) -> None:
        key_id = plan.key.id
        slot = (key_id, planned.version.number)
        before = self.credentials.get(slot)
        expiry = planned.version.expiry
        if self.limit(key_id, plan.key.kind) is not None and plan.shared_end is not None:
            expiry = plan.shared_end
        if before is None:
            credential = Credential(expiry)
            self.credentials[slot] = credential
            self._change_version(slot, self._version(slot).model_copy(update={"exists": True}))
            if planned.action is Action.ADOPT:
                self.observer.adopted(slot)
            else:
                self.observer.created(slot, credential)
        else:
            active = before.active or planned.state is State.ACTIVE  # nothing else is touched here
            after = replace(before, expiry=expiry, active=active)
            self.credentials[slot] = after
            self.observer.updated(slot, before, after)

    def _deliver(self, place: Place, number: int) -> None:
        self.places[place] = number
        self.observer.delivered(place)

    def _mark(self, plan: KeyPlan) -> None:
        assert plan.current is not None
        number, since = plan.current.version.number, plan.in_service_since
        self._change(plan.key.id, delivered=number, delivered_since=since)

    def _undeliver(self, place: Place) -> None:
        del self.places[place]

    def _deactivate(self, planned: PlannedVersion, slot: Slot) -> None:
        since = {"deactivated": planned.version.deactivated}
        self._change_version(slot, self._version(slot).model_copy(update=since))
        before = self.credentials[slot]
        self.credentials[slot] = replace(before, active=False)
        self.observer.updated(slot, before, self.credentials[slot])

    def _destroy(self, slot: Slot) -> None:
        del self.credentials[slot]
        self._change_version(slot, self._version(slot).model_copy(update={"exists": False}))

    def _forget(self, key_id: str) -> None:
        """Of a revoked key whose versions are all gone only the revocation stays."""
        self._change(
            key_id, destroyed_through=0, delivered=None, delivered_since=None, room_made=None
        )

    def _drop(self, slot: Slot) -> None:
        key_id, number = slot
        through = max(self.ledger.keys[key_id].destroyed_through, number)
        self._change_version(slot, None)
        self._change(key_id, destroyed_through=through)

    def _leave_pending(self, kind: str, slot: Slot, plan: Plan) -> None:
        if kind == "create":
            version = self._version(slot)
            self.orphans[slot] = Credential(version.expiry)
        operation = {"create": "creating", "adopt": "importing", "destroy": "deleting"}.get(
            kind, "updating"
        )
        pending = PendingOperation(operation=operation, urn=f"urn:{slot[0]}-v{slot[1]}")
        self.ledger = self.ledger.model_copy(update={"pending": (pending,)})
