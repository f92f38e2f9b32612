"""An entry with the proof that it is in the log, as one text that is checked without the log.

Source: C2SP tlog-proof (c2sp.org/tlog-proof). The entry's own bytes are its extra data: what is
checked is their hash, so they need no trust of their own.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from keylife.audit.entry import read_event
from keylife.audit.head import Head, open_head
from keylife.audit.note import BadNoteError, Verifier, decode
from keylife.audit.proofs import included, inclusion_proof
from keylife.audit.rows import Row, Rows
from keylife.audit.tree import leaf_hash
from keylife.evidence.event import Event

_MAGIC = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True)
class Proven:
    """What a proof shows."""

    sequence: int
    event: Event
    head: Head
    """The log it was shown to be in."""


def write_proof(rows: Rows, row: Row, size: int, note: str) -> str:
    """The proof that an entry is in the log of ``size`` entries whose signed head is ``note``.

    Raises:
        StoreError: the store cannot be used.
    """
    asked: set[int] = set()

    def places(last: int, height: int) -> bytes:
        asked.add(last)
        return bytes(32)

    index = row.sequence - 1
    inclusion_proof(index, size, places)
    nodes = rows.nodes(sorted(asked))
    proof = inclusion_proof(index, size, lambda last, height: nodes[last][height])
    lines = [_MAGIC, f"extra {_encoded(row.entry)}", f"index {index}", *map(_encoded, proof)]
    return "\n".join(lines) + f"\n\n{note}"


def check_proof(text: str, verifier: Verifier) -> Proven:
    """What a proof shows, to whoever trusts the log's key.

    Raises:
        BadNoteError: it is no proof, it shows something else, or the log's key did not sign it.
    """
    above, blank, note = text.partition("\n\n")
    lines = above.split("\n")
    if not blank or len(lines) < 3 or lines[0] != _MAGIC:
        raise BadNoteError("it is no proof of an entry")
    entry = decode(_after("extra ", lines[1]))
    number = _after("index ", lines[2])
    if not number.isdecimal() or not number.isascii() or number != str(int(number)):
        raise BadNoteError("its index is no decimal number")
    head = open_head(note, verifier)
    proof = [decode(line) for line in lines[3:]]
    index = int(number)
    if not included(leaf_hash(entry), index, head.size, head.root, proof):
        raise BadNoteError("the entry is not in the log at that place")
    try:
        return Proven(index + 1, read_event(entry), head)
    except ValueError as error:
        raise BadNoteError(str(error)) from None


def _after(name: str, line: str) -> str:
    if not line.startswith(name):
        raise BadNoteError("it is no proof of an entry")
    return line[len(name) :]


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
