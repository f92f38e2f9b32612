"""A gateway that remembers, lies about purges and forgets what it refused: P8 of THREATS.md.

Production's course is driven through it in virtual time; whether the version can still get in is
asked of the gateway itself, never of what the course believes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from keylife.model.revocation import Reason
from keylife.orphan import Clients
from keylife.revocation.behind import SecondHands
from keylife.revocation.certificate import certify
from keylife.revocation.course import Course
from keylife.revocation.progress import Phase, Progress
from keylife.systems.gateway import Gateway
from keylife.systems.system import Answer, Holding, Step, Verdict
from tests.revocation.world import START

BACKEND = "vault-kv/secret/billing"
LAG = 1.0
"""Seconds for which what the gateway asks may still say yes somewhere, once it said no."""


@dataclass(frozen=True)
class Habits:
    """What a gateway does, and what is around it."""

    cache_age: float
    backend_ends: float
    """Seconds after the request at which whoever it asks begins to refuse."""

    purge: str
    """``works``, ``lies`` (says so and does nothing) or ``fails``."""

    nodes: int = 1
    """Each remembers on its own, and any of them may be asked."""

    consumers: float = 0.0
    """Seconds between two consumers that come with the key; 0: none come."""

    restarts: float = 0.0
    """The probability, at each probe, that it has just started with an empty deny list, and lets
    everybody in until it has read it."""

    fails_closed: bool = False
    """Whether, before whoever it asks refuses, it cannot ask there for a while and turns everybody
    away."""

    unclear: float = 0.0
    secret_gone: bool = False


@dataclass
class Door:
    """One gateway with its nodes' memories, in virtual time."""

    seed: int
    habits: Habits
    now: datetime = START
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)
        self._remembered = [START - timedelta(days=1)] * self.habits.nodes
        self._open_until = START
        self._came = START
        self._troubles = 4
        lag = self._dice.uniform(0, LAG)
        self._replicas = [self._after(self.habits.backend_ends), self._after(lag + self._ends)]

    @property
    def _ends(self) -> float:
        return self.habits.backend_ends

    def _after(self, seconds: float) -> datetime:
        return START + timedelta(seconds=seconds)

    def clock(self) -> datetime:
        """Time goes on whenever somebody looks at it."""
        self.now += timedelta(milliseconds=self._dice.randint(1, 40))
        return self.now

    def chance(self) -> float:
        """For the wait after a failure."""
        return self._dice.random()

    @property
    def backend_refuses(self) -> bool:
        """Whether whoever it asks was seen to refuse."""
        return self.now >= self._replicas[0]

    def let_in(self) -> bool:
        """Come with the key, to some node: whether it is let in. A node remembers a yes only."""
        node = self._dice.randrange(self.habits.nodes)
        if self.now < self._open_until:
            yes = True
        elif self.now < self._remembered[node]:
            return True
        elif self.habits.fails_closed and self._after(2) < self.now < self._replicas[0]:
            return False  # nobody answers it, so nobody comes in
        else:
            yes = self.now < self._dice.choice(self._replicas)
        if yes:
            self._remembered[node] = self.now + timedelta(seconds=self.habits.cache_age)
        return yes

    def any_way_in(self, until: datetime) -> datetime | None:
        """The truth: the last moment from now on at which some node lets it in; None if none."""
        ends = [*self._remembered, self._open_until, *self._replicas]
        last = max(ends)
        return last if last > until else None

    def consumers_come(self) -> None:
        """Everybody who would have come up to now has."""
        every = self.habits.consumers
        now = self.now
        while every and self._came + timedelta(seconds=every) < now:
            self._came += timedelta(seconds=every)
            self.now = self._came
            self.let_in()
        self.now = now

    def use(self) -> Verdict:
        """A probe; before it, something may have happened."""
        self.consumers_come()
        if self._troubles and self._dice.random() < self.habits.restarts:
            self._troubles -= 1
            self._remembered = [self.now] * self.habits.nodes
            self._open_until = self.now + timedelta(seconds=self._dice.uniform(0, 5))
        if self._troubles and self._dice.random() < self.habits.unclear:
            self._troubles -= 1
            return Verdict.UNCLEAR
        verdict = Verdict.ACCEPTED if self.let_in() else Verdict.REFUSED
        self.seen.append(verdict)
        return verdict

    def purge(self) -> str:
        """Forget, or say so."""
        self.consumers_come()
        self.seen.append("purge")
        if self.habits.purge == "works":
            self._remembered = [self.now] * self.habits.nodes
        return "not purged, 503" if self.habits.purge == "fails" else "purged: 200"


@dataclass(frozen=True)
class DoorHands:
    """Reaches the gateway, without a network."""

    door: Door

    def act(self, step: Step, holding: Holding) -> str:
        """Purge it."""
        return self.door.purge()

    def use(self, holding: Holding) -> Answer | None:
        """Come with the key, where there is one."""
        if self.door.habits.secret_gone:
            return None
        verdict = self.door.use()
        return Answer(verdict, verdict.value)

    def look(self, holding: Holding) -> Answer:
        """As any gateway."""
        return Gateway().look(holding, Clients())


def holding(cache_age: float) -> Holding:
    """As `holdings_of` has it of a key whose other place is Vault's."""
    return Holding(
        system="gateway",
        key="billing",
        version=1,
        place="gateway/edge",
        facts={},
        urn="",
        provider="",
        window=cache_age + LAG,
        second_hand=True,
    )


