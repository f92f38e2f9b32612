"""Read all stacks of a declarations folder at once, each file once.

What an id, a service or an owner stands for is not compared here: that is for the rules, which
say the same of any program. What cannot be understood is a fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


def _read(folder: Path, instead: Mapping[Path, bytes]) -> Everything:
    stacks = stacks_in(folder)
    if not stacks:
        raise UsageError(
            f"there is no stack in {folder}: nothing would be judged",
            "name the folder of services.yaml, owners.yaml and <stack>/keys/",
        )
    faults: list[Fault] = []

    def read(path: Path, heading: str, model: type[M]) -> list[Entry[M]] | None:
        document = open_document(path, instead.get(path), faults)
        return None if document is None else read_entries(document, heading, model, faults)

    def entries(path: Path, heading: str, model: type[M]) -> list[Entry[M]]:
        return read(path, heading, model) or []

    services: list[Entry[Service]] = []
    owners: list[Entry[Owner]] = []
    gateways: list[Entry[Gateway]] | None = []
    keys: list[tuple[str, Entry[Key]]] = []
    for number, stack in enumerate(stacks):
        layout = survey(folder, stack)
        faults += layout.faults
        if number == 0:
            for name, path in layout.shared.items():
                if name == "services":
                    services = entries(path, name, Service)
                elif name == "owners":
                    owners = entries(path, name, Owner)
                else:
                    gateways = read(path, name, Gateway)
            faults += agreement.repeated_ids(services, "service")
            faults += agreement.repeated_ids(owners, "owner")
            faults += agreement.repeated_ids(gateways or (), "gateway")
        ids: agreement.Seen = {}
        credentials: agreement.Seen = {}
        places: agreement.Seen = {}
        for path in layout.keys:
            own = entries(path, "keys", Key)
            faults += agreement.repeated_ids(own, "key", ids)
            faults += agreement.unfit_scopes(own)
            faults += agreement.unfit_imports(own, credentials)
            faults += agreement.unfit_deliveries(own, places)
            if gateways is not None:
                faults += agreement.unfit_gateways(own, gateways)
            keys += [(stack, key.settled()) for key in own]
            if own:  # what it said is in the models
                own[0].document.forget_value()
    if faults:
        raise DeclarationError(tuple(dict.fromkeys(faults)))
    return Everything(_by_id(services), _by_id(owners), tuple(keys), _by_id(gateways or []))


def _by_id(entries: list[Entry[M]]) -> dict[str, Entry[M]]:
    return {entry.id: entry for entry in entries if entry.id is not None}
