"""Who watches the world: the promises of a key's life, checked at the issuer, never in a plan.

The witness knows what was declared when a number first stood in the ledger and what the issuer
then had, and nothing else. The promise about working versions holds precisely thus: **from the
first delivery to a stable place on, at every second, what is read there is accepted by the
issuer, until the key is revoked or a deploy no longer declares the place; unless the version
read there has expired and no run between the instant its rotation was due and its expiry went
through to its end.** So a version is never taken away under a consumer; it can only run out,
and only if the pipeline was later than the grace or failed throughout it.

Where the issuer has room for a number of versions only, two things differ. What is read may be
taken away after a leak, or once a run finds it past its expiry. And a rotation may need four runs
at instants of their own, the first of them after the grace before it: one to deliver, to refuse,
to destroy, to issue. What is in its grace by a pipeline's slow clock may be accepted again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from keylife.model.ledger import IssuedVersion
from keylife.model.registry import Declarations
from keylife.model.revocation import Reason
from tests.planning.oracle import effective_instant
from tests.planning.world import (
    Credential,
    Observer,
    Outcome,
    Place,
    Planner,
    Run,
    Slot,
    World,
    place_of,
)


@dataclass(frozen=True)
class Birth:
    """What was declared and what the clock said when a number was first registered."""

    at: datetime
    expiry: datetime
    due: datetime

    alone_from: datetime
    """From when on its predecessors have no grace left."""

    runs_before: int
    """How many runs had gone through by then: none of them could have rotated it. A pipeline
    whose clock was fast may have thought it was later than at the birth."""


@dataclass
class Witness(Observer):
    """Runs a world through time and notes every promise it sees broken."""

    world: World
    real: datetime
    """The issuer's clock: it only goes forward, whatever the pipelines' clocks do."""

    broken: list[str] = field(default_factory=list)
    births: dict[Slot, Birth] = field(default_factory=dict)
    made: Counter[Slot] = field(default_factory=Counter)
    adoptions: Counter[Slot] = field(default_factory=Counter)
    """The versions that were brought in."""

    revoked: set[str] = field(default_factory=set)
    """Keys whose revocation stands in the ledger."""

    stable: set[Place] = field(default_factory=set)
    """Places that were written to and that no deploy has ceased to declare since."""

    ran_out: set[Slot] = field(default_factory=set)
    """Versions that expired while they were read at a stable place, excused or not."""

    refused: set[Slot] = field(default_factory=set)
    """Versions that their issuer was seen to refuse: from then on it refuses them for ever."""

    leaked: set[Slot] = field(default_factory=set)
    """Versions that a run knew to have leaked, of keys whose issuer has little room."""

    completed: list[tuple[datetime, datetime]] = field(default_factory=list)
    """The issuer's and the effective instant of every run that went through."""

    _declared: Declarations | None = None
    _effective: datetime | None = None
    _new: Counter[str] = field(default_factory=Counter)
    _made_now: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.world.observer = self

    def deploy(
        self, planner: Planner, declarations: Declarations, at: datetime, run: Run
    ) -> Outcome:
        """One run, watched; its clock says ``at``, the issuer's says ``self.real``."""
        self._declared = declarations
        self._effective = effective_instant(self.world.ledger, at)
        self._new.clear()
        self._made_now.clear()
        adopted = set(self.adoptions)
        self._hear_of_leaks(declarations)
        before = self.world.snapshot()
        outcome = self.world.deploy(planner, declarations, at, run)
        if outcome is Outcome.REFUSED and self.world.snapshot() != before:
            self.broken.append("a refused run changed something")
        if outcome is Outcome.COMPLETED:
            self.completed.append((self.real, self._effective))
            self._look_at_the_end_of_a_run(set(self.adoptions) - adopted)
        self.look()
        return outcome

    def advance(self, until: datetime) -> None:
        """Let the issuer's time pass, looking before and at every expiry on the way."""
        expiries = {credential.expiry for credential in self.world.credentials.values()}
        for border in sorted(e for e in expiries if self.real < e <= until):
            self.real = border
            self.look()
        self.real = until
        self.look()

    def look(self) -> None:
        """Check what holds at every second; acceptance changes only at expiries and steps."""
        for slot, credential in self.world.credentials.items():
            birth = self.births[slot]
            if not credential.accepted(self.real):
                self.refused.add(slot)
                continue
            limited = self._limit(slot) is not None
            # a pipeline whose clock is behind moves the end that versions share in good faith
            slow = limited and self._effective is not None and self._effective < birth.expiry
            if slow:
                self.refused.discard(slot)
            if slot in self.refused:
                self.broken.append(f"{slot} was refused and is accepted again")
            if self.real >= birth.expiry and not limited:
                self.broken.append(f"{slot} is accepted beyond its TTL")
        for place in self.stable:
            if place[0] not in self.revoked:
                self._look_at_place(place)

    def _look_at_place(self, place: Place) -> None:
        slot = (place[0], self.world.places[place])
        credential = self.world.credentials.get(slot)
        if credential is not None and credential.accepted(self.real):
            return
        birth = self.births[slot]
        limited = self._limit(slot) is not None
        if slot in self.leaked:
            return
        assert self._effective is not None
        if self.real < birth.expiry and not (limited and self._effective >= birth.expiry):
            self.broken.append(f"{place[1]}: {slot} was taken away while it was read there")
            return
        self.ran_out.add(slot)
        since = self.completed[birth.runs_before :]
        due, needed = (max(birth.due, birth.alone_from), 4) if limited else (birth.due, 1)
        if len({now for at, now in since if at < birth.expiry and now >= due}) >= needed:
            self.broken.append(f"{place[1]}: {slot} ran out though a run went through in time")

    def _limit(self, slot: Slot) -> int | None:
        return self.world.limit(slot[0], "")

    def _hear_of_leaks(self, declarations: Declarations) -> None:
        assert self._effective is not None
        for slot, birth in self.births.items():
            key = declarations.keys.get(slot[0])
            if key is not None and self._limit(slot) is not None:
                asked = [r.at for r in key.rotations if r.reason is Reason.KEY_COMPROMISE]
                if any(birth.at < at <= self._effective for at in asked):
                    self.leaked.add(slot)

    def _look_at_the_end_of_a_run(self, adopted_now: set[Slot]) -> None:
        recorded = {
            (key_id, version.number)
            for key_id, record in self.world.ledger.keys.items()
            for version in record.versions
            if version.exists
        }
        if recorded != set(self.world.credentials):
            self.broken.append(
                f"the ledger has {sorted(recorded)}, the issuer {sorted(self.world.credentials)}"
            )
        assert self._declared is not None
        assert self._effective is not None
        for slot, credential in self.world.credentials.items():
            if slot in adopted_now:
                continue  # this very run brought it its end; only the next one can act on it
            if credential.accepted(self.real) and self._effective >= self.births[slot].expiry:
                self.broken.append(f"{slot} is accepted, and a run came after its expiry")
        for key_id, key in self._declared.keys.items():
            numbers = {n for (k, _), n in self.world.places.items() if k == key_id}
            live = [
                n
                for (k, n), credential in self.world.credentials.items()
                if k == key_id and credential.accepted(self.real)
            ]
            if key.revoked is not None and (numbers or live):
                self.broken.append(f"{key_id} is revoked: {numbers} delivered, {live} live")
            if key.revoked is None and len(numbers) != 1:
                self.broken.append(f"{key_id} is delivered as {numbers}")

    def begun(self) -> None:
        """From here on only what is declared now is promised."""
        assert self._declared is not None
        self.stable &= {
            place_of(key.id, spec) for key in self._declared.keys.values() for spec in key.deliver
        }

    def delivered(self, place: Place) -> None:
        """From here on consumers may read at ``place``."""
        self.stable.add(place)

    def registered(self, slot: Slot, version: IssuedVersion) -> None:
        """A number is registered: only once with a birth, and then always with the same."""
        assert self._declared is not None
        assert self._effective is not None
        key_id, number = slot
        known = self.births.get(slot)
        if known is not None:
            if (version.birth, version.expiry) != (known.at, known.expiry):
                self.broken.append(f"{slot}: birth or expiry was rewritten")
            return
        key = self._declared.keys[key_id]
        now = self._effective
        earlier = [(n, b) for (k, n), b in self.births.items() if k == key_id]
        if any(n >= number or b.at > now for n, b in earlier):
            self.broken.append(f"{slot}: born out of order")
        if version.adopted is not None:
            self._found(slot, version, now)
            return
        self.births[slot] = Birth(
            now, now + key.ttl, now + key.rotate_every, now + key.grace, len(self.completed)
        )
        if (version.birth, version.expiry) != (now, now + key.ttl):
            self.broken.append(f"{slot}: does not live one TTL from now on")
        self._new[key_id] += 1
        if self._new[key_id] > 1:
            self.broken.append(f"{key_id}: more than one version planned in a run")

    def _found(self, slot: Slot, version: IssuedVersion, now: datetime) -> None:
        """What existed before has its own age, and a grace at least to move over."""
        assert self._declared is not None
        key = self._declared.keys[slot[0]]
        assert key.imported is not None
        birth = min(key.imported.created, now)
        self.births[slot] = Birth(
            birth,
            max(birth + key.ttl, now + key.grace),
            birth + key.rotate_every,
            birth + key.grace,
            len(self.completed),
        )
        if (version.birth, version.expiry) != (birth, self.births[slot].expiry):
            self.broken.append(f"{slot}: lives from {version.birth} to {version.expiry}")
        if slot[1] != 1 or version.adopted != now:
            self.broken.append(f"{slot}: adopted {version.adopted}")

    def adopted(self, slot: Slot) -> None:
        """A credential that existed before is brought in; nothing is made, and only once."""
        self.adoptions[slot] += 1
        if self.adoptions[slot] > 1 or self.made[slot]:
            self.broken.append(f"{slot}: adopted though it was there")
        if slot[0] in self.revoked:
            self.broken.append(f"{slot}: adopted for a revoked key")

    def revocation_recorded(self, key_id: str) -> None:
        """From here on nothing of this key is promised to work, and nothing may be made."""
        self.revoked.add(key_id)

    def created(self, slot: Slot, credential: Credential) -> None:
        """A credential is made: once for a number, once a run for a key, never once revoked."""
        self.made[slot] += 1
        self._made_now[slot[0]] += 1
        if self.made[slot] > 1:
            self.broken.append(f"{slot}: made twice")
        if self._made_now[slot[0]] > 1:
            self.broken.append(f"{slot}: more than one credential made in a run")
        if slot[0] in self.revoked:
            self.broken.append(f"{slot}: made for a revoked key")
        if slot in self.world.orphans:
            self.broken.append(f"{slot}: made beside an orphan")
        there = [k for k, _ in self.world.credentials].count(slot[0])
        there += [k for k, _ in self.world.orphans].count(slot[0])
        limit = self._limit(slot)
        if limit is not None and there > limit:
            self.broken.append(f"{slot}: made as one of {there}, and there is room for {limit}")
        if credential.expiry != self.births[slot].expiry and limit is None:
            self.broken.append(f"{slot}: made to live until {credential.expiry}")

    def updated(self, slot: Slot, before: Credential, after: Credential) -> None:
        """A credential is touched: it is never activated again, and its expiry stays, or is that
        of a version of its key."""
        if self._limit(slot) is not None:
            if after.expiry not in {b.expiry for (k, _), b in self.births.items() if k == slot[0]}:
                self.broken.append(f"{slot}: is to end at {after.expiry}, as no version does")
        elif after.expiry != before.expiry:
            self.broken.append(f"{slot}: its life was changed from {before} to {after}")
        if after.active and not before.active:
            self.broken.append(f"{slot}: activated again")

    def stepped(self) -> None:
        """Consumers read between any two steps of a deploy."""
        self.look()
