"""What a resource type's properties are, as data.

The words are those of the Terraform plugin SDK, on which the real plugins are bridged: a property
is *required*, *optional*, *optional and computed* (the system fills it in when it is left out), or
an *output*.

Source: terraform-plugin-sdk v2, helper/schema, type ``Schema``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from keylife.sandbox.plugins.values import UNKNOWN, Secret, Values

Kind = Literal["string", "integer", "number", "boolean", "list", "set", "map", "object"]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One property of a resource type or of the provider's configuration."""

    kind: Kind = "string"
    """A *set* travels as a list whose order means nothing; an *object* has ``fields``."""

    required: bool = False
    """Whether a program that leaves it out is refused."""

    computed: bool = False
    """Whether the system fills it in when the program leaves it out: then that is no change."""

    output: bool = False
    """Whether a program cannot set it at all."""

    force_new: bool = False
    """Whether a change of it replaces the resource."""

    secret: bool = False
    """Whether it is marked secret in inputs and outputs, whatever the program says."""

    default: Any = None
    """What stands in when the program leaves it out."""

    autoname: bool = False
    """Whether a name made of the resource's own and a random suffix stands in."""

    normalise: Callable[[Any], Any] | None = None
    """From what a program writes to what the state holds; changes are judged on the latter."""

    suppress: Callable[[Any, Any], bool] | None = None
    """Given (state, input): whether the two mean the same, although they differ."""

    elements: "Field | None" = None
    """What a list, set or map holds; ``None`` means strings."""

    fields: "Mapping[str, Field] | None" = None
    """What an object holds."""

    @property
    def is_input(self) -> bool:
        """Whether a program may set it."""
        return not self.output

    def in_state(self, value: Any) -> Any:
        """``value`` as the state holds it; a secret stays one, an unknown value unknown."""
        if self.normalise is None or value is None or value is UNKNOWN:
            return value
        if isinstance(value, Secret):
            return Secret(self.in_state(value.reveal()))
        return self.normalise(value)


Fields = Mapping[str, Field]

STRING = Field()


def conceal(fields: Fields, values: Mapping[str, Any]) -> Values:
    """``values`` with every secret property wrapped; what is missing or unknown stays as it is."""
    return {
        name: _concealed(fields.get(name), value, bare=(None, UNKNOWN))
        for name, value in values.items()
    }


def complete(fields: Fields, state: Mapping[str, Any]) -> Values:
    """``state`` as outputs: every property there, ``None`` where nothing is, secrets wrapped."""
    absent = dict.fromkeys(name for name in fields if name not in state)
    return {
        name: _concealed(fields.get(name), value, bare=())
        for name, value in {**absent, **state}.items()
    }


def _concealed(field: Field | None, value: Any, bare: tuple[Any, ...]) -> Any:
    if field is None or isinstance(value, Secret):
        return value
    if field.secret:
        return value if any(value is item for item in bare) else Secret(value)
    if field.kind == "object" and field.fields and isinstance(value, Mapping):
        return {
            name: _concealed(field.fields.get(name), item, bare) for name, item in value.items()
        }
    return value
