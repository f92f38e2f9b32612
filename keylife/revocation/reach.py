"""What one stack's keys are held by, how it is reached, and their secrets: in memory only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from functools import cached_property
from threading import Lock
from typing import Any

from keylife.compliance.tokens import MANAGED_KEY
from keylife.engine.providers import connection_of
from keylife.engine.stack import Stack
from keylife.errors import LedgerUnreadableError
from keylife.model.revocation import Reason
from keylife.orphan import Clients, answered
from keylife.revocation.course import SystemSilentError
from keylife.revocation.hands import silent
from keylife.systems.holdings import holdings_of, material_of, read_copy
from keylife.systems.state import open_text
from keylife.systems.system import Holding, Material
from keylife.systems.table import SYSTEMS


class Reach:
    """One stack's systems, as its state names them.

    Args:
        stack: it is asked for state and secrets together, and as seldom as can be: in an
            emergency each call of the Pulumi CLI counts. Where its secrets cannot be had, for its
            state alone.
        ahead: the state with its secrets, where somebody has asked for it already.
    """

    def __init__(self, stack: Stack, ahead: Future[dict[str, Any]] | None = None) -> None:
        self._stack = stack
        self._ahead = ahead
        self._lock = Lock()
        self._clients: dict[str, Clients] = {}
        self._materials: dict[tuple[str, int], Material] = {}

    def holdings(
        self, key: str, ending: Collection[int] | None = None, reason: Reason = Reason.UNSPECIFIED
    ) -> tuple[Holding, ...]:
        """Everything that holds a version of a key that ends.

        Args:
            key: its id.
            ending: the versions; None for all, and the key with them.
            reason: why they end.

        Raises:
            LedgerUnreadableError: the state cannot be read.
        """
        compromised = reason is Reason.KEY_COMPROMISE
        return holdings_of(self._state, key, ending, compromised=compromised)

    def keys_of(self, field: str, name: str) -> frozenset[str]:
        """The ids of the keys of a service or an owner, whether they are declared still or not.

        Args:
            field: ``service`` or ``owner``.
            name: its id.

        Raises:
            LedgerUnreadableError: the state cannot be read.
        """
        return frozenset(
            open_text(resource, "inputs", "id")
            for resource in self._state["deployment"].get("resources") or ()
            if resource["type"] == MANAGED_KEY and open_text(resource, "inputs", field) == name
        )

    def clients(self, holding: Holding) -> Clients:
        """Connections to where a holding is.

        Raises:
            LedgerUnreadableError: the state cannot be read.
        """
        with self._lock:
            if holding.provider not in self._clients:
                if not self._knows(holding.provider):
                    self.read_anew()
                at = connection_of(self._state, holding.provider, self._stack.secrets)
                self._clients[holding.provider] = Clients(at)
            return self._clients[holding.provider]

    def read_secrets(self, holdings: Iterable[Holding]) -> None:
        """Read the secrets of what is to die, while there is somewhere to read them.

        From the state; where that has none, from a copy. What cannot be read is left: the evidence
        of its death will be weak, and the kill does not wait for it.
        """
        for holding in holdings:
            version = (holding.key, holding.version)
            if not self._materials.get(version):
                with suppress(SystemSilentError), answered(silent):
                    self._materials[version] = self._read(holding)

    def material(self, holding: Holding) -> Material | None:
        """A version's secret; None if it is not to be had."""
        version = (holding.key, holding.version)
        with self._lock:
            if version not in self._materials:
                found = material_of(self._state, holding)
                if not found:
                    self.read_anew()  # it may be younger than what was read
                    found = material_of(self._state, holding)
                self._materials[version] = found
            return self._materials[version] or None

    def _read(self, holding: Holding) -> Material:
        found = material_of(self._state, holding)
        if not found and not SYSTEMS[holding.system].issues:
            found = read_copy(holding, self.clients(holding))
        return found

    def _knows(self, provider: str) -> bool:
        urn = provider.rpartition("::")[0]
        resources = self._state["deployment"].get("resources") or ()
        return not provider or any(resource["urn"] == urn for resource in resources)

    def read_anew(self) -> None:
        """Forget the state as it was read: a worker lives for longer than that is true, and a
        deploy that was under way may have issued another version before it was stopped."""
        vars(self).pop("_state", None)

    @cached_property
    def _state(self) -> Mapping[str, Any]:
        ahead, self._ahead = self._ahead, None
        try:
            return self._stack.export_in_the_clear() if ahead is None else ahead.result()
        except LedgerUnreadableError:
            return self._stack.export()  # no passphrase: its keys can die all the same
