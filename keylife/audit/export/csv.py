"""The log as a table, for people with a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from keylife.audit.entry import read_event
from keylife.audit.rows import Row
from keylife.audit.tree import leaf_hash
from keylife.evidence.event import Event
from keylife.evidence.source import Source

_OF_EVENT = tuple(name for name in Event.model_fields if name != "source")
_OF_SOURCE = tuple(Source.model_fields)
COLUMNS = ("sequence", *_OF_EVENT, *_OF_SOURCE, "leaf_hash")

_FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection")."""


def as_csv(entries: Iterable[Row]) -> Iterator[str]:
    """A line of names, then a line an entry. A value that would be a formula has a ' before it."""
    yield _line(COLUMNS)
    for row in entries:
        event = read_event(row.entry).model_dump(mode="json")
        source = event.pop("source")
        values = [row.sequence, *(event[n] for n in _OF_EVENT), *(source[n] for n in _OF_SOURCE)]
        yield _line([*map(_cell, values), leaf_hash(row.entry).hex()])


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(value))
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def _line(values: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(list(values))
    return line.getvalue()
