"""P3: each call of a revocation broken in each way, through a real HTTP proxy.

A cell is a call, a fault, and how often it strikes. In each a version that lives in the sandbox's
AWS or Vault is revoked by production's course, hands and systems; only time is made up. What is
said of its death is held against the system itself, asked past the proxy.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from urllib.parse import urlsplit

import hvac
import pytest
from urllib3 import HTTPConnectionPool, Timeout

from keylife.orphan import Clients
from keylife.revocation.course import Course
from keylife.revocation.hands import SystemHands
from keylife.revocation.progress import Phase, Progress
from keylife.sandbox.lifecycle import Sandbox
from keylife.systems.table import SYSTEMS
from tests.revocation.called import CALLS
from tests.revocation.faulty_way import PATIENCE, Fault, Faulty, faulty
from tests.revocation.victims import VICTIMS, Victim
from tests.systems.conftest import connected

START = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
FOR_A_WHILE = timedelta(minutes=10)
TIMES = ("first", "second", "for a while")
EVERY = 211
"""In `make test` one of so many cells; a prime, so that calls, faults and times all have a turn."""

Cell = tuple[str, str, Fault, str]

CELLS: list[Cell] = [
    (victim, call, fault, times)
    for victim, calls in CALLS.items()
    for call, fault, times in product(calls, Fault, TIMES)
]

FAILED_ONCE: list[Cell] = [
    ("value behind", "secretsmanager DescribeSecret", Fault.ABSENT, "for a while"),
]


@dataclass
class Ground:
    """Where versions are made and asked for, and the way on which they are revoked."""

    straight: Clients
    broken: Clients
    way: Faulty


@pytest.fixture(scope="module")
def ground(sandbox: Sandbox) -> Iterator[Ground]:
    """The operator on a straight way and on one that breaks."""
    there = sandbox.environment()
    way = Faulty(frozenset({there["AWS_ACCESS_KEY_ID"], there["VAULT_TOKEN"]}))
    with (
        faulty(there["AWS_ENDPOINT_URL"], way) as aws,
        faulty(there["VAULT_ADDR"], way) as vault,
        pytest.MonkeyPatch.context() as patched,
    ):
        of_its_own = HTTPConnectionPool.urlopen

        def impatient(self: HTTPConnectionPool, *arguments: Any, **given: Any) -> Any:
            # on the broken way only: what is so is asked for as long as it takes
            if self.port == urlsplit(aws).port:
                given["timeout"] = Timeout(PATIENCE)
            return of_its_own(self, *arguments, **given)

        patched.setattr(HTTPConnectionPool, "urlopen", impatient)
        straight = connected(sandbox)
        broken = connected(sandbox, AWS_ENDPOINT_URL=aws, VAULT_ADDR=vault)
        vars(broken)["vault"] = hvac.Client(vault, there["VAULT_TOKEN"], timeout=PATIENCE)
        yield Ground(straight, broken, way)


@dataclass
class Run:
    """One revocation, from its request to its end."""

    victim: Victim
    ground: Ground
    heals: timedelta = timedelta(0)
    now: datetime = START
    saved: list[Progress] = field(default_factory=lambda: [Progress(asked=START, due=START)])

    def clock(self) -> datetime:
        """Made up; what happens in the systems takes no time."""
        self.now += timedelta(milliseconds=5)
        return self.now

    def to_the_end(self) -> Progress:
        """Drive it until it is settled."""
        held, material = self.victim.holding, self.victim.material
        system = SYSTEMS[held.system]
        hands = SystemHands(system, lambda _: self.ground.broken, lambda _: material)
        course = Course(held, system, hands, self.clock)
        while not self.saved[-1].settled:
            assert len(self.saved) < 4_000, f"it never ends: {self.saved[-1].waits_for}"
            self.now = max(self.now, self.saved[-1].due)
            if self.now - START >= self.heals:
                self.ground.way.heal()
            for progress in course.advance(self.saved[-1], 0.5):
                self.saved.append(progress)
                self._is_true(progress)
            last = self.saved[-1]
            assert last.settled or last.waits_for or last.first_refused, "pending for no reason"
        return self.saved[-1]

    def _is_true(self, progress: Progress) -> None:
        if progress.settled:
            assert not self.victim.lives(), "called dead while its system accepts it"
        told = progress.model_dump_json()
        for secret in (*self.victim.material.values(), *self.victim.secrets, *_operators(self)):
            if len(secret) > 8 and secret not in self.victim.holding.facts.values():
                assert secret not in told, "a secret is told"


def _operators(run: Run) -> frozenset[str]:
    return frozenset(run.ground.way.operators)


def begun(ground: Ground, victim: str) -> Run:
    """A fresh version, alive, on a way that has no fault yet."""
    made = VICTIMS[victim](ground.straight, f"fm-{secrets.token_hex(5)}")
    assert made.lives() and made.unharmed()
    ground.way.begin(made.names)
    return Run(made, ground)


def ended(run: Run) -> None:
    """It is dead, nothing else is, and it is said so."""
    assert run.saved[-1].phase is (Phase.WEAK if run.victim.holding.weak else Phase.PROVEN)
    assert not run.victim.lives()
    assert run.victim.unharmed()


@pytest.mark.parametrize("victim", VICTIMS)
def test_every_call_of_a_revocation_has_its_cells(ground: Ground, victim: str) -> None:
    """A call that is new is not broken by any cell: it has to be put on the list."""
    run = begun(ground, victim)
    run.to_the_end()
    ended(run)
    assert tuple(dict.fromkeys(ground.way.calls)) == CALLS[victim]


def test_every_system_that_is_asked_anything_has_a_victim(ground: Ground) -> None:
    revoked = {begun(ground, victim).victim.holding.system for victim in VICTIMS}
    asked = {name for name, system in SYSTEMS.built_in.items() if system.steps}
    assert revoked == asked - {"gateway"}, "a gateway's faults are in test_gateway.py"


def through(ground: Ground, cell: Cell) -> None:
    """Revoke a version with one call broken, and hold what is said against what is so."""
    victim, call, fault, times = cell
    run = begun(ground, victim)
    believed = timedelta(seconds=run.victim.holding.window * 0.6)
    first, last = {"first": (1, 1), "second": (2, 2), "for a while": (1, None)}[times]
    run.heals = FOR_A_WHILE
    if fault is Fault.ABSENT and run.victim.by_listing:
        run.heals = believed
    ground.way.order(call, fault, first, last)
    run.to_the_end()
    ended(run)


@pytest.mark.parametrize(("turn", "victim"), list(enumerate(VICTIMS)))
def test_no_fault_at_any_call_makes_a_lie_or_an_end_of_a_revocation(
    ground: Ground, turn: int, victim: str, long: bool
) -> None:
    cells, wrong = [cell for cell in CELLS if cell[0] == victim], []
    begins = turn * 37 % min(EVERY, len(cells))  # not all with the first call and the first fault
    for cell in cells if long else cells[begins::EVERY]:
        try:
            through(ground, cell)
        except Exception as error:
            wrong.append(f"{cell}: {type(error).__name__}: {str(error).splitlines()[0][:200]}")
    assert wrong == []


@pytest.mark.parametrize("cell", FAILED_ONCE, ids=lambda cell: f"{cell[0]}, {cell[1]}, {cell[2]}")
def test_what_failed_once_is_run_each_time(ground: Ground, cell: Cell) -> None:
    through(ground, cell)
