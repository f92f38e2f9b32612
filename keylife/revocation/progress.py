"""How far the revocation of one version in one system has come: facts, no secrets."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from keylife.model.base import Model
from keylife.revocation.moment import Moment
from keylife.systems.system import Verdict


class Phase(StrEnum):
    """Whether it is settled. What is pending may be refused already: `Progress.first_refused`."""

    PENDING = "pending"
    """Not every step is done, or the system was not seen to refuse for long enough."""

    WEAK = "weak"
    """Every step is done, and nobody could use it to see: a listing says that it is gone, or its
    system cannot tell. The end of the road there, and never called proven."""

    PROVEN = "proven"
    """Using it was refused for as long as the system may have gone on accepting it."""


class Probe(Model):
    """One look at the version in the system."""

    at: Moment
    verdict: Annotated[Verdict, Field(strict=False)]
    said: str
    """The system's own code or words."""

    request_id: str | None = None
    used: bool
    """Whether the version itself was used; else somebody else looked for it."""


class StepDone(Model):
    """One step of the system's, done."""

    name: str
    at: Moment
    found: str
    """What it did or found done, in words."""


class Progress(Model):
    """What is known of the version's death in one system."""

    asked: Moment
    """When the revoke was asked for."""

    phase: Annotated[Phase, Field(strict=False)] = Phase.PENDING
    done: tuple[StepDone, ...] = ()
    """The system's steps, in their order."""

    probes: tuple[Probe, ...] = ()
    """Those that the proof rests on: all refused; whatever else is answered starts it anew. Of what
    is weak and never tells, the last one."""

    unlisted: int = 0
    """How often in a row the listing did not tell, when the refusals were enough."""

    corroborated: bool = False
    """Whether, besides the refusals, the system's own listing had it as gone."""

    seen_alive: bool = False
    """Whether it was accepted before it was refused: so it was the right secret that was used."""

    last_accepted: Moment | None = None
    """The last moment at which the system was seen to accept it."""

    first_refused: Moment | None = None
    """The first refusal of those that the proof rests on."""

    failures: int = 0
    """Attempts in a row that came to nothing; the first success ends the row."""

    attempts: int = 0
    """All attempts so far."""

    waits_for: str | None = None
    """Why it does not go on, in words; None while nothing is in the way."""

    waiting_since: Moment | None = None
    due: Moment
    """When it is to be taken up again; without meaning once it is settled."""

    @property
    def settled(self) -> bool:
        """Whether there is nothing left to do."""
        return self.phase in (Phase.WEAK, Phase.PROVEN)
