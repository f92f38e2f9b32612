"""Witnesses: places outside of the store that remember the log's heads.

A log that is cut off, rolled back or forked is whole in itself; only who saw more of it can tell.
A witness takes a head that goes on from the last one it has, and never lets go of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from keylife.audit.errors import LogBehindError, WitnessError
from keylife.audit.head import Head, open_head
from keylife.audit.note import BadNoteError, Verifier
from keylife.audit.proofs import consistency_proof, consistent
from keylife.audit.rows import Rows
from keylife.audit.tree import frontier_nodes, root_at


class Witness(Protocol):
    """A place that remembers heads."""

    @property
    def name(self) -> str:
        """What people know it by."""
        ...

    def latest(self) -> str | None:
        """The note it took last; None if it has none.

        Raises:
            WitnessError: it cannot be asked, or what it has is no record of heads.
        """
        ...

    def notes(self) -> Sequence[str]:
        """Every note it has, the oldest first.

        Raises:
            WitnessError: it cannot be asked, or what it has is no record of heads.
        """
        ...

    def add(self, note: str) -> None:
        """Remember a note; it is not lost any more when this returns.

        Raises:
            WitnessError: it did not take it, or somebody else added one at the same moment.
        """
        ...


def seen_by(witness: Witness, verifier: Verifier) -> Head | None:
    """The head a witness took last.

    Raises:
        WitnessError: it cannot be asked, or its head is not one of this log's.
    """
    note = witness.latest()
    if note is None:
        return None
    try:
        return open_head(note, verifier)
    except BadNoteError as error:
        raise WitnessError(witness.name, f"its latest head is not of this log: {error}") from None


def require_seen(rows: Rows, size: int, head: Head, by: str) -> None:
    """See to it that a log of ``size`` entries goes on from a head that was seen of it.

    Raises:
        LogBehindError: it has fewer entries, or others.
        StoreError: the log cannot be read.
    """
    if head.size > size:
        raise LogBehindError(f"{by} has seen {head.size} entries, and it has {size}")
    places = frontier_nodes(head.size)
    nodes = rows.nodes([last for last, _ in places])
    if root_at(head.size, lambda last, height: nodes[last][height]) != head.root:
        raise LogBehindError(f"{by} has seen other entries among the first {head.size}")


def tell(witness: Witness, rows: Rows, head: Head, note: str, verifier: Verifier) -> None:
    """Have a witness remember a head, if it goes on from the last one it has.

    Raises:
        LogBehindError: it does not; the witness keeps what it has.
        WitnessError: the witness did not take it.
        StoreError: the log cannot be read.
    """
    last = seen_by(witness, verifier)
    if last is not None:
        if last.size > head.size:
            raise LogBehindError(
                f"{witness.name} has seen {last.size} entries, and it has {head.size}"
            )
        if last == head:
            return
        _require_extends(rows, last, head, witness.name)
    witness.add(note)


def _require_extends(rows: Rows, old: Head, new: Head, by: str) -> None:
    # no proof starts from nothing; any head goes on from an empty log
    if old.size == 0:
        return
    nodes = rows.nodes(_ends(old.size, new.size))
    proof = consistency_proof(old.size, new.size, lambda last, height: nodes[last][height])
    if not consistent(old.size, old.root, new.size, new.root, proof):
        raise LogBehindError(f"{by} has seen other entries among the first {old.size}")


def _ends(old: int, size: int) -> list[int]:
    """The last leaves (from 0) of all subtrees that a proof between two sizes may need."""
    asked: set[int] = set()

    def note(last: int, height: int) -> bytes:
        asked.add(last)
        return bytes(32)

    consistency_proof(old, size, note)
    return sorted(asked)
