"""Generated secrets: nobody issues them, and keylife knows nobody who could refuse one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from keylife.orphan import Clients
from keylife.systems.listed import OnlyListed
from keylife.systems.state import issued, secret_text
from keylife.systems.system import (
    Answer,
    Holding,
    Material,
    Resource,
    Step,
    Surroundings,
    Verdict,
)

_WEAK = (
    "keylife cannot ask whoever accepts it, but for the gateways that its key names: its copies are"
    " all that can be destroyed, and any other system that accepts it has to be told by hand"
)


class Generated(OnlyListed):
    """A random value in the stack's state."""

    name: ClassVar[str] = "generated"
    types: ClassVar[frozenset[str]] = frozenset({"pulumi-python:dynamic/keylife:Generated"})
    issues: ClassVar[bool] = True
    steps: ClassVar[Sequence[Step]] = ()

    def holdings(self, resource: Resource, around: Surroundings) -> Iterable[Holding]:
        """One, without steps: that it can be accepted somewhere is told, and not proven."""
        identity = str(resource["id"])
        return issued(
            self.name, resource, around, identity=identity, facts={}, window=0.0, weak=_WEAK
        )

    def material(self, resource: Resource) -> Material:
        """The value."""
        value = secret_text(resource.get("outputs"), "secret")
        return {"secret": value} if value else {}

    def mark(self, resource: Resource) -> Mapping[str, str]:
        """None: its copy shows nothing but the value."""
        return {}

    def look(self, holding: Holding, clients: Clients) -> Answer:
        """Nobody can be asked."""
        return Answer(Verdict.UNCLEAR, "nobody can be asked")
