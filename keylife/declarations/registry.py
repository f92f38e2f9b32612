"""From what a file says to models: the entries under its heading, each on its own.

Everything wrong is collected, so that one run shows all of it; nothing is reported twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from keylife.declarations.document import Document
from keylife.declarations.echo import quoted
from keylife.declarations.nodes import Path
from keylife.declarations.wording import Anchor, Complaint, unknown_field
from keylife.errors import Fault
from keylife.model.base import Model

M = TypeVar("M", bound=Model)


class Entry(Generic[M]):
    """One declared thing and where it stands."""

    __slots__ = ("document", "id", "model", "path", "raw")

    def __init__(self, document: Document, path: Path, raw: Any, model: M | None) -> None:
        self.document = document
        self.path = path
        self.raw = raw
        """As the file says it; None once it was compared with all that it has to agree with."""

        self.model = model
        """None if something is wrong with it, or once all was done that it was read for."""

        name = raw.get("id") if isinstance(raw, dict) else None
        self.id: str | None = name if isinstance(name, str) else None
        """Its name, also where something else is wrong with it."""

    def settle(self) -> None:
        """Let go of what the file says, which is twice as large as the model."""
        self.raw = None

    @property
    def reference(self) -> str:
        """Where it stands, as another entry's fault names it: ``dev/keys/a.yaml:3``."""
        return f"{self.document.shown_as}:{self.document.place(self.path).line}"

    def complain(
        self, path: Path, what: str, cure: str, anchor: Anchor = Anchor.VALUE
    ) -> Iterator[Fault]:
        """A fault at a place within this entry."""
        return self.document.complain((*self.path, *path), Complaint(what, cure, anchor))


def read_entries(
    document: Document, heading: str, model: type[M], faults: list[Fault]
) -> list[Entry[M]] | None:
    """What a file declares under its one heading; what is wrong is added to ``faults``.

    Args:
        document: the file.
        heading: ``keys``, ``services`` or ``owners``.
        model: what an entry is.
        faults: of the run.

    Returns:
        The entries; None if the file has no list of them, so that nothing is known.
    """
    faults += document.faults()
    items = _items(document, heading, faults)
    if items is None:
        return None
    entries: list[Entry[M]] = []
    validate = model.__pydantic_validator__.validate_python  # once, not found anew for each entry
    for number, raw in enumerate(items):
        path: Path = (heading, number)
        valid: M | None = None
        try:
            valid = validate(raw)
        except ValidationError as error:
            faults += document.complain_all(path, error, model, heading.removesuffix("s"))
        entries.append(Entry(document, path, raw, valid))
    return entries


def _items(document: Document, heading: str, faults: list[Fault]) -> list[Any] | None:
    """The list under the heading, as long as there is one."""
    value = document.value
    cure = f"write `{heading}:` and a list below it, or `{heading}: []`"
    if value is None or value == {}:
        if not document.troubles:
            faults += document.complain((), Complaint("this file declares nothing", cure))
        return None
    if not isinstance(value, dict):
        what = f"a file of {heading} begins with `{heading}:`"
        faults += document.complain((), Complaint(what, cure))
        return None
    for name in value:
        if name != heading:
            faults += document.complain((name,), unknown_field(name, (heading,)))
    items = value.get(heading)
    if items is None:
        return None
    if not isinstance(items, list):
        what = f"`{heading}` is to be a list, not {quoted(items)}"
        faults += document.complain((heading,), Complaint(what, "begin each entry with `- `"))
        return None
    return items
