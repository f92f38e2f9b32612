"""Where a field of one entry stands, looked for and not read.

A check may find something in each of a hundred thousand keys. Even the one entry alone is read
with care in a millisecond or two (see :mod:`keylife.declarations.vicinity`); a field that stands
on a line of its own is found in microseconds.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

from keylife.declarations.document import Document
from keylife.declarations.nodes import Place
from keylife.declarations.registry import Entry

_HEADING = re.compile(r"^[a-z]+:[ ]*$", re.MULTILINE)


def place_of_field(entry: Entry[Any], field: str | None) -> Place:
    """Where an entry, or a field of it, stands in its file: what ``Document.place`` says.

    Args:
        entry: of a file that was read without a fault.
        field: its name; None for the entry.
    """
    found = None if field is None else _found(entry, field)
    if found is not None:
        return found
    return entry.document.place(entry.path if field is None else (*entry.path, field))


def _found(entry: Entry[Any], field: str) -> Place | None:
    """The place of a value that follows the field's name on its line; None if that is not sure."""
    starts = _starts(entry.document)
    number = entry.path[1]
    if starts is None or not isinstance(number, int) or number + 1 >= len(starts.begins):
        return None
    begin, end = starts.begins[number : number + 2]
    text = entry.document.text[begin:end]
    named = _on_a_line("id", starts.indent).search(text)
    if named is None or named[1].rstrip() != entry.id:
        return None
    value = _on_a_line(field, starts.indent).search(text)
    if value is None:
        return None
    line = starts.lines[number] + text.count("\n", 0, value.start())
    return Place(line, value.start(1) - value.start() + 1, begin + value.start(1))


@lru_cache(maxsize=256)
def _on_a_line(field: str, indent: str) -> re.Pattern[str]:
    return re.compile(rf"^(?:{indent}- |{indent}  ){field}: ([^\s|>#&*!].*)$", re.MULTILINE)


class _Starts(NamedTuple):
    begins: list[int]
    """Where each entry under the only heading begins, with where one more would."""

    lines: list[int]
    """The line of each; 1 is the first."""

    indent: str
    """What stands before their dashes."""


@lru_cache(maxsize=16)  # findings come file by file
def _starts(document: Document) -> _Starts | None:
    text = document.text
    heading = _HEADING.search(text)
    if heading is None or "\t" in text or "\r" in text:
        return None
    first = re.compile(r"^([ ]*)- ", re.MULTILINE).search(text, heading.end())
    if first is None:
        return None
    dash = f"\n{first[1]}- "
    entries = text[first.end() :].split(dash)  # a pattern would take ten times as long
    if document.entries_under(heading[0].rstrip(" :")) != len(entries):
        return None
    first_line = 1 + text.count("\n", 0, first.start())
    lengths = (len(dash) + len(entry) for entry in entries)
    heights = (1 + entry.count("\n") for entry in entries)
    return _Starts(
        list(accumulate(lengths, initial=first.start())),
        list(accumulate(heights, initial=first_line)),
        first[1],
    )
