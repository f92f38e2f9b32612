"""The death certificate: what was done, what was asked, what was answered, and that it is enough.

One for each version in each system. Its bytes are canonical JSON, so that one hash stands for it
in the audit log; signed, it is a note that anybody checks with the log's public key.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from keylife.audit.canonical import canonical
from keylife.model.base import Model
from keylife.model.revocation import Reason
from keylife.revocation.moment import Moment
from keylife.revocation.progress import Phase, Probe, Progress, StepDone
from keylife.revocation.proof import is_complete
from keylife.systems.system import Holding, Verdict


class Certificate(Model):
    """That one version is dead in one system, and how that is known. No secrets."""

    format: Literal[1] = 1
    revocation: str
    """The revocation's id."""

    key: str
    version: int
    stack: str
    system: str
    place: str
    reason: Annotated[Reason, Field(strict=False)]
    by: str
    ref: str
    evidence: Literal["proven", "weak"]
    """Proven: the version was used, and refused as unknown or inactive, over the whole window."""

    why_weak: str | None = None
    quarantine: Literal[True] | None = None
    """Whether it is kept for its quarantine: refused as inactive, and its issuer can undo that.
    None once it is destroyed, and for copies."""

    asked: Moment
    """When the revoke was asked for."""

    last_accepted: Moment | None = None
    """When the system was last seen to accept it; None if it never was."""

    first_refused: Moment | None = None
    """The first refusal of the proof; None where the system never told."""

    certified: Moment
    """The last probe."""

    window_ms: int
    """For how long the system may go on accepting what it was told to refuse."""

    steps: tuple[StepDone, ...]
    probes: tuple[Probe, ...]
    seen_alive: bool
    """Whether it was accepted before it was refused: so it was the right secret that was used."""

    corroborated: bool
    """Whether the system's own listing had it as gone, too."""

    @model_validator(mode="after")
    def _is_enough(self) -> Self:
        """A certificate that does not hold is none, whoever wrote it."""
        if not self.probes or self.certified != self.probes[-1].at:
            raise ValueError("its instants are not those of its probes")
        if (self.evidence == "weak") is (self.why_weak is None):
            raise ValueError("what is weak says why, and what is proven is not weak")
        if self.last_accepted is not None and self.last_accepted >= self.probes[0].at:
            raise ValueError("it was accepted after it was refused")
        if self.evidence == "weak" and self.first_refused is None:
            if any(p.verdict in (Verdict.ACCEPTED, Verdict.REFUSED) for p in self.probes):
                raise ValueError("its system told, and it says that it did not")
            return self
        if self.first_refused != self.probes[0].at:
            raise ValueError("its instants are not those of its probes")
        if any(probe.verdict is not Verdict.REFUSED for probe in self.probes):
            raise ValueError("a probe was not refused")
        takes = 0 if self.evidence == "weak" else self.window_ms
        if not is_complete(self.probes, timedelta(milliseconds=takes)):
            raise ValueError("there are not enough refusals, or not over the whole window")
        used = all(probe.used for probe in self.probes)
        if self.evidence == "proven" and not (used and (self.seen_alive or self.corroborated)):
            raise ValueError("what nobody used is not proven")
        return self

    @property
    def last_accepted_after_ms(self) -> int | None:
        """Milliseconds from the request to the last moment it was seen accepted; None if never."""
        if self.last_accepted is None:
            return None
        return (self.last_accepted - self.asked) // timedelta(milliseconds=1)

    @property
    def refused_after_ms(self) -> int | None:
        """Milliseconds from the request to the first refusal of the proof: at most so long it
        was accepted after somebody wanted it dead. None where the system never told."""
        if self.first_refused is None:
            return None
        return (self.first_refused - self.asked) // timedelta(milliseconds=1)

    def body(self) -> bytes:
        """Its canonical bytes."""
        return canonical(self.model_dump(mode="json", exclude_none=True))

    @property
    def digest(self) -> str:
        """SHA-256 of its canonical bytes, in hexadecimal: it stands for it in the audit log."""
        return sha256(self.body()).hexdigest()


def certify(
    revocation: str,
    stack: str,
    holding: Holding,
    progress: Progress,
    *,
    reason: Reason,
    by: str,
    ref: str,
) -> Certificate:
    """The certificate of an order that is settled.

    Raises:
        ValueError: it is not settled, or what is known is not enough.
    """
    if not progress.settled or not progress.probes:
        raise ValueError("it is not settled")
    return Certificate(
        revocation=revocation,
        key=holding.key,
        version=holding.version,
        stack=stack,
        system=holding.system,
        place=holding.place,
        reason=reason,
        by=by,
        ref=ref,
        evidence="proven" if progress.phase is Phase.PROVEN else "weak",
        why_weak=None if progress.phase is Phase.PROVEN else why_weak(holding, progress),
        quarantine=True if holding.quarantine else None,
        asked=progress.asked,
        last_accepted=progress.last_accepted,
        first_refused=progress.first_refused,
        certified=progress.probes[-1].at,
        window_ms=round(holding.window * 1000),
        steps=progress.done,
        probes=progress.probes,
        seen_alive=progress.seen_alive,
        corroborated=progress.corroborated,
    )


def why_weak(holding: Holding, progress: Progress) -> str:
    """Why an order that is settled and not proven is weak."""
    if holding.weak:
        return holding.weak
    if progress.probes[-1].used:
        return (
            "it was refused in use, but never seen accepted there before, and nothing lists it: it"
            " may have been refused for another reason"
        )
    told = "nothing lists it either" if holding.second_hand else "this is what a listing says"
    return f"its secret was not to be had, so nobody could use it: {told}"


def read_certificate(body: bytes) -> Certificate:
    """The certificate that these bytes are.

    Raises:
        ValueError: they are none, or one that does not hold.
    """
    found = Certificate.model_validate_json(body)
    if found.body() != body:
        raise ValueError("it is not in canonical form")
    return found
