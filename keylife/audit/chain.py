"""Events put behind the end of a log: entries, their place in the tree, and the signed head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from keylife.audit.entry import FIRST, link, write_entry
from keylife.audit.head import Head
from keylife.audit.note import Signing
from keylife.audit.rows import Row, Tip
from keylife.audit.tree import leaf_hash


class Item(NamedTuple):
    """An event on its way into the log."""

    event: bytes
    """Its canonical bytes."""

    key: str
    once: str | None
    """The name by which it is recorded once."""


def place(items: Sequence[Item], tip: Tip, signing: Signing) -> tuple[list[Row], Tip]:
    """The items as rows behind a tip, the last of them with the signed head, and the new tip.

    Args:
        items: at least one.
        tip: the end of the log as it is.
        signing: the log's key, whose name is the log's.
    """
    origin = signing.verifier.name
    frontier, leaf, signature = tip.frontier.copy(), tip.leaf, tip.signature
    rows: list[Row] = []
    for item in items:
        previous = link(leaf, signature) if frontier.size else FIRST
        entry = write_entry(item.event, origin, frontier.size + 1, previous, item.once)
        leaf, signature = leaf_hash(entry), None
        nodes = b"".join(frontier.add(leaf))
        rows.append(Row(frontier.size, entry, nodes, None, item.key, item.once))
    head = Head(origin, frontier.size, frontier.root())
    signature = signing.sign(head.text().encode())
    rows[-1] = rows[-1]._replace(signature=signature)
    return rows, Tip(frontier, leaf, signature)
