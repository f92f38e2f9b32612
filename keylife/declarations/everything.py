"""Read all stacks of a declarations folder at once, each file once.

What an id, a service or an owner stands for is not compared here: that is for the rules, which
say the same of any program. What cannot be understood is a fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from keylife.collector import without_collector
from keylife.declarations import agreement
from keylife.declarations.folder import stacks_in, survey
from keylife.declarations.load import open_document
from keylife.declarations.registry import Entry, read_entries
from keylife.errors import DeclarationError, Fault, UsageError
from keylife.model.base import Model
from keylife.model.gateway import Gateway
from keylife.model.key import Key
from keylife.model.registry import Owner, Service

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Everything:
    """All that a folder declares, and where."""

    services: Mapping[str, Entry[Service]]
    owners: Mapping[str, Entry[Owner]]
    keys: tuple[tuple[str, Entry[Key]], ...]
    """Every key with its stack; by stack, then as the files have them."""

    gateways: Mapping[str, Entry[Gateway]]


@dataclass(frozen=True)
class Files:
    """Which files a folder's declarations stand in."""

    shared: Mapping[str, Path]
    """Those of all stacks, by what they declare."""

    keys: tuple[tuple[str, Path], ...]
    """Every file of keys with its stack; by stack, then by name."""

    faults: tuple[Fault, ...]
    """What is wrong around them."""


@dataclass(frozen=True)
class Shared:
    """What all stacks share."""

    services: Mapping[str, Entry[Service]]
    owners: Mapping[str, Entry[Owner]]
    gateways: Mapping[str, Entry[Gateway]] | None
    """None if they cannot be read."""


@dataclass(frozen=True)
class Held:
    """What keys of one stack have, of which no other key of it may have the same."""

    ids: agreement.Seen = field(default_factory=dict)
    credentials: agreement.Seen = field(default_factory=dict)
    places: agreement.Seen = field(default_factory=dict)


def read_everything(folder: Path, instead: Mapping[Path, bytes] | None = None) -> Everything:
    """Read the services, the owners, the gateways and every stack's keys.

    Args:
        folder: the declarations folder.
        instead: contents to be read in place of what the files hold, by path as in ``folder``.

    Raises:
        UsageError: there is no such folder, or no stack in it.
        DeclarationError: something cannot be understood; it holds all faults of the run.
    """
    with without_collector():
        return _read(folder, instead or {})


def files_in(folder: Path) -> Files:
    """Look at a whole folder without reading a file.

    Raises:
        UsageError: there is no such folder, or no stack in it.
    """
    stacks = stacks_in(folder)
    if not stacks:
        raise UsageError(
            f"there is no stack in {folder}: nothing would be judged",
            "declare a key in <stack>/keys/ below it, or name the folder that has them; what a"
            " program makes without keylife is judged by `keylife check --plan FILE`",
        )
    layouts = [survey(folder, stack) for stack in stacks]
    return Files(
        shared=layouts[0].shared,
        keys=tuple((layout.stack, path) for layout in layouts for path in layout.keys),
        faults=tuple(fault for layout in layouts for fault in layout.faults),
    )


def read_shared(
    paths: Mapping[str, Path], faults: list[Fault], instead: Mapping[Path, bytes] | None = None
) -> Shared:
    """Read the services, the owners and the gateways; what is wrong is added to ``faults``.

    Args:
        paths: the files that there are, by what they declare.
        faults: of the run.
        instead: contents to be read in place of what the files hold.
    """

    def entries(name: str, model: type[M]) -> list[Entry[M]] | None:
        if name not in paths:
            return []
        content = None if instead is None else instead.get(paths[name])
        document = open_document(paths[name], content, faults)
        return None if document is None else read_entries(document, name, model, faults)

    services, owners = entries("services", Service), entries("owners", Owner)
    gateways = entries("gateways", Gateway)
    faults += agreement.repeated_ids(services or (), "service")
    faults += agreement.repeated_ids(owners or (), "owner")
    faults += agreement.repeated_ids(gateways or (), "gateway")
    return Shared(
        _by_id(services or []),
        _by_id(owners or []),
        None if gateways is None else _by_id(gateways),
    )


def read_keys(
    path: Path,
    held: Held,
    gateways: Mapping[str, Entry[Gateway]] | None,
    faults: list[Fault],
    content: bytes | None = None,
) -> list[Entry[Key]]:
    """Read one file of a stack's keys; what is wrong is added to ``faults``.

    Args:
        path: the file.
        held: what the files of the stack that were read before hold; this one's is added.
        gateways: those that are declared; None if that is not known.
        faults: of the run.
        content: what to read in the file's place, if anything.
    """
    document = open_document(path, content, faults)
    keys = None if document is None else read_entries(document, "keys", Key, faults)
    if document is None or keys is None:
        return []
    faults += agreement.repeated_ids(keys, "key", held.ids)
    faults += agreement.unfit_scopes(keys)
    faults += agreement.unfit_imports(keys, held.credentials)
    faults += agreement.unfit_deliveries(keys, held.places)
    if gateways is not None:
        faults += agreement.unfit_gateways(keys, list(gateways.values()))
    for key in keys:
        key.settle()
    document.forget_value()  # what it said is in the models
    return keys


def _read(folder: Path, instead: Mapping[Path, bytes]) -> Everything:
    files = files_in(folder)
    faults = list(files.faults)
    shared = read_shared(files.shared, faults, instead)
    keys: list[tuple[str, Entry[Key]]] = []
    held: dict[str, Held] = {}
    for stack, path in files.keys:
        own = held.setdefault(stack, Held())
        read = read_keys(path, own, shared.gateways, faults, instead.get(path))
        keys += [(stack, key) for key in read]
    if faults:
        raise DeclarationError(tuple(dict.fromkeys(faults)))
    return Everything(shared.services, shared.owners, tuple(keys), shared.gateways or {})


def _by_id(entries: list[Entry[M]]) -> dict[str, Entry[M]]:
    return {entry.id: entry for entry in entries if entry.id is not None}
