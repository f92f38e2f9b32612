"""From what a program writes to checked inputs, and from state back to inputs.

The failures are worded as the Terraform bridge words them, so that a program that is refused here
is refused for the same reason by the real plugin.

Source: pulumi/pulumi-terraform-bridge, pkg/tfbridge: ``MakeTerraformInputs`` (defaults),
``formatCheckFailureReason`` (wording), ``ExtractInputsFromOutputs`` (from state to inputs).
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from keylife.sandbox.plugins.schema import STRING, Field, Fields
from keylife.sandbox.plugins.values import UNKNOWN, Secret, Values, reveal

DEFAULTS = "__defaults"
"""Names the inputs that a default filled in, so that the next check may choose anew."""

SUFFIX_LENGTH = 7
"""Random hexadecimal digits behind an automatic name."""


@dataclass(frozen=True)
class Failure:
    """One reason why inputs are refused."""

    reason: str
    """A sentence without any property's value."""

    property: str = ""
    """The property, where the engine is to name it; the bridge leaves it to the reason."""


@dataclass(frozen=True)
class Checked:
    """Inputs as they go into the state, or why they cannot."""

    inputs: Values
    failures: list[Failure]


@dataclass(frozen=True)
class Naming:
    """How to name a resource whose program does not."""

    name: str
    """The resource's name in the program."""

    seed: bytes = b""
    """From the engine; the same seed gives the same name, so preview and deploy agree."""

    proposed: str | None = None
    """What the user's autonaming configuration proposes."""

    mode: Literal["propose", "enforce", "disable"] = "propose"

    def choose(self) -> str | None:
        """The automatic name; ``None`` when naming is switched off."""
        if self.mode == "disable":
            return None
        if self.proposed:
            return self.proposed
        suffix = hashlib.sha256(self.seed + self.name.encode()).hexdigest()[:SUFFIX_LENGTH]
        return f"{self.name}-{suffix}"


def check(fields: Fields, news: Values, olds: Values, naming: Naming) -> Checked:
    """``news`` validated, with defaults and automatic names filled in.

    ``olds`` are the inputs of the last deploy: an automatic name stays what it was.
    """
    failures = list(_failures(fields, news, naming.name, ()))
    inputs = {name: value for name, value in news.items() if value is not None}
    defaulted = []
    for name, field in fields.items():
        if name in inputs:
            inputs[name] = _checked_value(field, inputs[name])
            continue
        default = _default(name, field, olds, naming)
        if default is not None:
            inputs[name] = default
            defaulted.append(name)
        elif field.required:
            failures.append(_missing(naming.name, (name,)))
    inputs[DEFAULTS] = sorted(defaulted)
    return Checked(inputs, failures)


def _default(name: str, field: Field, olds: Values, naming: Naming) -> Any:
    if field.autoname:
        if name in olds.get(DEFAULTS, ()) and olds.get(name):
            return olds[name]
        return naming.choose()
    # The bridge writes only defaults that say something: not "", 0 or false.
    return field.default or None


def _checked_value(field: Field, value: Any) -> Any:
    bare = reveal(value)
    if field.kind == "object" and field.fields and isinstance(bare, Mapping):
        kept = {name: item for name, item in bare.items() if item is not None}
        bare = {DEFAULTS: [], **kept}
    secret = field.secret or isinstance(value, Secret)
    return Secret(bare) if secret and bare is not UNKNOWN else bare


_ACCEPTED: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "set": (list,),
    "map": (dict,),
    "object": (dict,),
}
_SPOKEN = {"list": "array", "set": "array", "map": "object", "integer": "number"}

_Path = tuple[str | int, ...]


def _failures(fields: Fields, news: Mapping[str, Any], name: str, at: _Path) -> Iterable[Failure]:
    for key, value in news.items():
        if key == DEFAULTS or value is None:
            continue
        field = fields.get(key)
        if field is None or not field.is_input:
            yield Failure(
                f"Invalid or unknown key. Examine values at '{_spell(name, (*at, key))}'."
            )
        else:
            yield from _value_failures(field, value, name, (*at, key))


