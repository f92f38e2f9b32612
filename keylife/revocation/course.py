"""The course of a revocation in one system: do its steps, see it refuse, see it stay so.

This is all that decides. It reads no clock, sleeps nowhere, and knows no database: whoever drives
it saves every progress that it yields before asking for the next, and calls it again when the
last one is due. Killed anywhere, it goes on from what was saved, and does at worst one step again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from keylife.errors import KeylifeError
from keylife.revocation.backoff import wait_after
from keylife.revocation.progress import Phase, Probe, Progress, StepDone
from keylife.revocation.proof import AT_LEAST, is_complete, next_after
from keylife.systems.system import (
    Answer,
    Holding,
    Step,
    System,
    Verdict,
    is_only_listed,
    steps_for,
)

_TO_HEAR = timedelta(seconds=10)
"""What the places that a gateway asks have for refusing, before it is said that its accepting is
no memory of theirs."""

_SOON = timedelta(milliseconds=250)
"""Until the next look at a version that its system may still accept for a while."""


class SystemSilentError(KeylifeError):
    """A system did not do what it was asked, or nobody knows whether it did."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return self.why


class Hands(Protocol):
    """What a course can do to a system."""

    def act(self, step: Step, holding: Holding) -> str:
        """Do a step; what was done or found done.

        Raises:
            SystemSilentError: it failed, or its answer was lost.
        """
        ...

    def use(self, holding: Holding) -> Answer | None:
        """Use the version as its consumer does; None if its secret is not to be had.

        No answer is an answer: `Verdict.UNCLEAR`.
        """
        ...

    def look(self, holding: Holding) -> Answer:
        """Look whether the system lists the version; no answer is `Verdict.UNCLEAR`."""
        ...


