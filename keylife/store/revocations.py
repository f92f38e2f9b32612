"""Accepted revocations, and how far each has come in every system that has to hear of it.

Every function works in the transaction of the connection it is given, so that what belongs
together is written together::

    with database.writing() as connection:
        tombstones.bury(connection, …)
        revocations.accept(connection, revocation, holdings)

What is accepted is never lost, deleted or given up; what is settled is settled once, however many
workers race for it; progress never goes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, Field
from sqlalchemy import ColumnElement, Connection, Row, bindparam, insert, select, update

from keylife.errors import KeylifeError
from keylife.model.base import Model
from keylife.model.json_value import JsonValue
from keylife.model.revocation import Reason
from keylife.store.statements import insert_if_new
from keylife.store.tables import holdings, revocations
from keylife.systems.system import Holding


class Way(StrEnum):
    """How a revocation was asked for."""

    REVIEWED = "reviewed"
    """A tombstone in the declaration, deployed."""

    EMERGENCY = "emergency"
    """At once, past review; the tombstone follows."""

    ROTATION = "rotation"
    """A version that was superseded and is to be destroyed; its key lives on."""


class Settled(StrEnum):
    """How far a revocation is as a whole."""

    OPEN = "open"
    WEAK = "weak"
    """Every system is through, and at least one could only be looked at, not used."""

    PROVEN = "proven"
    """Every system was seen to refuse the version itself."""


class Phase(StrEnum):
    """How far one holding is; in this order, and never back."""

    PENDING = "pending"
    REFUSED = "refused"
    WEAK = "weak"
    PROVEN = "proven"


_RANK = {Phase.PENDING: 0, Phase.REFUSED: 1, Phase.WEAK: 2, Phase.PROVEN: 2}
_TERMINAL = (Phase.WEAK, Phase.PROVEN)


class Revocation(Model):
    """What was asked for."""

    id: str
    """The caller's; asking again with the same id and the same content is asking once."""

    key: str
    stack: str
    """Fully qualified: organization, project, stack."""

    asked: AwareDatetime
    by: str
    reason: Annotated[Reason, Field(strict=False)]
    ref: str
    way: Annotated[Way, Field(strict=False)]


class Standing(Model):
    """One holding of an accepted revocation, and how far it has come."""

    revocation: str
    holding: Holding
    phase: Annotated[Phase, Field(strict=False)] = Phase.PENDING
    attempts: int = 0
    waits_for: str | None = None
    """Why it does not go on, in words."""

    waiting_since: AwareDatetime | None = None
    first_refused: AwareDatetime | None = None
    last_accepted: AwareDatetime | None = None
    due: AwareDatetime | None = None
    """When it is to be taken up again."""

    progress: Mapping[str, JsonValue] = {}
    """The engine's own record, which the store does not look into."""

    saved: int = 0
    """How often it was saved: a save is refused if another came between."""


class Accepted(Model):
    """An accepted revocation as it stands."""

    revocation: Revocation
    settled: Annotated[Settled, Field(strict=False)] = Settled.OPEN
    settled_at: AwareDatetime | None = None
    standings: tuple[Standing, ...] = ()
    """By version and place."""


class OtherContentError(KeylifeError):
    """A revocation of this id was accepted before, with other content."""

    def __init__(self, revocation: str, differs: str) -> None:
        super().__init__(revocation, differs)
        self.revocation = revocation
        self.differs = differs
        self.hint = "another request needs another id; the accepted one goes on as it is"

    def __str__(self) -> str:
        return (
            f"revocation `{self.revocation}` is accepted already, with other content"
            f" ({self.differs})"
        )


class OvertakenError(KeylifeError):
    """Another worker saved a holding's progress since it was read, or had it further already."""

    def __init__(self, revocation: str, place: str) -> None:
        super().__init__(revocation, place)
        self.revocation = revocation
        self.place = place
        self.hint = "read it again, and go on from there"

    def __str__(self) -> str:
        return f"{self.place} of revocation `{self.revocation}` was saved by another meanwhile"


# these are asked for every holding some ten times, and building one takes longer than asking it
_WHICH = (
    holdings.c.revocation == bindparam("of"),
    holdings.c.version == bindparam("number"),
    holdings.c.place == bindparam("at"),
)
_STANDING = select(holdings).where(*_WHICH)
_SAVE = (
    update(holdings)
    .where(
        *_WHICH,
        holdings.c.saved == bindparam("read"),
        holdings.c.phase.in_(bindparam("earlier", expanding=True)),
    )
    .values(
        {
            name: bindparam(name)
            for name in Standing.model_fields
            if name not in ("revocation", "holding")
        }
    )
)
_ASKED_FOR = select(revocations).where(revocations.c.id == bindparam("of"))


def accept(connection: Connection, revocation: Revocation, held: Sequence[Holding]) -> Accepted:
    """Accept a revocation with everything it has to reach, or find it accepted.

    Args:
        connection: in a writing transaction.
        revocation: what is asked for.
        held: every holding of every version concerned; version and place tell them apart.

    Returns:
        It as it stands: with progress, if it was accepted before.

    Raises:
        OtherContentError: its id is accepted with other content. Nothing is written.
        ValueError: two holdings of one version have one place.
    """
    if len({_identity(holding) for holding in held}) != len(held):
        raise ValueError("two holdings of a version have one place")
    row = {
        **revocation.model_dump(exclude={"by"}),
        "asked_by": revocation.by,
        "state": Settled.OPEN,
    }
    if insert_if_new(connection, revocations, row):
        if held:
            connection.execute(insert(holdings), [_row(revocation, each) for each in held])
        return fetch(connection, revocation.id) or Accepted(revocation=revocation)
    known = fetch(connection, revocation.id)
    assert known is not None
    _require_same(known, revocation, held)
    return known


