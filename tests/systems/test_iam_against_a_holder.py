"""P7: whoever holds a key fights for it in an IAM that is eventually consistent, and is not alive
once its death was reported; with the steps in another order it often would be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keylife.orphan import Clients
from keylife.revocation.course import Course
from keylife.revocation.hands import SystemHands
from keylife.revocation.progress import Phase, Progress
from keylife.systems import aws_iam
from keylife.systems.aws_answers import asked
from keylife.systems.aws_iam import WINDOW, AwsIam
from keylife.systems.system import Answer, Holding, Material, Step, Verdict
from tests.conftest import LONG
from tests.systems.doing import holding
from tests.systems.fake_iam import START, USER, AsTheKey, Credential, FakeIam, Holder, OperatorsIam

RUNS = 10_000 if LONG else 150


class World:
    """A user with a leaked key, made some seconds ago, and who wants it dead."""

    def __init__(self, seed: int, system: AwsIam, window: float, *, busy: float = 0.5) -> None:
        self.iam = FakeIam(seed)
        self.iam.change(("user", USER), "Active")
        self.iam.change(("policy", "attached:admin"), "allow")
        key = self.iam.create_key()
        self.holder = Holder(self.iam, [Credential("key", key)], busy)
        self.iam.now = self.iam.random.uniform(0, 15)
        self.iam.between = self.holder.act
        self.iam.lost = 0.05
        facts: Any = {"access_key": key, "user": USER, "whose": "version", "living": ""}
        self.held = holding("aws-iam", "k", **facts).model_copy(update={"window": window})
        service = OperatorsIam(self.iam)
        clients: Any = SimpleNamespace(aws=lambda name: service)
        material = {"access_key_id": key, "secret_access_key": "secret"}
        hands = SystemHands(system, lambda held: clients, lambda held: material)
        self.course = Course(self.held, system, hands, self.clock)

    def clock(self) -> datetime:
        return self.iam.instant()

    def revoke(self) -> Progress:
        progress = Progress(asked=self.clock(), due=self.clock())
        for _ in range(300):
            for told in self.course.advance(progress, self.iam.random.random()):
                progress = told
            if progress.settled:
                return progress
            self.wait_until((progress.due - START).total_seconds())
        raise AssertionError(f"never settled: {progress.waits_for}")

    def wait_until(self, instant: float) -> None:
        while self.iam.now < instant:
            self.iam.now = min(instant, self.iam.now + 1)
            self.holder.act()

    def alive_later(self) -> list[Credential]:
        """What of the holder's can do anything from now on, at any replica, for 15 s."""
        found: list[Credential] = []
        for _ in range(30):
            found += self.holder.alive()
            self.wait_until(self.iam.now + 0.5)
        return found


@pytest.fixture(autouse=True, scope="module")
def asked_in_this_world() -> Any:
    """The key is used at the fake."""

    def as_the_version(operators: Any, service: str, key: str, secret: str, region: str) -> Any:
        return AsTheKey(operators.fake, key)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aws_iam, "as_the_version", as_the_version)
        yield


@settings(max_examples=RUNS)
@given(seed=st.integers(0, 2**32))
def test_a_holder_is_not_alive_after_its_death_was_reported(seed: int) -> None:
    world = World(seed, AwsIam(), WINDOW)

    progress = world.revoke()

    assert progress.phase is Phase.PROVEN
    refusals = [probe.at for probe in progress.probes]
    assert len(refusals) >= 3
    assert refusals[-1] - refusals[0] >= timedelta(seconds=10)
    assert world.alive_later() == []


def survivors(system: AwsIam, window: float, runs: int = 40) -> int:
    """In how many worlds the holder lives on after a revoke that took itself for done."""
    count = 0
    for seed in range(runs):
        world = World(seed, system, window)
        try:
            world.revoke()
        except AssertionError:
            continue  # it never said that it was done
        count += bool(world.alive_later())
    return count


class Trusting(AwsIam):
    """Asks once, in one region, and believes it."""

    def use(self, held: Holding, material: Material, clients: Clients) -> Answer:
        service: Any = clients.aws("sts")
        return asked(AsTheKey(service.fake, held.facts["access_key"]).get_caller_identity)

    def look(self, held: Holding, clients: Clients) -> Answer:
        return Answer(Verdict.REFUSED, "it said so")


class Hasty(Trusting):
    """As most runbooks have it: deactivate, delete."""

    steps: ClassVar[Sequence[Step]] = tuple(
        step for step in AwsIam.steps if step.name in ("deactivate", "delete-key")
    )


def test_the_holder_of_this_world_is_no_pushover() -> None:
    counts = [survivors(Hasty(), 0.0), survivors(Trusting(), 0.0), survivors(AwsIam(), WINDOW)]

    assert counts[0] > 30, "who deletes the key leaves what was made of it"
    assert counts[1] > 0, "who does every step and waits for nothing leaves stale replicas"
    assert counts[2] == 0
