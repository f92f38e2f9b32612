"""What a stack's state shows and the log does not say: events that a crash left unrecorded.

Both are brought to one form, what stands of each key; where they differ, an event is missing.
Pure: the same state and the same log miss the same events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from keylife.audit.canonical import canonical
from keylife.audit.updates import Update, update_at
from keylife.evidence.event import Event, What
from keylife.evidence.source import Source

_FOUND = "found in the stack's state; whatever did it did not come to record it"
_GONE = "gone from the stack's state; whatever did it did not come to record it"


@dataclass(frozen=True)
class Fact:
    """Something that a state shows, with the resource that shows it."""

    urn: str
    at: datetime | None
    """When that resource was made or changed last, as far as the state says."""


@dataclass
class Standing:
    """What stands of one key."""

    declared: Fact | None = None
    revoked: Fact | None = None
    issued: dict[int, Fact] = field(default_factory=dict)
    adopted: set[int] = field(default_factory=set)
    """Of those that are issued, the ones that existed before keylife."""

    deactivated: dict[int, Fact] = field(default_factory=dict)
    delivered: dict[str, tuple[int | None, Fact]] = field(default_factory=dict)
    """By place, the version that is there."""


@dataclass(frozen=True)
class Recorded:
    """An entry of the log, and its number."""

    sequence: int
    event: Event


@dataclass(frozen=True)
class Missing:
    """An event that is to be recorded, by a name that makes it be recorded once."""

    event: Event
    once: str


def standing_after(entries: Iterable[Recorded]) -> Mapping[str, Standing]:
    """What the log says that stands, by key."""
    found: dict[str, Standing] = {}
    for entry in entries:
        _apply(found.setdefault(entry.event.key, Standing()), entry.event)
    return found


def _apply(standing: Standing, event: Event) -> None:
    fact, number = Fact(event.urn, event.at), event.version or 0
    match event.what:
        case What.DECLARED:
            standing.declared = fact
        case What.REVOKED:
            standing.revoked = fact
        case What.ISSUED | What.ADOPTED:
            standing.issued[number] = fact
            standing.deactivated.pop(number, None)
        case What.DEACTIVATED:
            standing.deactivated[number] = fact
        case What.DESTROYED | What.ORPHAN_DESTROYED:
            standing.issued.pop(number, None)
        case What.DELIVERED if event.place is not None:
            standing.delivered[event.place] = (event.version, fact)
        case What.COPY_DESTROYED if event.place is not None:
            carried = standing.delivered.get(event.place, (None,))[0]
            if event.version is None or carried is None or event.version >= carried:
                standing.delivered.pop(event.place, None)  # else what stood behind the current one


def missing(
    state: Mapping[str, Standing],
    entries: Sequence[Recorded],
    updates: Sequence[Update],
    *,
    stack: str,
    now: datetime,
) -> Iterator[Missing]:
    """The events that lead from what the log says to what the state shows.

    Args:
        state: what stands by the stack's state.
        entries: what the log says of this stack, in its order.
        updates: the stack's updates; whose time it was says whose doing.
        stack: its name, as its events have it.
        now: when this is recorded.
    """
    logged = standing_after(entries)
    last = {entry.event.key: entry.sequence for entry in entries}
    for key in sorted({*state, *logged}):
        is_, said = state.get(key, Standing()), logged.get(key, Standing())
        for what, version, place, fact in _differences(is_, said):
            update = None if fact.at is None else update_at(updates, fact.at)
            event = Event(
                recorded=now,
                at=(fact.at or now).replace(microsecond=0),
                what=what,
                key=key,
                version=version,
                place=place,
                detail=_GONE if what in (What.DESTROYED, What.COPY_DESTROYED) else _FOUND,
                stack=stack,
                urn=fact.urn,
                source=Source() if update is None else update.source,
            )
            number = None if update is None else update.number
            facts = [stack, fact.urn, what, key, version, place, number, last.get(key, 0)]
            yield Missing(event, f"record/{canonical(facts).decode()}")


def _differences(
    state: Standing, said: Standing
) -> Iterator[tuple[What, int | None, str | None, Fact]]:
    if state.declared is not None and said.declared is None:
        yield What.DECLARED, None, None, state.declared
    for number, fact in sorted(state.issued.items()):
        if number not in said.issued:
            yield What.ADOPTED if number in state.adopted else What.ISSUED, number, None, fact
    for place, (carried, fact) in sorted(state.delivered.items()):
        # the mark of what is current comes last: it may be behind what was delivered
        if carried is not None and (said.delivered.get(place, (None,))[0] or 0) < carried:
            yield What.DELIVERED, carried, place, fact
    if state.revoked is not None and said.revoked is None:
        yield What.REVOKED, None, None, state.revoked
    for number, fact in sorted(state.deactivated.items()):
        if number not in said.deactivated:
            yield What.DEACTIVATED, number, None, fact
    for place, (_, fact) in sorted(said.delivered.items()):
        if place not in state.delivered:
            yield What.COPY_DESTROYED, None, place, Fact(fact.urn, None)
    for number, fact in sorted(said.issued.items()):
        if number not in state.issued:
            yield What.DESTROYED, number, None, Fact(fact.urn, None)
