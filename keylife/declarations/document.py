"""One file of declarations: what it says, and where to point when something is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path as FilePath
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel, ValidationError

from keylife.declarations import fast, precise
from keylife.declarations.nodes import Node, Path, Place, Scalar, child, nearest, value_of
from keylife.declarations.text import Trouble
from keylife.declarations.vicinity import Entries, Vicinity
from keylife.declarations.wording import Anchor, Complaint, complaint_of
from keylife.errors import Fault


class Document:
    """A file's text, read fast where it is of the common form, with care otherwise."""

    def __init__(self, path: FilePath, shown_as: PurePath, text: str) -> None:
        self.path = path
        self.shown_as = shown_as
        self.text = text
        self._vicinities: dict[int, Vicinity | None] = {}
        self._lengths = {
            heading: len(entries)
            for heading, entries in (self.value if isinstance(self.value, dict) else {}).items()
            if isinstance(entries, list)
        }
        read_with_care = "_reading" in self.__dict__
        self.troubles: tuple[Trouble, ...] = tuple(self._reading.troubles) if read_with_care else ()
        """What is wrong with the text itself."""

    @cached_property
    def value(self) -> Any:
        """What the file says; None if that is nothing, or nothing sensible."""
        value = fast.read(self.text)
        if value is None and self._reading.root is not None:
            value = value_of(self._reading.root)
        return value

    def entries_under(self, heading: str) -> int | None:
        """How many entries a heading has; None if there is no list below it."""
        return self._lengths.get(heading)

    def forget_value(self) -> None:
        """Let go of what the text says, which takes several times the memory of the text: to find
        where something stands the text is enough, and who asks for the value reads it anew."""
        self.__dict__.pop("value", None)

    @cached_property
    def _reading(self) -> precise.Reading:
        return precise.read(self.text)

    @property
    def root(self) -> Node | None:
        """The tree of the text, with places; read when it is first needed."""
        return self._reading.root

    def faults(self) -> Iterator[Fault]:
        """What is wrong with the text itself, as faults of this file."""
        for trouble in self.troubles:
            yield Fault(self.shown_as, trouble.line, trouble.column, trouble.what, trouble.cure)

    def place(self, path: Path, anchor: Anchor = Anchor.VALUE) -> Place:
        """Where the value at a path stands, or what comes nearest to it."""
        # what is around an entry is all of the list
        vicinity = self._vicinity(path) if anchor is Anchor.VALUE or len(path) > 2 else None
        if vicinity is not None:
            return vicinity.moved(_place(vicinity.root, (path[0], 0, *path[2:]), anchor))
        return Place(1, 1, 0) if self.root is None else _place(self.root, path, anchor)

    def _vicinity(self, path: Path) -> Vicinity | None:
        """The entry that a path goes through; None if all of the text has to be read for it."""
        match path:
            case (str(), int(number), *_) if self._entries is not None:
                if number not in self._vicinities:
                    self._vicinities[number] = self._entries.read(number)
                return self._vicinities[number]
        return None

    @cached_property
    def _entries(self) -> Entries | None:
        """The entries of a text that was read fast and declares nothing else."""
        if self.troubles or "_reading" in self.__dict__ or len(self.value or ()) != 1:
            return None
        [(heading, values)] = self.value.items()
        return Entries(self.text, heading, values) if isinstance(values, list) else None

    def complain(self, path: Path, complaint: Complaint) -> Iterator[Fault]:
        """The complaint about the value at a path as a fault.

        No fault if the text itself is already known to be wrong there: one error each.
        """
        at = self.place(path, complaint.anchor)
        if not self._known_wrong(path, complaint.anchor):
            yield Fault(self.shown_as, at.line, at.column, complaint.what, complaint.cure)

    def _known_wrong(self, path: Path, anchor: Anchor) -> bool:
        if not self.troubles:
            return False
        at = self.place(path, anchor)
        width = 1
        if anchor is Anchor.VALUE and self.root is not None:
            value = nearest(self.root, path)
            if isinstance(value, Scalar):
                width = max(value.end - value.start.index, 1)
        named = self.place(path, Anchor.NAME)
        return any(
            (trouble.line == at.line and at.column <= trouble.column < at.column + width)
            or (
                anchor is Anchor.VALUE
                and (trouble.line, trouble.column) == (named.line, named.column)
            )
            for trouble in self.troubles
        )

    def complain_all(
        self, path: Path, error: ValidationError, model: type[BaseModel], title: str
    ) -> Iterator[Fault]:
        """All that a model found wrong with the value at a path."""
        all_details = error.errors(include_url=False)
        complaints = [complaint_of(details, model, title) for details in all_details]
        meant = {
            (*details["loc"][:-1], complaint.meant)
            for details, complaint in zip(all_details, complaints, strict=True)
        }
        for details, complaint in zip(all_details, complaints, strict=True):
            if details["type"] == "missing" and details["loc"] in meant:
                continue  # it is there, under a wrong name
            yield from self.complain((*path, *self._declared(path, details["loc"])), complaint)

    def _declared(self, path: Path, location: Path) -> Path:
        """A model's way to a value as the text goes it.

        A delivery is declared as one entry, ``name: settings``, and modelled as two fields.
        """
        match location:
            case ("deliver", int(number), "kind" | "settings" as part, *rest):
                vicinity = self._vicinity(path)
                root = vicinity.root if vicinity else self.root
                inner = (path[0], 0, *path[2:]) if vicinity else path
                around = nearest(root, (*inner, "deliver", number)) if root else None
                names = list(getattr(around, "fields", ()))
                if len(names) == 1:
                    return ("deliver", number, names[0], *(rest if part == "settings" else ()))
        return location


def _place(root: Node, path: Path, anchor: Anchor) -> Place:
    if anchor is Anchor.VALUE or not path:
        return nearest(root, path).start
    around = nearest(root, path[:-1])
    named = child(around, path[-1]) if anchor is Anchor.NAME else None
    return named[0] if named else around.start