def revoked(door: Door) -> Progress:
    """Drive the revocation to its end, and ask the gateway itself at every proof."""
    held = holding(door.habits.cache_age)

    def awaited(_: Holding) -> str | None:
        return None if door.backend_refuses else BACKEND

    course = Course(held, Gateway(), SecondHands(DoorHands(door), awaited), door.clock)
    progress = Progress(asked=START, due=START)
    while not progress.settled:
        assert door.now - START < timedelta(days=2), progress
        door.now = max(door.now, progress.due)
        *_, progress = course.advance(progress, door.chance())
    return progress


def _habits(seed: int) -> Habits:
    dice = random.Random(seed)
    nodes = dice.choice((1, 1, 3))
    return Habits(
        cache_age=dice.choice((0, 1, 5, 300, dice.randint(0, 3600), 3600)),
        backend_ends=dice.choice((0.2, 0.5, 4.0, 900.0)),
        purge=dice.choice(("works", "lies", "fails")),
        nodes=nodes,
        consumers=dice.choice((0.0, 7.0, 120.0)),
        # of several nodes, one that is never asked may let somebody in meanwhile: nobody can see it
        restarts=dice.choice((0.0, 0.2)) if nodes == 1 else 0.0,
        fails_closed=dice.choice((False, True)),
        unclear=dice.choice((0.0, 0.2)),
    )


def test_what_is_called_dead_is_let_in_nowhere(long: bool) -> None:
    """2,000 gateways, or 200: after its proof not one of them has a way in."""
    settled: dict[Phase, int] = {}
    for seed in range(2_000 if long else 200):
        habits = _habits(seed)
        door = Door(seed, habits)
        progress = revoked(door)
        settled[progress.phase] = settled.get(progress.phase, 0) + 1
        last = progress.probes[-1].at
        assert door.any_way_in(last) is None, f"seed {seed}: {habits}"
        assert len(progress.probes) >= 3, f"seed {seed}"
        assert all(probe.used for probe in progress.probes)
        spans = last - progress.probes[0].at
        assert spans >= timedelta(seconds=habits.cache_age + LAG), f"seed {seed}: {habits}"
        held, why = holding(habits.cache_age), Reason.KEY_COMPROMISE
        told = certify("r", "dev", held, progress, reason=why, by="ada", ref="INC-7")
        assert told.window_ms == (habits.cache_age + LAG) * 1000
    assert settled[Phase.PROVEN] > 0.9 * sum(settled.values()), settled


def _seconds(progress: Progress) -> tuple[float, float]:
    """From the request to the first refusal of the proof, and to its last."""
    first, last = progress.probes[0].at, progress.probes[-1].at
    return (first - START).total_seconds(), (last - START).total_seconds()


@pytest.mark.parametrize("cache_age", [2, 300, 3600])
def test_a_purge_that_works_costs_no_second_window(cache_age: int) -> None:
    """It comes too early the first time: whoever is asked still says yes, and that is remembered.
    It is repeated until it lasts."""
    door = Door(7, Habits(cache_age, backend_ends=1.5, purge="works", consumers=0.3))

    progress = revoked(door)

    first, last = _seconds(progress)
    assert first < 1.5 + LAG + 1.5
    assert last - first < cache_age + LAG + 1
    assert door.seen.count("purge") > 1
    assert [step.name for step in progress.done] == ["purge"]
    assert progress.phase is Phase.PROVEN


def test_a_purge_that_lies_lasts_as_long_as_its_memory() -> None:
    progress = revoked(Door(7, Habits(300, backend_ends=0.2, purge="lies", consumers=1)))

    first, last = _seconds(progress)
    assert 300 < first < 320
    assert last - first >= 301
    assert progress.last_accepted is not None
    assert progress.phase is Phase.PROVEN


def test_what_it_refuses_because_it_cannot_ask_proves_nothing() -> None:
    """Whoever it asks is sealed for a quarter of an hour; then it says yes again for a moment."""
    habits = Habits(5, backend_ends=900, purge="works", fails_closed=True)
    progress = revoked(Door(3, habits))

    assert _seconds(progress)[0] >= 900
    assert progress.phase is Phase.PROVEN


def test_what_was_never_let_in_there_is_weak_and_comes_to_an_end() -> None:
    door = Door(5, Habits(2, backend_ends=-3, purge="works"))
    progress = revoked(door)

    assert progress.phase is Phase.WEAK
    assert not progress.seen_alive
    told = certify(
        "r", "dev", holding(2), progress, reason=Reason.SUPERSEDED, by="ada", ref="INC-7"
    )
    assert told.why_weak is not None
    assert "never seen accepted there" in told.why_weak


def test_without_its_secret_nobody_can_ask_and_that_is_weak_too() -> None:
    progress = revoked(Door(5, Habits(2, backend_ends=0.2, purge="works", secret_gone=True)))

    assert progress.phase is Phase.WEAK
    assert not progress.probes[-1].used
    told = certify(
        "r", "dev", holding(2), progress, reason=Reason.SUPERSEDED, by="ada", ref="INC-7"
    )
    assert told.why_weak == (
        "its secret was not to be had, so nobody could use it: nothing lists it either"
    )


def test_a_look_that_does_not_tell_at_first_does_not_make_the_proof_weak() -> None:
    """It was not accepted before the first step because nobody answered; but it was after it."""

    class Blinking(Door):
        def use(self) -> Verdict:
            self.seen.append("use")
            return Verdict.UNCLEAR if self.seen == ["use"] else super().use()

    progress = revoked(Blinking(5, Habits(2, backend_ends=0.2, purge="lies")))

    assert progress.seen_alive
    assert progress.phase is Phase.PROVEN