@dataclass(frozen=True)
class Course:
    """The revocation of one version in one system.

    Args:
        holding: what is to die.
        system: where.
        hands: what reaches it.
        clock: what time it is, asked after every answer.
    """

    holding: Holding
    system: System
    hands: Hands
    clock: Callable[[], datetime]

    def advance(self, progress: Progress, chance: float) -> Iterator[Progress]:
        """Take it one attempt further: every step that is left, then one look.

        Yields:
            What is known after each thing that was done; the last one says when to call again,
            unless it is settled.

        Args:
            progress: what was saved last.
            chance: from [0, 1), for the wait after a failure.
        """
        if progress.settled:
            return
        progress = _with(progress, attempts=progress.attempts + 1)
        if progress.attempts == 1:
            yield (progress := self._seen_before(progress))
        for step in steps_for(self.system, self.holding)[len(progress.done) :]:
            try:
                found = self.hands.act(step, self.holding)
            except SystemSilentError as error:
                yield hindered(progress, f"{step.name}: {error}", self.clock(), chance)
                return
            done = StepDone(name=step.name, at=self.clock(), found=found)
            yield (progress := _with(progress, done=(*progress.done, done)))
        yield self._looked(progress, chance)

    @property
    def _window(self) -> timedelta:
        return timedelta(seconds=self.holding.window)

    @property
    def _proof_takes(self) -> timedelta:
        """What is only listed is not waited for: it was ended by its id, whatever the listing said.
        A place that is looked into first may say for a while that there is nothing to end."""
        return timedelta(0) if is_only_listed(self.system) else self._window

    def _seen_before(self, progress: Progress) -> Progress:
        """What is accepted now and refused later was the right secret, put to the right place."""
        answer = self.hands.use(self.holding)
        if answer is None or answer.verdict is not Verdict.ACCEPTED:
            return progress
        return _with(progress, seen_alive=True, last_accepted=self.clock())

    def _looked(self, progress: Progress, chance: float) -> Progress:
        used = self.hands.use(self.holding)
        answer = self.hands.look(self.holding) if used is None else used
        probe = Probe(
            at=self.clock(),
            verdict=answer.verdict,
            said=answer.said,
            request_id=answer.request_id,
            used=used is not None,
        )
        if answer.verdict is not Verdict.REFUSED:
            return self._not_refused(progress, probe, chance)
        # a proof is of one kind: refusals in use, and only where there are none, of listings
        before = (earlier for earlier in progress.probes if earlier.used == probe.used)
        refusals = (*before, probe)
        progress = _with(
            progress,
            probes=refusals,
            first_refused=refusals[0].at,
            failures=0,
            waits_for=None,
            waiting_since=None,
            due=probe.at + next_after(refusals, self._proof_takes),
        )
        if not is_complete(refusals, self._proof_takes):
            return progress
        if not probe.used:
            return _with(progress, phase=Phase.WEAK)
        return self._corroborated(progress, chance)

    def _corroborated(self, progress: Progress, chance: float) -> Progress:
        """A proof stands if the system's listing has the version gone, or cannot tell.

        What was never accepted with this secret may have been refused for the secret's own
        fault: of that the listing decides.
        """
        if self.holding.second_hand:  # it lists nothing: all there is to know is known
            proven = progress.seen_alive and not self.holding.weak
            return _with(progress, phase=Phase.PROVEN if proven else Phase.WEAK)
        listing = self.hands.look(self.holding)
        told = listing.verdict is Verdict.REFUSED
        never_tells = listing.verdict is Verdict.UNCLEAR and progress.unlisted + 1 >= AT_LEAST
        if told or (never_tells and progress.seen_alive):
            phase = Phase.WEAK if self.holding.weak else Phase.PROVEN
            return _with(progress, phase=phase, corroborated=told)
        if listing.verdict is Verdict.UNCLEAR and progress.seen_alive:
            return _waiting(
                _with(progress, unlisted=progress.unlisted + 1),
                f"refused in use; its listing does not tell yet: {listing.said}",
                self.clock(),
                progress.due,
            )
        if listing.verdict is Verdict.UNCLEAR:
            why = f"refused, but never seen accepted, and its listing does not tell: {listing.said}"
        else:
            why = f"refused in use, but still listed as {listing.verdict}: {listing.said}"
            progress = _with(progress, done=())
        return hindered(_anew(progress), why, self.clock(), chance)

    def _not_refused(self, progress: Progress, probe: Probe, chance: float) -> Progress:
        progress = _anew(progress)
        untold = self.holding.second_hand and not probe.used
        if (self.holding.weak or untold) and self._will_not_tell(progress, probe):
            return _with(progress, phase=Phase.WEAK, probes=(probe,), waits_for=None)
        if probe.verdict is Verdict.UNCLEAR:
            return hindered(progress, f"no telling answer: {probe.said}", probe.at, chance)
        if probe.used and probe.verdict is Verdict.ACCEPTED:
            progress = _with(progress, last_accepted=probe.at, seen_alive=True)
        how = {
            Verdict.ACCEPTED: "still accepted" if probe.used else "still listed",
            Verdict.POWERLESS: "powerless, which is not dead",
        }[probe.verdict]
        left = self._left(progress, probe)
        if left > timedelta(0):
            why = f"{how}, as it may be for {left.total_seconds():.0f} s more: {probe.said}"
            pause = left / 20
            if any(step.again for step in self.system.steps):
                progress = _with(progress, done=self._lasting(progress))
                pause = min(pause, (probe.at - progress.asked) / 4)
            return _waiting(progress, why, probe.at, probe.at + max(pause, _SOON))
        # Nothing that was done holds: somebody undid it, or the system said so and did not do it.
        progress = _with(progress, done=())
        return hindered(progress, f"{how} after every step: {probe.said}", probe.at, chance)

    def _will_not_tell(self, progress: Progress, probe: Probe) -> bool:
        """Whether nothing more will be learned of what can only be weak, such as a copy in a system
        that keylife cannot ask, or a value that its system keeps behind a newer one."""
        if probe.verdict is Verdict.POWERLESS:
            return self._left(progress, probe) <= timedelta(0)
        tries = AT_LEAST if self.system.steps else 1
        return probe.verdict is Verdict.UNCLEAR and progress.failures + 1 >= tries

    def _left(self, progress: Progress, probe: Probe) -> timedelta:
        """For how long it may still be accepted, by its system's window."""
        if self.holding.second_hand:
            since = (progress.waiting_since or probe.at) + _TO_HEAR
        else:
            since = progress.done[-1].at if progress.done else progress.asked
        return since + self._window - probe.at

    def _lasting(self, progress: Progress) -> tuple[StepDone, ...]:
        """What was done and need not be done again while the version is accepted."""
        again = {step.name for step in self.system.steps if step.again}
        return tuple(done for done in progress.done if done.name not in again)


def _anew(progress: Progress) -> Progress:
    return _with(progress, probes=(), first_refused=None, unlisted=0)


def hindered(progress: Progress, why: str, at: datetime, chance: float) -> Progress:
    """The progress after an attempt that came to nothing, and when the next one is due."""
    failures = progress.failures + 1
    progress = _with(progress, failures=failures)
    return _waiting(progress, why, at, at + wait_after(failures, chance))


def _waiting(progress: Progress, why: str, at: datetime, due: datetime) -> Progress:
    since = progress.waiting_since or at
    return _with(progress, waits_for=why, waiting_since=since, due=due)


def _with(progress: Progress, **changes: object) -> Progress:
    return Progress.model_validate({**dict(progress), **changes})
