"""The verb: from a state with pending operations to one that plain `pulumi up` takes.

In an order that can be cut off anywhere and begun again: the lock is lifted only when its owner
is dead; what a cut-off create left at an issuer is ended while the pending entry still tells of
it; the entries are cleared after that; what the state alone tells to be read anew is last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from keylife.compliance.tokens import MANAGED_KEY, PRINCIPAL, VERSION
from keylife.engine.lock import Lock
from keylife.engine.providers import connection_of, provider_of
from keylife.engine.stack import StackBusyError, TornStateError
from keylife.errors import PlanRefusedError, Refusal
from keylife.evidence.event import What
from keylife.model.ledger import Ledger
from keylife.model.number import counted
from keylife.orphan import Connection, Finder, Orphan, Pending
from keylife.program.ledger import known_ids, parse_ledger, without_secrets
from keylife.program.strays import unfinished

_LOOKS = 4
"""How often the issuers are asked for what is not seen yet, a few seconds apart: a create that was
under way when its caller died is seen only once it is through, and IAM shows a new key to readers
after seconds."""


class StackState(Protocol):
    """What recovery asks of a stack."""

    def export(self) -> dict[str, Any]:
        """The whole state; secrets stay encrypted.

        Raises:
            TornStateError: a run was killed while it wrote beside the state.
        """
        ...

    def secrets(self, urn: str) -> Mapping[str, str]:
        """The secret inputs of one provider, decrypted; held in memory only."""
        ...

    def locks(self) -> tuple[Lock, ...]:
        """Who holds the stack now."""
        ...

    def unlock(self) -> None:
        """Lift every lock."""
        ...

    def settle(self, urns: Iterable[str]) -> None:
        """Clear what is pending and read some resources anew, in one step."""
        ...


IsDead = Callable[[Lock], bool | None]
"""Whether a lock's owner has ended; None if that cannot be told from here."""


@dataclass(frozen=True)
class Surroundings:
    """What recovery needs of the machine it runs on."""

    is_dead: IsDead
    end: Callable[[Pending, Connection], Iterable[Orphan]]
    """Looks at the issuer for what a create left, and ends it."""

    wait: Callable[[], None]
    """Lets a few seconds pass between two looks."""

    read_anew: frozenset[str] = frozenset()
    """Resource types of deliveries whose next write builds on what the last one left."""


@dataclass(frozen=True)
class Deed:
    """One thing that recovery did."""

    what: str
    """A sentence."""

    event: What | None = None
    """What the history has to tell of it, if it concerns a key."""

    key: str = ""
    version: int | None = None
    urn: str = ""


def make_readable(stack: StackState, is_dead: IsDead) -> Iterator[Deed]:
    """Take away what keeps a state from being read that is whole; before all else, because with
    it the CLI does not even tell the stack's config.

    Raises:
        StackBusyError: the lock's owner is alive, or nobody can tell.
    """
    try:
        stack.export()
    except TornStateError as error:
        yield from _lift_locks(stack, is_dead)
        error.file.unlink(missing_ok=True)  # nobody is at work who might be writing it
        yield Deed(f"deleted the empty {error.file.name} beside the state, which is whole")


def recover(
    stack: StackState,
    finders: Mapping[str, Finder],
    around: Surroundings,
    *,
    others_are_settled: bool = False,
) -> Iterator[Deed]:
    """Finish or undo what an interrupted run began; yields what was done.

    Args:
        stack: the stack.
        finders: by resource type, who looks for what a create left.
        around: the machine.
        others_are_settled: somebody has seen what became of the cut-off creates that keylife
            knows nothing of.

    Raises:
        StackBusyError: the lock's owner is alive, or nobody can tell.
        PlanRefusedError: a create is pending that keylife did not make: its owner must look.
        IssuerSilentError: an issuer cannot be asked; what is pending stays so.
    """
    before = stack.export()
    yield from _lift_locks(stack, around.is_dead)
    state = stack.export()
    creating = [entry for entry in pending_in(state) if entry.operation == "creating"]
    # To ask for the lock drops what else is pending, as any run does.
    others = [entry for entry in pending_in(before) if entry.operation != "creating"]
    if not others_are_settled:
        _require_known(creating, finders)
    ledger = parse_ledger(state)
    yield from _end_orphans(stack, state, [e for e in creating if e.type in finders], around)
    yield from _end_unfinished(stack, state, ledger, around)
    unsettled = tuple(_unsettled(state, ledger, around.read_anew))
    if creating or others or unsettled:
        stack.settle(unsettled)
    for entry in (*creating, *others):
        what = f"cleared the pending entry: {entry.operation} {entry.name}"
        yield _deed(entry, what, What.RECOVERED)
    if unsettled:
        yield Deed(f"read {counted(len(unsettled), 'resource')} of unfinished deliveries anew")
    if not (creating or others or unsettled):
        yield Deed("nothing is pending")


