"""A world in which keys die badly: seeded, with a clock of its own, and it knows the truth.

Production's course is driven through it; only the systems and the clock are made up. Whether a
version is dead is asked of the world, never of what the course believes.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from keylife.orphan import Clients
from keylife.revocation.course import Course, SystemSilentError
from keylife.revocation.progress import Progress
from keylife.systems.system import Answer, Holding, Material, Resource, Step, Surroundings, Verdict

STEPS = ("deny", "deactivate", "delete")
START = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


class KilledError(BaseException):
    """The process ends here; nobody may catch it but who started it."""


@dataclass(frozen=True)
class Weather:
    """How bad a world is; probabilities are for each call."""

    fails: float = 0.0
    """A call is not carried out."""

    loses_answer: float = 0.0
    """A call is carried out, and its answer lost."""

    unclear: float = 0.0
    """A look is answered with something that does not tell."""

    kills: float = 0.0
    """The process is killed before or after a call, or before something is saved."""

    undoes: float = 0.0
    """After a step somebody undoes everything that was done so far."""

    lags: bool = False
    """What was done shows at each of the system's replicas some time within its window."""

    secret_gone: bool = False
    """The version's secret is not to be had."""

    mute: Verdict | None = None
    """What the system answers to every look, for good."""

    unlisted: bool = False
    """The system has no listing that tells."""

    calm_after: timedelta = timedelta(minutes=20)
    """From then on nothing bad happens any more: what was begun has to end."""


@dataclass
class World:
    """One version in one system."""

    seed: int
    weather: Weather
    window: float = 10.0
    now: datetime = START
    calls: list[str] = field(default_factory=list)
    weak: str = ""

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)
        self._undone: set[str] = set(STEPS)
        self._dead_since: list[datetime] | None = None
        self._undoings = 3

    def roll(self, chance: float) -> bool:
        """Whether something of that probability happens now."""
        return self._dice.random() < chance and self.now - START < self.weather.calm_after

    def chance(self) -> float:
        """For the wait after a failure."""
        return self._dice.random()

    def clock(self) -> datetime:
        """Time goes on whenever somebody looks at it."""
        self.now += timedelta(milliseconds=self._dice.randint(1, 40))
        return self.now

    def alive(self) -> bool:
        """The truth: whether any replica accepts the version now."""
        return self._dead_since is None or any(self.now < since for since in self._dead_since)

    def carry_out(self, step: str) -> None:
        """A step takes effect; only all of them together are a version's death."""
        self._undone.discard(step)
        if not self._undone and self._dead_since is None:
            lag = self.window if self.weather.lags else 0.0
            self._dead_since = [
                self.now + timedelta(seconds=self._dice.uniform(0, lag)) for _ in range(3)
            ]
        if self._undoings and self.roll(self.weather.undoes):
            self._undoings -= 1
            self._undone = set(STEPS)
            self._dead_since = None

    def ask(self) -> bool:
        """Use the version at some replica: whether it is accepted."""
        if self._dead_since is None:
            return True
        return self.now < self._dice.choice(self._dead_since)

    def may_be_killed(self) -> None:
        """Here the process can end."""
        if self.roll(self.weather.kills):
            raise KilledError

    @property
    def trace(self) -> str:
        """What happened, as a hash: the same seed has the same."""
        return hashlib.sha256("\n".join(self.calls).encode()).hexdigest()


class Hands:
    """Reaches into the world, with its weather."""

    def __init__(self, world: World) -> None:
        self._world = world

    def act(self, step: Step, holding: Holding) -> str:
        """Do a step, or fail to."""
        world = self._world
        world.may_be_killed()
        if world.roll(world.weather.fails):
            world.calls.append(f"{step.name} failed")
            raise SystemSilentError("503")
        world.carry_out(step.name)
        world.calls.append(step.name)
        world.may_be_killed()
        if world.roll(world.weather.loses_answer):
            raise SystemSilentError("timed out")
        return "done"

    def use(self, holding: Holding) -> Answer | None:
        """Use the version, where its secret is to be had."""
        return None if self._world.weather.secret_gone else self._look("use")

    def look(self, holding: Holding) -> Answer:
        """Look for the version."""
        return self._look("look")

    def _look(self, how: str) -> Answer:
        world = self._world
        world.may_be_killed()
        if world.weather.mute is not None:
            verdict = world.weather.mute
        elif world.roll(world.weather.unclear) or (how == "look" and world.weather.unlisted):
            verdict = Verdict.UNCLEAR
        else:
            verdict = Verdict.ACCEPTED if world.ask() else Verdict.REFUSED
        world.calls.append(f"{how} {verdict}")
        return Answer(verdict, verdict.value, request_id=str(len(world.calls)))


def _by_the_hands(holding: Holding, clients: Clients) -> str:
    raise AssertionError


class MadeUp:
    """A system of three steps."""

    name: ClassVar[str] = "made-up"
    types: ClassVar[frozenset[str]] = frozenset()
    issues: ClassVar[bool] = True

    steps: ClassVar[Sequence[Step]] = tuple(Step(name, _by_the_hands) for name in STEPS)

    def holdings(self, resource: Resource, around: Surroundings) -> Iterator[Holding]:
        """Nobody asks."""
        raise AssertionError

    def material(self, resource: Resource) -> Material:
        """Nobody asks."""
        raise AssertionError

    def mark(self, resource: Resource) -> Material:
        """Nobody asks."""
        raise AssertionError

    def use(self, holding: Holding, material: Material, clients: Clients) -> Answer:
        """The hands do that."""
        raise AssertionError

    def look(self, holding: Holding, clients: Clients) -> Answer:
        """The hands do that."""
        raise AssertionError


@dataclass(frozen=True)
class Told:
    """A run of one revocation to its end."""

    progress: Progress
    world: World
    kills: int
    saved: tuple[Progress, ...]


def live_through(world: World, *, days: int = 2) -> Told:
    """Drive the course in the world until it is settled, through every kill.

    Raises:
        AssertionError: it was not settled in so many days.
    """
    holding = Holding(
        system="made-up",
        key="billing",
        version=1,
        place="made-up/1",
        facts={},
        urn="",
        provider="",
        window=world.window,
        weak=world.weak,
    )
    course = Course(holding, MadeUp(), Hands(world), world.clock)
    saved = [Progress(asked=START, due=START)]
    kills = 0
    while not saved[-1].settled:
        assert world.now - START < timedelta(days=days), saved[-1]
        world.now = max(world.now, saved[-1].due)
        try:
            for progress in course.advance(saved[-1], world.chance()):
                world.may_be_killed()  # before it is saved
                saved.append(progress)
        except KilledError:
            kills += 1
            world.now += timedelta(seconds=5)
    return Told(saved[-1], world, kills, tuple(saved))
