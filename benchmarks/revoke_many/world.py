"""Systems in this process that answer at once and fail now and then; they know the truth."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from keylife.revocation.course import Course, SystemSilentError
from keylife.systems.system import Answer, Holding, Step, System, Verdict
from tests.revocation.world import STEPS, MadeUp

SYSTEMS: Mapping[str, System] = {f"made-up-{number}": MadeUp() for number in range(4)}

NEEDED = 1 + len(STEPS) + 3 + 1
"""Calls to kill and prove one version where nothing fails: a look before, the steps, three
refusals, and the system's own listing."""


@dataclass
class World:
    """What lives, and who called.

    Args:
        faults: the probability that a call fails: half of those that do something did it all the
            same, and only the answer is lost.
        clock: what time it is.
    """

    faults: float
    clock: Callable[[], datetime]
    calls: int = 0
    _done: dict[str, set[str]] = field(default_factory=dict)
    _nth: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def holding(self, number: int) -> Holding:
        """One version that lives."""
        system = f"made-up-{number % len(SYSTEMS)}"
        place = f"{system}/{number}"
        self._done[place] = set()
        return Holding(
            system=system,
            key=f"key-{number}",
            version=1,
            place=place,
            facts={},
            urn="",
            provider="",
            window=1.0,
        )

    def alive(self) -> Iterator[str]:
        """The places of what is not dead."""
        return (place for place, done in self._done.items() if done < {*STEPS})

    def course_of(self, holding: Holding) -> Course:
        """How a version is revoked here."""
        return Course(holding, SYSTEMS[holding.system], _Hands(self), self.clock)

    def called(self, place: str) -> str | None:
        """Count a call; how it fails, if it does: the same at each run, whoever is faster."""
        with self._lock:
            self.calls += 1
            self._nth[place] += 1
            dice = random.Random(f"{place} {self._nth[place]}")
        if dice.random() >= self.faults:
            return None
        return dice.choice(("503", "timed out"))

    def carry_out(self, place: str, step: str) -> None:
        """A step takes effect."""
        self._done[place].add(step)

    def is_dead(self, place: str) -> bool:
        """Whether every step was carried out there."""
        return self._done[place] >= {*STEPS}


@dataclass(frozen=True)
class _Hands:
    world: World

    def act(self, step: Step, holding: Holding) -> str:
        fault = self.world.called(holding.place)
        if fault != "503":
            self.world.carry_out(holding.place, step.name)
        if fault is not None:
            raise SystemSilentError(fault)
        return "done"

    def use(self, holding: Holding) -> Answer:
        return self.look(holding)

    def look(self, holding: Holding) -> Answer:
        fault = self.world.called(holding.place)
        if fault is not None:
            return Answer(Verdict.UNCLEAR, fault)
        dead = self.world.is_dead(holding.place)
        return Answer(Verdict.REFUSED if dead else Verdict.ACCEPTED, "gone" if dead else "stands")
