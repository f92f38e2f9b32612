"""What the policies of one run share: the instant, the ledger, the registry, each read once."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import Any

import pulumi

from keylife.compliance.context import Registry, RegistryUnknown
from keylife.compliance.credential import LedgerUnknown
from keylife.compliance.past import note_ledger
from keylife.compliance.population import Population
from keylife.compliance.settings import Settings
from keylife.errors import DeclarationError, KeylifeError
from keylife.gates.configured import load_settings
from keylife.gates.registry import load_registry
from keylife.model.instant import parse_instant
from keylife.model.ledger import Ledger
from keylife.program.ledger import read_ledger

REGISTRY = "../stacks"
"""Where services and owners are declared, from the pack's folder on, unless configured."""


def read_stack_ledger() -> Ledger:
    """The ledger of the stack that this pack was started for.

    Raises:
        LedgerUnreadableError: the stack's state could not be read.
    """
    organization = os.environ.get("PULUMI_ORGANIZATION", "organization")
    return read_ledger(f"{organization}/{pulumi.get_project()}/{pulumi.get_stack()}")


def system_clock() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)  # noqa: TID251  # a pack is a program of its own: this is its top


@dataclass
class Gate:
    """One run of a pack: what its policies share, read at most once."""

    beside: Path
    """The pack's folder."""

    ledger: Callable[[], Ledger]
    clock: Callable[[], datetime]
    declarations: str = REGISTRY
    """Where services, owners and ``keylife.yaml`` are declared, from the pack's folder on."""

    population: Population = field(default_factory=Population)
    """What all policies saw so far."""

    _once: dict[str, Any] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    def at(self) -> datetime:
        """The instant to judge at: a simulated ``keylife:at``, else never before the clock's.

        Nothing that is over comes back to life because an old instant is still pinned.

        Raises:
            ValueError: ``keylife:at`` is no instant.
        """
        at: datetime = self._read_once("at", self._settle)
        return at

    def _settle(self) -> datetime:
        config = pulumi.Config("keylife")
        pinned, now = config.get("at"), self.clock()
        if pinned is None:
            return now
        if config.get_bool("simulatedClock"):
            return parse_instant(pinned)
        return max(now, parse_instant(pinned))

    def read_ledger(self) -> Ledger | LedgerUnknown:
        """The ledger as it was before this run changed anything of a key."""

        def read() -> Ledger | LedgerUnknown:
            try:
                ledger = self.ledger()
                note_ledger(self.population, ledger, self.at(), self._soon())
                return ledger
            except KeylifeError as error:
                return LedgerUnknown(str(error))
            except Exception as error:
                return LedgerUnknown(type(error).__name__)

        known: Ledger | LedgerUnknown = self._read_once("ledger", read)
        return known

    @property
    def has_read_ledger(self) -> bool:
        """Whether a resource of keylife's own was seen."""
        return "ledger" in self._once

    def settings(self) -> Settings:
        """How strictly this repository takes the rules, as ``keylife.yaml`` says.

        Raises:
            DeclarationError: it cannot be read.
        """

        def read() -> Settings | DeclarationError:
            try:
                return load_settings(self.beside / self.declarations)
            except DeclarationError as error:
                return error

        known: Settings | DeclarationError = self._read_once("settings", read)
        if isinstance(known, DeclarationError):
            raise known
        return known

    def _soon(self) -> timedelta:
        try:
            return self.settings().limits.soon
        except DeclarationError:  # it is every policy's violation already
            return Settings().limits.soon

    def registry(self, folder: str | None) -> Registry | RegistryUnknown:
        """The services and owners declared in a folder, from the pack's folder on."""
        path = self.beside / (self.declarations if folder is None else folder)
        known: Registry | RegistryUnknown = self._read_once(
            f"registry {path}", lambda: load_registry(path)
        )
        return known

    def _read_once(self, name: str, read: Callable[[], Any]) -> Any:
        with self._lock:
            if name not in self._once:
                self._once[name] = read()
            return self._once[name]