def _lift_locks(stack: StackState, is_dead: IsDead) -> Iterator[Deed]:
    locks = stack.locks()
    for lock in locks:
        _require_dead(lock, is_dead(lock))
    if locks:
        stack.unlock()
    for lock in locks:
        yield Deed(f"lifted the lock of {lock}, whose process has ended")


def pending_in(state: Mapping[str, Any]) -> tuple[Pending, ...]:
    """The pending operations of a state export."""
    deployment = state["deployment"]
    known = known_ids(deployment.get("resources") or ())
    return tuple(
        Pending(
            operation=entry["type"],
            urn=entry["resource"]["urn"],
            type=entry["resource"]["type"],
            name=entry["resource"]["urn"].rpartition("::")[2],
            inputs=without_secrets(_inputs(entry)),
            known=known.get(entry["resource"]["type"], frozenset()),
            standing=known,
            has_secrets=len(_inputs(entry)) > len(without_secrets(_inputs(entry))),
            custom=bool(entry["resource"].get("custom")),
            provider=entry["resource"].get("provider") or "",
            parent=entry["resource"].get("parent") or "",
        )
        for entry in deployment.get("pending_operations") or ()
    )


def _inputs(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    inputs = entry["resource"].get("inputs") or {}
    return {name: value for name, value in inputs.items() if name != "__defaults"}


def _end_orphans(
    stack: StackState,
    state: Mapping[str, Any],
    creating: list[Pending],
    around: Surroundings,
) -> Iterator[Deed]:
    entries = [
        (
            replace(entry, secrets=stack.secrets(entry.urn)) if entry.has_secrets else entry,
            connection_of(state, entry.provider, stack.secrets),
        )
        for entry in creating
    ]
    for look in range(_LOOKS):
        if look and entries:
            around.wait()
        unseen = []
        for entry, connection in entries:
            orphans = list(around.end(entry, connection))
            for orphan in orphans:
                yield _deed(entry, _ended(orphan), What.ORPHAN_DESTROYED)
            if not orphans:
                unseen.append((entry, connection))
        entries = unseen
    for entry, _ in entries:
        yield Deed(f"looked {_LOOKS} times for what was made of {entry.name}: nothing")


def _end_unfinished(
    stack: StackState, state: Mapping[str, Any], ledger: Ledger, around: Surroundings
) -> Iterator[Deed]:
    for key_id, version, pending in unfinished(ledger):
        provider = provider_of(state, pending.type, ledger.keys[key_id].target)
        for orphan in around.end(pending, connection_of(state, provider, stack.secrets)):
            what = _ended(orphan)
            yield Deed(what, What.ORPHAN_DESTROYED, key_id, version.number)


def _ended(orphan: Orphan) -> str:
    return f"ended {orphan.what}, which an unfinished run left and no state knows"


def _unsettled(state: Mapping[str, Any], ledger: Ledger, types: frozenset[str]) -> Iterator[str]:
    """The deliveries of keys whose newest version was not seen in all of them.

    A write whose answer was lost happened perhaps: the next one must know what stands there.
    """
    keys = {
        record.id
        for record in ledger.keys.values()
        if record.revocation is None
        and record.versions
        and record.delivered != record.versions[-1].number
    }
    for resource in state["deployment"].get("resources") or ():
        parent = str(resource.get("parent") or "")
        if (
            parent.split("::")[2:3] == [MANAGED_KEY]
            and parent.rpartition("::")[2] in keys
            and resource["type"] in types
            and not resource.get("delete")
        ):
            yield resource["urn"]


def _deed(entry: Pending, what: str, event: What) -> Deed:
    """The deed, with the key and the version that the entry's parent stands for."""
    kind, _, name = entry.parent.rpartition("::")
    if kind.endswith(VERSION):
        key, _, number = name.rpartition("-v")
        return Deed(what, event, key, int(number), entry.urn)
    if kind.endswith((MANAGED_KEY, PRINCIPAL)):
        return Deed(what, event, name, None, entry.urn)
    return Deed(what)


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


def _require_known(creating: list[Pending], finders: Mapping[str, Finder]) -> None:
    refusals = tuple(
        Refusal(
            key=entry.name,
            what=f"a {entry.type} that keylife did not make was cut off while creating",
            cure="see what became of it at its issuer, then"
            " `keylife recover --others-are-settled`, which clears its entry too",
        )
        for entry in creating
        if entry.type not in finders and entry.custom and not entry.type.startswith("pulumi:")
    )
    if refusals:
        raise PlanRefusedError(refusals)
