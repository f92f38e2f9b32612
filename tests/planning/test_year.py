"""A year of nightly runs on the planner, with keys of every kind."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from pydantic import JsonValue

from keylife.kinds import KINDS
from keylife.model.key import DeliverySpec, Key
from keylife.model.registry import Declarations
from keylife.model.revocation import Reason, RotationRequest, Tombstone
from tests.planning.held import held_plan
from tests.planning.strategies import declare
from tests.planning.witness import Witness
from tests.planning.world import Outcome, Run, World

DAY = timedelta(days=1)
START = datetime(2027, 1, 1, 2, 0, tzinfo=UTC)
TRAITS = {
    name: KINDS[name].traits for name in ("aws-access-key", "aws-user-access-key", "vault-token")
}
"""Those that differ in all that a plan knows of a kind; random plans have the others too."""

SCOPES: Mapping[str, JsonValue] = {
    "aws-access-key": {"policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]},
    "aws-user-access-key": {"policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]},
    "vault-token": {"policies": ["billing-read"]},
}
SCHEDULES = {
    "daily": (3, 1, 0),
    "weekly": (9, 7, 1),
    "three-weekly": (30, 21, 1),
    "monthly": (45, 30, 3),
    "quarterly": (120, 90, 7),
}
"""TTL, rotation period and quarantine, in days. Every grace is longer than a night and the jitter
of two: with one of a day, a run that comes a minute before a version is due finds it expired on
the next night."""


def keys_of_every_kind() -> Iterator[Key]:
    for kind in sorted(TRAITS):
        for name, (ttl, rotate_every, quarantine) in SCHEDULES.items():
            little_room = TRAITS[kind].most_at_once is not None
            if little_room and ttl - rotate_every + quarantine > rotate_every:
                continue
            yield Key(
                id=f"{kind}-{name}",
                kind=kind,
                service="billing",
                owner="team-payments",
                purpose="deploys the billing API from its pipeline",
                scope={"as": SCOPES[kind]},
                ttl=ttl * DAY,
                rotate_every=rotate_every * DAY,
                quarantine=quarantine * DAY,
                deliver=(
                    DeliverySpec(kind="vault-kv", settings={"path": f"{kind}/{name}"}),
                    DeliverySpec(kind="secrets-manager", settings={"name": f"{kind}/{name}"}),
                ),
            )


@dataclass
class Year:
    """A stack, its declarations, and the nights that a seed gives its pipeline."""

    seed: int
    declared: Declarations = field(default_factory=lambda: declare(*keys_of_every_kind()))
    witness: Witness = field(default_factory=lambda: Witness(World(TRAITS), START))

    def nights(self) -> Iterator[tuple[int, random.Random]]:
        """Every night, some time between 1:00 and 3:00."""
        chance = random.Random(self.seed)
        for night in range(366):
            jitter = timedelta(seconds=chance.randint(-3600, 3600)) if night else timedelta(0)
            self.witness.advance(START + night * DAY + jitter)
            yield night, chance

    def run(self, run: Run, late: timedelta = timedelta(0)) -> Outcome:
        """One run of the pipeline, whose clock may be behind the issuer's."""
        outcome = self.witness.deploy(held_plan, self.declared, self.witness.real - late, run)
        assert self.witness.broken == []
        return outcome

    def change(self, key_id: str, **facts: object) -> None:
        """Commit a change of one key's declaration."""
        key = self.declared.keys[key_id]
        known = {name: getattr(key, name) for name in Key.model_fields}
        changed = Key.model_validate({**known, **facts})
        self.declared = declare(*{**self.declared.keys, key_id: changed}.values())


def issues_by_hand(key: Key, nights: list[datetime]) -> list[datetime]:
    """When a key is issued if nothing ever goes wrong: at the first run, then when it is due."""
    births = [nights[0]]
    for night in nights:
        if night - births[-1] >= key.rotate_every:
            births.append(night)
    return births


@pytest.mark.parametrize("seed", [1, 2])
def test_a_calm_year_leaves_no_consumer_without_a_key_and_keeps_the_schedule(seed: int) -> None:
    year = Year(seed)
    witness = year.witness
    nights = list[datetime]()
    for _ in year.nights():
        assert year.run(Run()) is Outcome.COMPLETED
        nights.append(witness.real)
        assert_overlap(year)

    assert witness.ran_out == set()
    for key_id, key in year.declared.keys.items():
        births = [birth.at for (k, _), birth in sorted(witness.births.items()) if k == key_id]
        assert births == issues_by_hand(key, nights)
        numbers = sorted(n for k, n in witness.made if k == key_id)
        assert numbers == list(range(1, len(births) + 1))


