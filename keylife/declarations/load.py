"""Read one stack's declarations: all of them, or every reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from keylife.collector import without_collector
from keylife.declarations import agreement
from keylife.declarations.document import Document
from keylife.declarations.elsewhere import declared_elsewhere
from keylife.declarations.folder import shown_path, survey
from keylife.declarations.registry import Entry, read_entries
from keylife.declarations.text import Trouble, decode, read_bytes
from keylife.errors import DeclarationError, Fault
from keylife.model.base import Model
from keylife.model.gateway import Gateway
from keylife.model.key import Key
from keylife.model.registry import Declarations, Owner, Service

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Loaded:
    """Declarations, and the entry in a file that each key comes from."""

    declarations: Declarations
    keys: Mapping[str, Entry[Key]]


def load(folder: Path, stack: str) -> Declarations:
    """Read the declarations of one stack.

    Args:
        folder: the declarations folder, with ``services.yaml``, ``owners.yaml`` and the stacks.
        stack: the stack's name, which is its folder's name.

    Raises:
        DeclarationError: something is wrong; it holds all faults of the run.
        UsageError: the stack's name could not be a folder's.
    """
    return load_with_places(folder, stack).declarations


def load_with_places(
    folder: Path, stack: str, instead: Mapping[Path, bytes] | None = None
) -> Loaded:
    """As ``load``, keeping where each key stands.

    Args:
        folder: the declarations folder.
        stack: the stack's name.
        instead: contents to be read in place of what the files hold, by path as in ``folder``.
    """
    with without_collector():
        return _load(folder, stack, instead or {})


def _load(folder: Path, stack: str, instead: Mapping[Path, bytes]) -> Loaded:
    layout = survey(folder, stack)
    faults = list(layout.faults)

    def entries(path: Path, heading: str, model: type[M]) -> list[Entry[M]] | None:
        document = open_document(path, instead.get(path), faults)
        return None if document is None else read_entries(document, heading, model, faults)

    def shared(name: str, model: type[M]) -> list[Entry[M]] | None:
        path = layout.shared.get(name)
        return None if path is None else entries(path, name, model)

    services, owners = shared("services", Service), shared("owners", Owner)
    gateways = shared("gateways", Gateway)
    keys = [key for path in layout.keys for key in entries(path, "keys", Key) or ()]
    faults += agreement.repeated_ids(keys, "key")
    faults += declared_elsewhere(keys, layout.others(), instead)
    faults += agreement.unfit_scopes(keys)
    faults += agreement.unfit_imports(keys)
    faults += agreement.unfit_deliveries(keys)
    for field, known in (("service", services), ("owner", owners)):
        if known is not None:  # a file that could not be read does not make all names wrong
            faults += agreement.repeated_ids(known, field)
            faults += agreement.unknown_names(keys, field, known)
    faults += agreement.repeated_ids(gateways or (), "gateway")
    if gateways is not None or "gateways" not in layout.shared:
        faults += agreement.unfit_gateways(keys, gateways or ())
    if faults:
        raise DeclarationError(tuple(faults))
    return Loaded(
        Declarations(
            keys=_by_id(keys),
            services=_by_id(services or []),
            owners=_by_id(owners or []),
            gateways=_by_id(gateways or []),
        ),
        {key.id: key for key in keys if key.id is not None},
    )


def _by_id(entries: list[Entry[M]]) -> dict[str, M]:
    return {
        entry.id: entry.model
        for entry in entries
        if entry.id is not None and entry.model is not None
    }


def open_document(path: Path, content: bytes | None, faults: list[Fault]) -> Document | None:
    """A file as a document; None if it cannot be read at all, which is added to ``faults``.

    Args:
        path: the file.
        content: what to read in its place, if anything.
        faults: of the run.
    """
    shown_as = shown_path(path)
    read = read_bytes(path) if content is None else content
    text = read if isinstance(read, Trouble) else decode(read)
    if isinstance(text, Trouble):
        faults.append(Fault(shown_as, text.line, text.column, text.what, text.cure))
        return None
    return Document(path, shown_as, text)
