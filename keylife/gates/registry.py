"""The services and owners that programs are judged by, read as strictly as all declarations."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from keylife.compliance.context import Registry, RegistryUnknown
from keylife.declarations.agreement import repeated_ids
from keylife.declarations.document import Document
from keylife.declarations.folder import shown_path
from keylife.declarations.registry import read_entries
from keylife.declarations.text import Trouble, decode, read_bytes
from keylife.errors import DeclarationError, Fault
from keylife.model.base import Model
from keylife.model.registry import Owner, Service

M = TypeVar("M", bound=Model)


def load_registry(folder: Path) -> Registry | RegistryUnknown:
    """Read ``services.yaml`` and ``owners.yaml``; a registry with any fault is unknown.

    Args:
        folder: where both stand. The keys of stacks beside them are not looked at, so a
            repository that declares no key to keylife needs these two files only.
    """
    try:
        return Registry(
            services=_declared(folder / "services.yaml", "services", Service),
            owners=_declared(folder / "owners.yaml", "owners", Owner),
        )
    except DeclarationError as error:
        return RegistryUnknown(
            str(error),
            "make services.yaml and owners.yaml readable, or name their folder as `registry` in"
            " the pack's configuration",
        )


def _declared(path: Path, heading: str, model: type[M]) -> dict[str, M]:
    shown_as = shown_path(path)
    content = read_bytes(path)
    text = content if isinstance(content, Trouble) else decode(content)
    if isinstance(text, Trouble):
        raise DeclarationError((Fault(shown_as, text.line, text.column, text.what, text.cure),))
    faults: list[Fault] = []
    entries = read_entries(Document(path, shown_as, text), heading, model, faults)
    if entries is not None:
        faults += repeated_ids(entries, heading.removesuffix("s"))
    if faults or entries is None:
        raise DeclarationError(tuple(faults))
    return {entry.id: entry.model for entry in entries if entry.id and entry.model}
