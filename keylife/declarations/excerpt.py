"""Where a field of one entry stands, without reading the whole file with care.

A file of thousands of keys is read fast and without places; a check that finds something in many
of them would otherwise wait for the careful reader, which takes seconds.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from keylife.declarations import precise
from keylife.declarations.document import Document
from keylife.declarations.nodes import Place, nearest
from keylife.declarations.registry import Entry

_HEADING = re.compile(r"^[a-z]+:[ ]*$", re.MULTILINE)


def place_of_field(entry: Entry[Any], field: str | None) -> Place:
    """Where an entry, or a field of it, stands in its file: what ``Document.place`` says.

    Args:
        entry: of a file that was read without a fault.
        field: its name; None for the entry.
    """
    found = _excerpt(entry)
    if found is None:
        return entry.document.place(entry.path if field is None else (*entry.path, field))
    start, text, indent = found
    line = entry.document.text.count("\n", 0, start) + 1
    if field is not None:
        named = re.search(
            rf"^(?:{indent}- |{indent}  ){field}: ([^\s|>#&*!].*)$", text, re.MULTILINE
        )
        if named is not None:
            before = text.count("\n", 0, named.start())
            return Place(line + before, named.start(1) - named.start() + 1, start + named.start(1))
    read = precise.read(f"keys:\n{text}").root
    if read is None:
        return entry.document.place(entry.path if field is None else (*entry.path, field))
    at = nearest(read, ("keys", 0) if field is None else ("keys", 0, field)).start
    return Place(at.line + line - 2, at.column, at.index + start - len("keys:\n"))


def _excerpt(entry: Entry[Any]) -> tuple[int, str, str] | None:
    """Where an entry's text begins, that text, and its indentation; None if that is not sure."""
    starts = _starts(entry.document)
    number = entry.path[1]
    if starts is None or not isinstance(number, int) or number + 1 >= len(starts[0]):
        return None
    begin, end = starts[0][number : number + 2]
    text = entry.document.text[begin:end]
    id_line = re.search(rf"^{starts[1]}(?:- |  )id: (\S+)[ ]*$", text, re.MULTILINE)
    if id_line is None or id_line[1] != entry.id:
        return None
    return begin, text, starts[1]


@lru_cache(maxsize=1024)
def _starts(document: Document) -> tuple[list[int], str] | None:
    """Where each entry under the only heading begins, with the end of the text; and the
    indentation of their dashes."""
    text = document.text
    heading = _HEADING.search(text)
    if heading is None or "\t" in text or "\r" in text:
        return None
    first = re.compile(r"^([ ]*)- ", re.MULTILINE).search(text, heading.end())
    if first is None:
        return None
    dashes = re.compile(rf"^{first[1]}- ", re.MULTILINE)
    starts = [match.start() for match in dashes.finditer(text, heading.end())]
    listed = document.value.get(heading[0].rstrip(" :")) if isinstance(document.value, dict) else ()
    if not isinstance(listed, list) or len(listed) != len(starts):
        return None
    return [*starts, len(text)], first[1]
