"""A resource as any gate may see it, before it is known whether it is a credential."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from keylife.compliance.credential import Absence, Life, Stated
from keylife.compliance.options import Options
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

    options: Options = Options()  # noqa: RUF009  # it is frozen
    was: Life | None = None
    """Birth and end as the state before this change has them; None where a gate sees no state."""

    cloud_id: str | None = None
    """Its id at its issuer, where a gate knows it."""

    fingerprint: str | None = None
    """The keyed hash of the secret it holds, where a gate knows it."""

    secret_outputs: frozenset[str] | None = None
    """The outputs that the state keeps encrypted; None where a gate sees no outputs."""

    plain_outputs: frozenset[str] = frozenset()
    """The outputs that the state keeps in clear, and that are not empty."""

    leaking_outputs: frozenset[str] = frozenset()
    """Those of them that are a secret by their form, whatever the type."""

    deleted: bool = False
    """Whether this change deletes it."""

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
