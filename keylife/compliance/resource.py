"""A resource as any gate may see it, before it is known whether it is a credential."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from keylife.compliance.credential import Absence, Stated
from keylife.compliance.unknown import UNKNOWN

STACK = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class Resource:
    """What a program is about to register, in plain values."""

    urn: str
    type: str
    inputs: Mapping[str, object]
    """By property name, as the provider writes it; :data:`UNKNOWN` stands for what is computed."""

    provider: Mapping[str, object] | None = None
    """The inputs of its provider; None for a component, which has none."""

    aliases: tuple[str, ...] = ()
    protected: bool = False
    parent: str | None = None
    """The URN of its parent."""

    name: str = field(init=False)
    lineage: tuple[str, ...] = field(init=False)
    """The types of its ancestors, from the outermost on, the stack's own left out."""

    def __post_init__(self) -> None:
        # A name may hold any characters, `::` and `$` too, so what stands before it is cut first.
        *_, types, name = self.urn.split("::", 3)
        object.__setattr__(self, "name", name)
        ancestors = types.split("$")[:-1]
        object.__setattr__(self, "lineage", tuple(t for t in ancestors if t != STACK))

    def text(self, name: str) -> Stated:
        """An input that should be a text, or why it is none."""
        value = self.inputs.get(name)
        if value is UNKNOWN:
            return Absence.COMPUTED
        if value is None:
            return Absence.UNSTATED
        return value if isinstance(value, str) else Absence.UNREADABLE