def _value_failures(field: Field, value: Any, name: str, at: _Path) -> Iterable[Failure]:
    value = reveal(value)
    if value is UNKNOWN or value is None:
        return
    if not _accepted(field, value):
        expected = _SPOKEN.get(field.kind, field.kind)
        yield Failure(
            f"expected {expected} type, got {_type_name(value)} type. "
            f"Examine values at '{_spell(name, at)}'."
        )
    elif field.kind in ("list", "set"):
        for index, item in enumerate(value):
            yield from _value_failures(field.elements or STRING, item, name, (*at, index))
    elif field.kind == "map":
        for key, item in value.items():
            if key != DEFAULTS:
                yield from _value_failures(field.elements or STRING, item, name, (*at, key))
    elif field.kind == "object" and field.fields:
        yield from _failures(field.fields, value, name, at)
        for key, inner in field.fields.items():
            if inner.required and value.get(key) is None:
                yield _missing(name, (*at, key))


def _accepted(field: Field, value: Any) -> bool:
    if field.kind == "string":
        # The bridge writes numbers and booleans out.
        return isinstance(value, str | bool | int | float)
    if isinstance(value, bool):
        return field.kind == "boolean"
    return isinstance(value, _ACCEPTED[field.kind])


def _missing(name: str, at: _Path) -> Failure:
    argument = ".".join(_snake(part) if isinstance(part, str) else str(part) for part in at)
    return Failure(
        f'Missing required argument. The argument "{argument}" is required, '
        f"but no definition was found.. Examine values at '{_spell(name, at)}'."
    )


def _spell(name: str, at: _Path) -> str:
    return name + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _type_name(value: Any) -> str:
    for name in ("boolean", "number", "string", "list", "map"):
        if isinstance(value, _ACCEPTED[name]):
            return _SPOKEN.get(name, name)
    return type(value).__name__


def wanted(fields: Fields, inputs: Mapping[str, Any]) -> Values:
    """Checked inputs as a resource type works with them: in the state's spelling, nothing noted."""
    return {
        name: _wanted_value(fields[name], value) for name, value in inputs.items() if name in fields
    }


def _wanted_value(field: Field, value: Any) -> Any:
    if isinstance(value, Mapping):
        if field.fields:
            return wanted(field.fields, value)
        return {key: item for key, item in value.items() if key != DEFAULTS}
    return field.in_state(value)


def imported(fields: Fields, state: Mapping[str, Any]) -> Values:
    """The inputs that a program would have to say to get ``state``: nothing a default gives."""
    inputs: Values = {DEFAULTS: []}
    for name, field in fields.items():
        if not field.is_input:
            continue
        value = _imported_value(field, state.get(name))
        if field.required or not _says_nothing(field, reveal(value)):
            inputs[name] = value
    return inputs


def _imported_value(field: Field, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return imported(field.fields, value) if field.fields else {DEFAULTS: [], **value}


def _says_nothing(field: Field, value: Any) -> bool:
    if field.default is not None:
        return bool(value == field.default)
    return not value or value == {DEFAULTS: []}


def refreshed(fields: Fields, old_inputs: Values, state: Values) -> Values:
    """``old_inputs`` with what ``state`` now says; what the program never said stays unsaid."""
    inputs: Values = {}
    unchanged = set()
    for name, old in old_inputs.items():
        if name == DEFAULTS:
            continue
        field = fields.get(name)
        new = _refreshed_value(field, old, state[name]) if field and name in state else old
        inputs[name] = new
        if reveal(new) == reveal(old):
            unchanged.add(name)
    if defaults := [name for name in old_inputs.get(DEFAULTS, ()) if name in unchanged]:
        inputs[DEFAULTS] = defaults
    return inputs


def _refreshed_value(field: Field, old: Any, new: Any) -> Any:
    if field.secret:
        return new
    if field.kind == "object" and field.fields and isinstance(old, Mapping):
        return refreshed(field.fields, dict(old), dict(new or {}))
    # An input that the state holds in another spelling is still the same input.
    return old if field.in_state(old) == new else new
