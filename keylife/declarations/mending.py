"""Several changes of one file at once: fields of entries get other values, or are added.

As with every edit of keylife's, nothing else in the file is touched.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from keylife.declarations.document import Document
from keylife.declarations.insertion import add_field
from keylife.declarations.nodes import Mapping as MappingNode
from keylife.declarations.nodes import Path, Scalar, nearest


@dataclass(frozen=True)
class Mend:
    """What is to stand in one entry."""

    path: Path
    """The way to the entry from the file's top."""

    fields: Mapping[str, str]
    """By name: the value as it is written, on one line."""


def mended(document: Document, mends: Iterable[Mend]) -> str | None:
    """The text of a file with its entries mended; None if one is not written as a mapping whose
    values stand on one line.

    Args:
        document: the file.
        mends: at most one for each entry.
    """
    changes: list[tuple[int, int, int, str]] = []
    for mend in mends:
        node = nearest(document.root, mend.path) if document.root is not None else None
        if not isinstance(node, MappingNode):
            return None
        for name, value in mend.fields.items():
            change = _change(document.text, node, name, value)
            if change is None:
                return None
            start, end, text = change
            changes.append((start, len(changes), end, text))
    text = document.text
    for start, _, end, value in sorted(changes, reverse=True):  # of two at a place the later first
        text = text[:start] + value + text[end:]
    return text


def _change(text: str, node: MappingNode, name: str, value: str) -> tuple[int, int, str] | None:
    """From where to where what is to stand instead."""
    if name in node.fields:
        scalar = node.fields[name][1]
        if not isinstance(scalar, Scalar) or scalar.block:
            return None
        return scalar.start.index, scalar.end, value
    longer = add_field(text, node, name, value)
    ends = range(1, len(text) + 1)
    start = bisect(ends, False, key=lambda end: text[:end] != longer[:end])  # what both begin with
    return start, start, longer[start : start + len(longer) - len(text)]