def fetch(connection: Connection, revocation: str) -> Accepted | None:
    """A revocation by its id; None if none was accepted."""
    return next(iter(_accepted(connection, revocations.c.id == revocation)), None)


def asked_for(connection: Connection, revocation: str) -> Revocation | None:
    """What was asked for under this id, without how far it has come; None if nothing was."""
    row = connection.execute(_ASKED_FOR, {"of": revocation}).first()
    return None if row is None else _revocation(row)


def of_key(connection: Connection, key: str) -> list[Accepted]:
    """A key's revocations, the earliest first."""
    return _accepted(connection, revocations.c.key == key)


def unsettled(connection: Connection) -> list[Accepted]:
    """Every revocation that is not settled, the longest waiting first."""
    return _accepted(connection, revocations.c.settled.is_(None))


def left_by_deploys(connection: Connection, stack: str) -> list[Accepted]:
    """What deploys of a stack began to end and is not settled, the longest waiting first."""
    return _accepted(
        connection,
        revocations.c.settled.is_(None)
        & (revocations.c.stack == stack)
        & (revocations.c.way != Way.EMERGENCY),
    )


def standing(connection: Connection, revocation: str, version: int, place: str) -> Standing | None:
    """One holding of a revocation; None if there is no such thing."""
    which = {"of": revocation, "number": version, "at": place}
    found = connection.execute(_STANDING, which).first()
    return None if found is None else _standing(found)


def save(connection: Connection, now: Standing) -> Standing:
    """Save how far a holding has come, if nobody saved it since it was read.

    Args:
        connection: in a writing transaction.
        now: what was read, with what is known since; its ``saved`` as it was read.

    Returns:
        It as it is saved.

    Raises:
        OvertakenError: it was saved since, is settled, or would go back. Nothing is written.
    """
    earlier = [phase for phase in Phase if _RANK[phase] <= _RANK[now.phase] and _goes_on(phase)]
    which = {"of": now.revocation, "number": now.holding.version, "at": now.holding.place}
    read = {"read": now.saved, "earlier": earlier}
    done = connection.execute(_SAVE, {**which, **read, **_progress(now), "saved": now.saved + 1})
    if done.rowcount != 1:
        raise OvertakenError(now.revocation, now.holding.place)
    return now.model_copy(update={"saved": now.saved + 1})


def settle(connection: Connection, revocation: str, at: datetime) -> Settled | None:
    """Settle a revocation whose every holding is: proven if all are, weak if any is only that.

    Args:
        connection: in a writing transaction.
        revocation: its id.
        at: now.

    Returns:
        How it was settled, to the one who settled it; None to everybody else, and while a holding
        is pending.
    """
    # whoever holds the row goes on alone: the others see it settled
    row = connection.execute(
        select(revocations.c.settled).where(revocations.c.id == revocation).with_for_update()
    ).first()
    if row is None or row.settled is not None:
        return None
    asked = select(holdings.c.phase).where(holdings.c.revocation == revocation)
    phases = {Phase(phase) for phase in connection.scalars(asked)}
    if any(_goes_on(phase) for phase in phases):
        return None
    how = Settled.PROVEN if phases <= {Phase.PROVEN} else Settled.WEAK
    connection.execute(
        update(revocations)
        .where(revocations.c.id == revocation, revocations.c.settled.is_(None))
        .values(state=how, settled=at)
    )
    return how


def _goes_on(phase: Phase) -> bool:
    return phase not in _TERMINAL


def _row(revocation: Revocation, holding: Holding) -> dict[str, Any]:
    fresh = Standing(revocation=revocation.id, holding=holding, due=revocation.asked)
    return {
        "revocation": revocation.id,
        "place": holding.place,
        "version": holding.version,
        "system": holding.system,
        "holding": holding.model_dump(mode="json"),
        "saved": 0,
        **_progress(fresh),
    }


def _progress(standing: Standing) -> dict[str, Any]:
    return standing.model_dump(exclude={"revocation", "holding", "saved"})


def _identity(holding: Holding) -> tuple[int, str]:
    return holding.version, holding.place


def _accepted(connection: Connection, which: ColumnElement[bool]) -> list[Accepted]:
    asked = (
        select(holdings)
        .where(holdings.c.revocation.in_(select(revocations.c.id).where(which)))
        .order_by("revocation", "version", "place")
    )
    by_revocation: dict[str, list[Standing]] = {}
    for found in connection.execute(asked):
        by_revocation.setdefault(found.revocation, []).append(_standing(found))
    return [
        Accepted(
            revocation=_revocation(row),
            settled=row.state,
            settled_at=row.settled,
            standings=tuple(by_revocation.get(row.id, ())),
        )
        for row in connection.execute(select(revocations).where(which).order_by("asked", "id"))
    ]


def _revocation(row: Row[Any]) -> Revocation:
    return Revocation(
        id=row.id,
        key=row.key,
        stack=row.stack,
        asked=row.asked,
        by=row.asked_by,
        reason=row.reason,
        ref=row.ref,
        way=row.way,
    )


def _standing(row: Row[Any]) -> Standing:
    names = set(Standing.model_fields) - {"holding"}
    return Standing(
        holding=Holding.model_validate(row.holding),
        **{name: getattr(row, name) for name in names},
    )


def _require_same(known: Accepted, asked: Revocation, held: Sequence[Holding]) -> None:
    before = {_identity(s.holding): s.holding for s in known.standings}
    now = {_identity(holding): holding for holding in held}
    differs = [
        name
        for name in Revocation.model_fields
        if getattr(known.revocation, name) != getattr(asked, name)
    ]
    if before != now:
        differs.append("what it has to reach")
    if differs:
        raise OtherContentError(asked.id, ", ".join(differs))
