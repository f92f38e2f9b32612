"""What a gate must remember of resources it saw, because a child shows only its parent's URN.

A parent always comes before its children: a program needs its URN to register them. The engine
hands several resources to a policy pack at once, hence the lock.
"""

from __future__ import annotations

from threading import Lock

from keylife.compliance.credential import Absence, Stated
from keylife.compliance.describe import is_being_revoked
from keylife.compliance.resource import Resource
from keylife.compliance.statements import Statements


class Ancestors:
    """Owners and services that resources state for what is below them, and keys that end."""

    def __init__(self) -> None:
        self._stated: dict[tuple[str, str], Stated] = {}
        self._ending: set[str] = set()
        self._lock = Lock()

    def note(self, resource: Resource, words: tuple[Statements, ...]) -> None:
        """Remember a resource for the sake of its children."""
        said = {}
        for statements in words:
            own = statements.on(resource)
            if own is Absence.UNSTATED:
                own = self.inherited(resource.parent, statements)
            if own is not Absence.UNSTATED:
                said[resource.urn, statements.word] = own
        with self._lock:
            self._stated.update(said)
            if is_being_revoked(resource):
                self._ending.add(resource.urn)

    def inherited(self, parent: str | None, statements: Statements) -> Stated:
        """What the nearest ancestor states that states anything."""
        if parent is None:
            return Absence.UNSTATED
        with self._lock:
            return self._stated.get((parent, statements.word), Absence.UNSTATED)

    def is_ending(self, parent: str | None) -> bool:
        """Whether the resource of this URN is a key that is being revoked."""
        with self._lock:
            return parent in self._ending
