"""The log as it is: each line is an entry's own bytes, whose hash is the tree's leaf."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from keylife.audit.rows import Row


def as_jsonl(entries: Iterable[Row]) -> Iterator[str]:
    """A line an entry: SHA-256 of a zero byte and the line is its leaf in the tree."""
    for row in entries:
        yield row.entry.decode()
