"""The verb: from a state with pending operations to one that plain `pulumi up` takes.

In an order that can be cut off anywhere and begun again: the lock is lifted only when its owner
is dead; what a cut-off create left at an issuer is ended while the pending entry still tells of
it; the entry is cleared last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from keylife.errors import PlanRefusedError, Refusal
from keylife.orphan import Finder, Orphan, Pending
from keylife.program.ledger import without_secrets
from keylife.recovery.lock import Lock
from keylife.recovery.stack import StackBusyError

_LOOKS = 4
"""How often the issuers are asked, a few seconds apart: a create that was under way when its
caller died is seen only once it is through, and IAM shows a new key to readers after seconds."""


class StackState(Protocol):
    """What recovery asks of a stack."""

    def export(self) -> dict[str, Any]:
        """The whole state; secrets stay encrypted."""
        ...

    def locks(self, state: Mapping[str, Any]) -> tuple[Lock, ...]:
        """Who holds the stack now."""
        ...

    def unlock(self) -> None:
        """Lift every lock."""
        ...

    def write(self, state: Mapping[str, Any]) -> None:
        """Put a state in the place of the stack's own."""
        ...

    def refresh(self, urns: list[str]) -> None:
        """Read some resources anew from their issuers."""
        ...


@dataclass(frozen=True)
class Surroundings:
    """What recovery needs of the machine it runs on."""

    is_dead: Callable[[Lock], bool | None]
    """Whether a lock's owner has ended; None if that cannot be told from here."""

    find: Callable[[Pending], Iterable[Orphan]]
    """Looks at the issuer for what a cut-off create left."""

    wait: Callable[[], None]
    """Lets a few seconds pass between two looks."""


def recover(
    stack: StackState, finders: Mapping[str, Finder], around: Surroundings
) -> Iterator[str]:
    """Finish or undo what an interrupted run began; yields what was done, a sentence each.

    Raises:
        StackBusyError: the lock's owner is alive, or nobody can tell.
        PlanRefusedError: something is pending that keylife did not make: its owner must look.
    """
    state = stack.export()
    if locks := stack.locks(state):
        for lock in locks:
            _require_dead(lock, around.is_dead(lock))
        stack.unlock()
        for lock in locks:
            yield f"lifted the lock of {lock}, whose process has ended"
        state = stack.export()
    pending = pending_in(state)
    _require_known(pending, finders)
    creating = [entry for entry in pending if entry.operation == "creating"]
    seen = 0
    for look in range(_LOOKS if creating else 0):
        if look:
            around.wait()
        for entry in creating:
            for orphan in around.find(entry):
                orphan.destroy()
                seen += 1
                yield f"deleted an orphan: {orphan.what} (its secret was never received)"
    if creating and not seen:
        yield f"looked {_LOOKS} times for what {len(creating)} cut-off creates left: nothing"
    state["deployment"]["pending_operations"] = []
    stack.write(state)
    for entry in pending:
        yield f"cleared the pending entry: {entry.operation} {entry.name}"
    others = [entry.urn for entry in pending if entry.operation != "creating"]
    if others:
        stack.refresh(others)
        yield f"read {len(others)} resources anew, whose change was cut off"
    if not pending:
        yield "nothing is pending: `pulumi up` can go on"


def pending_in(state: Mapping[str, Any]) -> tuple[Pending, ...]:
    """The pending operations of a state export."""
    deployment = state["deployment"]
    known: dict[str, set[str]] = {}
    for resource in deployment.get("resources") or ():
        names = known.setdefault(resource["type"], set())
        names.add(str(resource.get("id", "")))
    return tuple(
        Pending(
            operation=entry["type"],
            urn=entry["resource"]["urn"],
            type=entry["resource"]["type"],
            name=entry["resource"]["urn"].rpartition("::")[2],
            inputs=without_secrets(entry["resource"].get("inputs") or {}),
            known=frozenset(known.get(entry["resource"]["type"], set())),
        )
        for entry in deployment.get("pending_operations") or ()
    )


def _require_dead(lock: Lock, dead: bool | None) -> None:
    if dead is None:
        raise StackBusyError(
            f"the stack is locked by {lock}, and this machine cannot see whether that run lives",
            "see for yourself that it has ended, then `keylife recover --lock-owner-is-dead`",
        )
    if not dead:
        raise StackBusyError(
            f"the stack is locked by {lock}, which is at work", "wait for it to end"
        )


def _require_known(pending: tuple[Pending, ...], finders: Mapping[str, Finder]) -> None:
    refusals = tuple(
        Refusal(
            key=entry.name,
            what=f"a {entry.type} that keylife did not make was cut off while {entry.operation}",
            cure="see what became of it at its issuer, then"
            " `pulumi refresh --clear-pending-creates`",
        )
        for entry in pending
        if entry.operation == "creating" and entry.type not in finders
    )
    if refusals:
        raise PlanRefusedError(refusals)
