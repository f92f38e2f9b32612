"""Random lives of keys: commits, late and repeated runs, clocks that are off, runs that fail.

At every step the planner is held against oracle and judge; the world is watched at its issuer
by the witness, who says what is promised and when (``witness.py``).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from hypothesis import event, given
from hypothesis import strategies as st

from keylife.model.registry import Declarations
from tests.planning.edits import edited
from tests.planning.held import held_plan
from tests.planning.strategies import (
    BASE,
    SECOND,
    TRAITS,
    Commit,
    declare,
    histories,
    keys,
    many,
    some,
)
from tests.planning.witness import Witness
from tests.planning.world import Outcome, Run, World

starts = st.builds(
    declare,
    keys("a", revoked=st.none(), fitting=True),
    keys("b", revoked=st.sampled_from([None]), fitting=True),
) | st.builds(declare, keys("a", revoked=st.none(), fitting=True))


class Life:
    """A stack from its first commit on."""

    def __init__(self, start: Declarations, *, destroyed_counted_early: bool = False) -> None:
        self.declared = start
        self.good = start
        """What the last run that was not refused deployed: where a revert leads back to."""
        world = World(TRAITS, destroyed_counted_early=destroyed_counted_early)
        self.witness = Witness(world, BASE)
        self.outcomes = Counter[Outcome]()

    @property
    def world(self) -> World:
        return self.witness.world

    def live(self, commit: Commit) -> Outcome:
        """Time passes, people commit, the pipeline runs once."""
        self.witness.advance(self.witness.real + commit.gap * SECOND)
        at = self.witness.real + commit.skew * SECOND
        for edit in commit.edits:
            self.declared = edited(self.declared, edit, at)
        adoptions = Counter(self.witness.adoptions)
        run = Run(stop_before=commit.stop_before, killed=commit.killed, order=commit.order)
        outcome = self._run(at, run)
        if outcome is Outcome.REFUSED and commit.reverted_if_refused:
            self.declared = self.good
        if outcome is not Outcome.REFUSED:
            self.good = self.declared
        if outcome is Outcome.COMPLETED:
            self._run_again(at, adopted=adoptions != self.witness.adoptions)
        if self.world.ledger.pending:
            assert self._run(at, Run()) is Outcome.REFUSED
            self.world.recover()
        return outcome

    def _run(self, at: datetime, run: Run) -> Outcome:
        outcome = self.witness.deploy(held_plan, self.declared, at, run)
        self.outcomes[outcome] += 1
        assert self.witness.broken == []
        return outcome

    def _run_again(self, at: datetime, *, adopted: bool) -> None:
        """A second deploy at the same instant changes nothing, unless the first brought in what
        has to end: then it is the third."""
        if adopted:
            assert self._run(at, Run()) is Outcome.COMPLETED
        before = self.world.snapshot()
        assert self._run(at, Run()) is Outcome.COMPLETED
        assert self.world.snapshot() == before


@many
@given(starts, histories, st.booleans())
def test_every_promise_is_kept_through_any_history(
    start: Declarations, history: list[Commit], destroyed_counted_early: bool
) -> None:
    life = Life(start, destroyed_counted_early=destroyed_counted_early)
    for commit in history:
        life.live(commit)
    for outcome in life.outcomes:
        event(outcome.value)


@some
@given(starts, histories)
def test_a_history_lived_twice_is_the_same(start: Declarations, history: list[Commit]) -> None:
    lives = (Life(start), Life(start))
    for commit in history:
        assert len({life.live(commit) for life in lives}) == 1

    assert lives[0].world.snapshot() == lives[1].world.snapshot()


@some
@given(starts, histories)
def test_a_run_that_failed_converges_when_run_again(
    start: Declarations, history: list[Commit]
) -> None:
    """However the past went, one run that goes through leaves nothing to do."""
    life = Life(start)
    for commit in history:
        life.live(commit)
    life.declared = life.good
    at = life.witness.real

    adoptions = Counter(life.witness.adoptions)
    assert life._run(at, Run()) is Outcome.COMPLETED
    if adoptions != life.witness.adoptions:
        assert life._run(at, Run()) is Outcome.COMPLETED  # it brought in what has to end

    settled = life.world.snapshot()
    assert life._run(at, Run()) is Outcome.COMPLETED
    assert life.world.snapshot() == settled
