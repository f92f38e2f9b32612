"""Writes down what orders did: events as it happens, and a certificate at the end.

Every event has a name of its own, so that telling it twice records it once: whoever takes an
order over tells everything again that it can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from keylife.audit.note import Signing
from keylife.evidence.event import Event, What
from keylife.evidence.source import Source
from keylife.revocation.certificate import Certificate, certify
from keylife.revocation.progress import Progress, StepDone
from keylife.revocation.worker import Order
from keylife.store import certificates
from keylife.store.certificates import Certificate as KeptCertificate
from keylife.store.revocations import Revocation
from keylife.systems.system import Holding, System

_DEACTIVATES = ("deactivate", "disable")


class EventLog(Protocol):
    """Whatever keeps events."""

    def append(self, event: Event, *, once: str | None = None) -> None:
        """Record one event durably, unless one was recorded by that name.

        Raises:
            EventLogError: it could not be recorded.
        """
        ...


@dataclass(frozen=True)
class Registrar:
    """Keeps the records of revocations.

    Args:
        log: where events go.
        signing: signs certificates; None where nothing can keep one, and then none is spoken of.
        source: who and what runs this.
        clock: what time it is.
        systems: by name; they say what their steps mean.
    """

    log: EventLog
    signing: Signing | None
    source: Source
    clock: Callable[[], datetime]
    systems: Mapping[str, System]

    def accepted(self, revocation: Revocation) -> None:
        """A revocation is about to begin: no key is killed without this event.

        Raises:
            EventLogError: it could not be recorded.
        """
        told = f"{revocation.reason}, by {revocation.by}, {revocation.ref} ({revocation.way})"
        event = self._event(What.REVOKED, revocation, detail=told)
        self.log.append(event, once=f"{revocation.id}/accepted")

    def tell(self, revocation: Revocation, order: Order) -> None:
        """Record everything an order did, as far as it is not recorded yet.

        Raises:
            EventLogError: it could not be recorded.
        """
        for name, event in self._events(revocation, order):
            self.log.append(event, once=f"{revocation.id}/{order.id.version}/{name}")

    def certificate(
        self, connection: Connection, revocation: Revocation, order: Order, progress: Progress
    ) -> None:
        """Keep the certificate of an order that is settled by this progress, in the transaction
        that saves it: the first one stays."""
        assert self.signing is not None  # whoever has a store to keep it in has a key
        made = _certified(revocation, order.holding, progress)
        body = made.body()
        kept = KeptCertificate(
            revocation=revocation.id,
            version=order.id.version,
            place=order.id.place,
            body=body,
            signature=self.signing.sign(signed_text(body).encode()),
            key_id=self.signing.verifier.key_id.hex(),
            signed=self.clock(),
        )
        certificates.keep(connection, kept)

    def _events(self, revocation: Revocation, order: Order) -> Iterator[tuple[str, Event]]:
        place, version = order.id.place, order.id.version
        for step in order.progress.done:
            what = self._what(order, step)
            if what is not None:
                yield (
                    f"{place}/{step.name}",
                    self._event(what, revocation, version=version, place=place, detail=step.found),
                )
        if order.progress.settled and self.signing is not None:
            digest = _certified(revocation, order.holding, order.progress)
            detail = digest.evidence if digest.why_weak is None else f"weak: {digest.why_weak}"
            event = self._event(
                What.VERIFIED,
                revocation,
                version=version,
                place=place,
                detail=detail,
                certificate=digest.digest,
            )
            yield f"{place}/verified", event

    def _what(self, order: Order, step: StepDone) -> What | None:
        """What a step means for the key; None for what only belongs to another step."""
        system = self.systems[order.holding.system]
        if order.holding.second_hand:
            return None  # it held nothing of its own
        if order.holding.quarantine:
            return None  # the deploy that brings it there records that itself
        if step.name == system.steps[-1].name and system.issues:
            return What.DESTROYED
        if step.name == system.steps[-1].name and hasattr(system, "read_copy"):
            return What.COPY_DESTROYED
        return What.DEACTIVATED if step.name in _DEACTIVATES else None

    def _event(
        self,
        what: What,
        revocation: Revocation,
        *,
        version: int | None = None,
        place: str | None = None,
        detail: str | None = None,
        certificate: str | None = None,
    ) -> Event:
        now = self.clock().replace(microsecond=0)
        return Event(
            recorded=now,
            at=revocation.asked.replace(microsecond=0),
            what=what,
            key=revocation.key,
            version=version,
            place=place,
            detail=detail,
            revocation=revocation.id,
            certificate=certificate,
            stack=revocation.stack,
            urn="",
            source=self.source.model_copy(update={"asked_by": revocation.by}),
        )


def signed_text(body: bytes) -> str:
    """The text of a certificate's note: its canonical bytes in a line."""
    return f"{body.decode()}\n"


def _certified(revocation: Revocation, holding: Holding, progress: Progress) -> Certificate:
    return certify(
        revocation.id,
        revocation.stack,
        holding,
        progress,
        reason=revocation.reason,
        by=revocation.by,
        ref=revocation.ref,
    )
