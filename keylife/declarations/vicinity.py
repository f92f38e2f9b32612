"""One entry of a long file, read with care on its own: a fault's place without minutes of reading.

Only for text that the fast reader has taken: in its form a line with a dash in an entry's margin
begins an entry and nothing else, because no value goes over lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from keylife.declarations import precise
from keylife.declarations.nodes import Mapping, Node, Place, value_of


@dataclass(frozen=True)
class Vicinity:
    """The tree of one entry, as if its file held no other."""

    root: Node
    lines: int
    """By how many lines it stands further down."""

    characters: int
    """By how many characters it does."""

    def moved(self, place: Place) -> Place:
        """A place in the entry's own text as one in the file's."""
        return Place(place.line + self.lines, place.column, place.index + self.characters)


class Entries:
    """Where the entries of a text begin that the fast reader has taken."""

    def __init__(self, text: str, heading: str, values: list[Any]) -> None:
        self._text = text
        self._heading = heading
        self._values = values
        self._starts = _starts(text, heading)

    def read(self, number: int) -> Vicinity | None:
        """The entry of this number; None if the text is not laid out so that it can be told."""
        if len(self._starts) != len(self._values) + 1:
            return None
        begin, end = self._starts[number : number + 2]
        above = f"{self._heading}:\n"
        root = precise.read(above + self._text[begin:end]).root
        if not isinstance(root, Mapping) or value_of(root) != {
            self._heading: [self._values[number]]
        }:
            return None
        return Vicinity(root, self._text.count("\n", 0, begin) - 1, begin - len(above))


def _starts(text: str, heading: str) -> list[int]:
    """Where each line with a dash in the first one's margin begins, and where the last entry ends;
    empty if there is no list of its own lines below the heading."""
    begin = re.search(rf"^{heading}:[ ]*(?:#.*)?\r?$", text, re.MULTILINE)
    if begin is None:
        return []
    first = re.compile(r"^( *)- ", re.MULTILINE).search(text, begin.end())
    other = re.compile(r"^[A-Za-z]", re.MULTILINE).search(text, begin.end())
    end = other.start() if other else len(text)
    if first is None or first.start() > end:
        return []
    dashes = re.compile(rf"^{first[1]}- ", re.MULTILINE)
    return [*(match.start() for match in dashes.finditer(text, begin.end(), end)), end]
