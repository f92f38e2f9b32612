"""What stands in a state of a key's and no system of keylife's knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from keylife.orphan import Clients
from keylife.systems.listed import OnlyListed
from keylife.systems.system import (
    Answer,
    Holding,
    Material,
    Resource,
    Step,
    Surroundings,
    Verdict,
)

UNSUPPORTED = "unsupported"
"""Its name in the table."""


class Unsupported(OnlyListed):
    """Nothing can be done or asked: somebody has to see to it, and the certificate says so."""

    name: ClassVar[str] = UNSUPPORTED
    types: ClassVar[frozenset[str]] = frozenset()
    issues: ClassVar[bool] = False
    steps: ClassVar[Sequence[Step]] = ()

    def holdings(self, resource: Resource, around: Surroundings) -> Iterable[Holding]:
        """None: it stands for no type."""
        return ()

    def material(self, resource: Resource) -> Material:
        """None."""
        return {}

    def mark(self, resource: Resource) -> Mapping[str, str]:
        """None."""
        return {}

    def look(self, holding: Holding, clients: Clients) -> Answer:
        """Nobody can be asked."""
        return Answer(Verdict.UNCLEAR, "nobody can be asked")
