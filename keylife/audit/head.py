"""A head: how many entries the log has, and the one hash that stands for all of them.

Source: C2SP tlog-checkpoint (c2sp.org/tlog-checkpoint). No extension lines are written or taken.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from keylife.audit.note import BadNoteError, Verifier, decode, open_note

_SIZE = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)


@dataclass(frozen=True)
class Head:
    """The state of a log at one moment."""

    origin: str
    """Which log: the name of its key."""

    size: int
    """How many entries: the sequence number of the last one."""

    root: bytes

    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @staticmethod
    def parse(text: str) -> Head:
        """Read what `text` writes.

        Raises:
            BadNoteError: it is anything else.
        """
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0]:
            raise BadNoteError("a head is three lines: origin, size, root")
        if not _SIZE.fullmatch(lines[1]):
            raise BadNoteError("the head's size is no decimal number")
        root = decode(lines[2])
        if len(root) != 32:
            raise BadNoteError("the head's root is no SHA-256 hash")
        return Head(lines[0], int(lines[1]), root)


def open_head(note: str, verifier: Verifier) -> Head:
    """The head in a note that the log's key signed.

    Raises:
        BadNoteError: it is no head, not of this log, or not signed by its key.
    """
    head = Head.parse(open_note(note, verifier))
    if head.origin != verifier.name:
        raise BadNoteError(f"it is a head of another log, {head.origin}")
    return head
