"""Where `pulumi up` records what it does: in the audit log, or in what is left of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from keylife.audit.entry import write_event
from keylife.audit.errors import AuditUnwritableError, ReserveError
from keylife.audit.log import Log
from keylife.audit.reserve import Record, Reserve
from keylife.evidence.event import Event, What
from keylife.evidence.log import EventSink

_FIRST = frozenset({What.ISSUING, What.ADOPTED})


@dataclass(frozen=True)
class AuditSink:
    """Records a deploy's events in the log; adds what only the plan knows, and the update.

    Args:
        log: the log.
        update: the number that the running update will have in the stack's history; asked for
            when there is something to record.
        new: keys that the stack did not have before.
        rotations: why a version was issued, by key and number, where it follows another.
    """

    log: Log
    update: Callable[[], int | None]
    new: Collection[str]
    rotations: Mapping[tuple[str, int], str]

    def append(self, event: Event) -> None:
        """Record an event, and in the same step that the key is new, or has a newer version.

        Raises:
            EventLogError: it could not be recorded; of a kill: not in the reserve either.
        """
        source = event.source.model_copy(update={"update": self.update()})
        event = event.model_copy(update={"source": source})
        together = [event]
        if event.what in _FIRST and event.version == 1 and event.key in self.new:
            facts = {"what": What.DECLARED, "version": None}
            together.insert(0, event.model_copy(update=facts))
        why = self.rotations.get((event.key, event.version or 0))
        if event.what is What.ISSUED and why is not None:
            together.append(event.model_copy(update={"what": What.ROTATED, "detail": why}))
        self.log.append_all([(one, None) for one in together])


@dataclass(frozen=True)
class WithoutLog:
    """Records a deploy's events while its store cannot be used: all of them in the local file,
    and kills in the reserve, from where they come into the log."""

    local: EventSink
    reserve: Reserve

    def append(self, event: Event) -> None:
        """Record an event.

        Raises:
            EventLogError: it could not be recorded; of a kill: in neither of the two.
        """
        if not event.what.is_kill:
            self.local.append(event)
            return
        try:
            self.reserve.prepare()
            self.reserve.add([Record(write_event(event))])
        except ReserveError as error:
            raise AuditUnwritableError("its store cannot be used", str(error)) from None
        self.local.append(event)