def assert_overlap(year: Year) -> None:
    """Old and new both work for the grace, and then only the new one does."""
    witness = year.witness
    for key_id, key in year.declared.keys.items():
        births = sorted((n, b) for (k, n), b in witness.births.items() if k == key_id)
        for (number, birth), (_, successor) in pairwise(births):
            over = min(birth.expiry, successor.at + key.grace)
            credential = witness.world.credentials.get((key_id, number))
            works = credential is not None and credential.accepted(witness.real)
            assert works is (witness.real < over)


MISSED = {*range(60, 67), *range(200, 214)}
"""Nights without a pipeline: a week in March, and two in July."""


def rotate(year: Year, name: str, reason: Reason) -> None:
    for kind in TRAITS:
        key = year.declared.keys[f"{kind}-{name}"]
        request = RotationRequest(at=year.witness.real, reason=reason)
        year.change(key.id, rotations=(*key.rotations, request))


def revoke(year: Year, name: str, reason: Reason) -> None:
    for kind in TRAITS:
        grave = Tombstone(at=year.witness.real, reason=reason, by="oncall", ref="PAY-812")
        year.change(f"{kind}-{name}", revoked=grave)


def change_everywhere(year: Year, name: str, **facts: object) -> None:
    for kind in TRAITS:
        year.change(f"{kind}-{name}", **facts)


COMMITS: Mapping[int, Callable[[Year], None]] = {
    25: lambda year: rotate(year, "three-weekly", Reason.SUPERSEDED),
    40: lambda year: change_everywhere(year, "monthly", ttl=20 * DAY, rotate_every=15 * DAY),
    75: lambda year: rotate(year, "quarterly", Reason.KEY_COMPROMISE),
    90: lambda year: change_everywhere(year, "monthly", ttl=60 * DAY, rotate_every=50 * DAY),
    100: lambda year: change_everywhere(year, "weekly", scope={"as": "narrower"}),
    120: lambda year: change_everywhere(year, "weekly", owner="team-checkout"),
    150: lambda year: revoke(year, "weekly", Reason.CESSATION_OF_OPERATION),
    230: lambda year: change_everywhere(year, "quarterly", quarantine=2 * DAY),
    260: lambda year: revoke(year, "monthly", Reason.KEY_COMPROMISE),
}
"""What people commit in the course of the year."""


def live_a_rough_year(seed: int) -> Year:
    """Missed weeks, failed runs, repeated runs, interrupted runs, a clock that is off."""
    year = Year(seed)
    for night, chance in year.nights():
        if (commit := COMMITS.get(night)) is not None:
            commit(year)
        if night in MISSED:
            continue
        order = chance.randrange(1000)
        stop = chance.randrange(80) if chance.random() < 0.25 else None
        killed = chance.random() < 0.3
        late = chance.choice([timedelta(0)] * 9 + [timedelta(hours=30)])
        outcome = year.run(Run(stop_before=stop, killed=killed, order=order), late)
        if year.witness.world.ledger.pending:
            assert year.run(Run()) is Outcome.REFUSED
            year.witness.world.recover()
        if outcome is Outcome.FAILED and chance.random() < 0.5:
            year.run(Run(order=order))
    return year


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_rough_year_breaks_no_promise(seed: int) -> None:
    year = live_a_rough_year(seed)

    effective = sorted(now for _, now in year.witness.completed)
    longest = max(later - earlier for earlier, later in pairwise(effective)) + timedelta(hours=30)
    for key_id, number in year.witness.ran_out:
        birth = year.witness.births[key_id, number]
        assert birth.expiry - birth.due <= longest, "the grace was longer than any gap"
    assert {k for k, _ in year.witness.ran_out} != set(year.declared.keys)
    live = {k for k, _ in year.witness.world.credentials}
    assert live == {k for k, key in year.declared.keys.items() if key.revoked is None}


def test_a_rough_year_lived_twice_is_the_same() -> None:
    first, second = live_a_rough_year(7), live_a_rough_year(7)

    assert first.witness.world.snapshot() == second.witness.world.snapshot()
    assert first.witness.births == second.witness.births
