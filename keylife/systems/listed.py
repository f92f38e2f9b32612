"""What is alike in every system in which nobody can use a version from here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from keylife.orphan import Clients
from keylife.systems.system import Answer, Holding, Material


class OnlyListed(ABC):
    """A version is looked for, and that is all that can be done."""

    only_listed: ClassVar[bool] = True

    def use(self, holding: Holding, material: Material, clients: Clients) -> Answer:
        """Look for it: why it cannot be used says what makes it weak."""
        return self.look(holding, clients)

    @abstractmethod
    def look(self, holding: Holding, clients: Clients) -> Answer:
        """Look for the version with the operator's own identity."""
