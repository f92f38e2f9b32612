"""What the models find wrong, in the words of people who write declarations.

pydantic speaks to programmers ("Input should be a valid string"); none of that is passed on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from keylife.declarations.echo import did_you_mean, one_of, quoted, shown

REFERENCE = "docs/reference/declarations.md says what it may be"


class Anchor(Enum):
    """Which part of the text a complaint points at."""

    VALUE = auto()
    NAME = auto()
    """The field's name: there is no such field."""

    AROUND = auto()
    """What the field is missing from."""


@dataclass(frozen=True)
class Complaint:
    """What is wrong with a value, and how to mend it."""

    what: str
    cure: str
    anchor: Anchor = Anchor.VALUE
    meant: str | None = None
    """The field that was probably meant, where there is none of that name."""


@dataclass(frozen=True)
class _Subject:
    """The value complained of."""

    name: str
    """As a message names it: `` `ttl` ``, or ``entry 2 of `policies` ``."""

    value: Any
    facts: Mapping[str, Any]
    model: type[BaseModel] | None
    """The model that the field belongs to."""


def complaint_of(error: ErrorDetails, model: type[BaseModel], title: str) -> Complaint:
    """Put a model's error into words.

    Args:
        error: as pydantic reports it.
        model: the model that was validated.
        title: what the model describes, for errors about all of it: ``key``.
    """
    path = error["loc"]
    subject = _Subject(
        name=_named(path, title),
        value=error["input"],
        facts=error.get("ctx", {}),
        model=_model_at(model, path[:-1]),
    )
    kind = error["type"]
    if kind == "missing":
        field = shown(str(path[-1]))
        return Complaint(f"`{field}` is missing", f"add `{field}: …`", Anchor.AROUND)
    if kind == "extra_forbidden":
        return _unknown_field(str(path[-1]), subject.model)
    if kind in ("value_error", "assertion_error"):
        return _refused(subject, whole=not path)
    return _wording(kind)(subject)


def unknown_field(name: str, known: Iterable[str]) -> Complaint:
    """There is no field of this name; ``known`` are those there are."""
    meant = did_you_mean(name, known)
    cure = f"did you mean `{meant}`?" if meant else f"the fields are {one_of(known)}"
    return Complaint(f"there is no field {quoted(name)} here", cure, Anchor.NAME, meant)


def _unknown_field(name: str, model: type[BaseModel] | None) -> Complaint:
    return unknown_field(name, model.model_fields if model else ())


def _named(path: tuple[str | int, ...], title: str) -> str:
    if not path:
        return f"this {title}"
    last = path[-1]
    if isinstance(last, str):
        return f"`{shown(last)}`"
    around = next((step for step in reversed(path) if isinstance(step, str)), title)
    return f"entry {last + 1} of `{shown(around)}`"


def _model_at(model: type[BaseModel], path: tuple[str | int, ...]) -> type[BaseModel] | None:
    """The model that describes the value at a path, as far as models go."""
    found: type[BaseModel] | None = model
    for step in path:
        if isinstance(step, int):
            continue
        if found is None or step not in found.model_fields:
            return None
        found = _model_in(found.model_fields[step].annotation)
    return found


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _refused(subject: _Subject, *, whole: bool) -> Complaint:
    """A rule of the model itself; its message says what is expected."""
    reason = str(subject.facts.get("error", "")) or REFERENCE
    if isinstance(subject.value, str):
        for repeated in (subject.value, subject.value[:40]):
            if repeated != shown(repeated):
                reason = reason.replace(repeated, shown(repeated))
    if whole or isinstance(subject.value, dict):
        return Complaint(f"{subject.name} does not hold together", reason)
    return Complaint(f"{subject.name} cannot be {quoted(subject.value)}", reason)


def _is_to_be(wanted: str, cure: str) -> Callable[[_Subject], Complaint]:
    def say(subject: _Subject) -> Complaint:
        return Complaint(f"{subject.name} is to be {wanted}, not {quoted(subject.value)}", cure)

    return say


def _cannot_be(cure: str) -> Callable[[_Subject], Complaint]:
    """``cure`` may name the facts that pydantic gives with the error: ``{max_length}``."""

    def say(subject: _Subject) -> Complaint:
        facts = {name: shown(str(fact)) for name, fact in subject.facts.items()}
        return Complaint(
            f"{subject.name} cannot be {quoted(subject.value)}", cure.format_map(facts)
        )

    return say


def _text(subject: _Subject) -> Complaint:
    if isinstance(subject.value, bool | int | float):
        return _is_to_be("text", "put it in quotes")(subject)
    return _is_to_be("text", "write one line of text")(subject)


def _choice(subject: _Subject) -> Complaint:
    allowed = re.findall(r"'([^']*)'", str(subject.facts.get("expected", "")))
    meant = did_you_mean(str(subject.value), allowed)
    cure = f"did you mean `{meant}`?" if meant else f"write one of {one_of(allowed)}"
    return Complaint(f"{subject.name} cannot be {quoted(subject.value)}", cure)


_MAPPING = _is_to_be("a mapping", "write its fields as `name: value`, indented below it")
_LIST = _is_to_be("a list", "begin each entry with `- ` in a line below it")
_INSTANT = _is_to_be("an instant", "write RFC 3339, such as 2026-11-23T09:30:00Z")
_SPAN = _is_to_be("a span of time", "write a whole number and a unit, such as 30d")
_WHOLE = _is_to_be("a whole number", "write digits without quotes")
_NUMBER = _is_to_be("a number", "write digits without quotes")
_TRUTH = _is_to_be("`true` or `false`", "write one of the two, without quotes")
_OTHERWISE = _cannot_be(REFERENCE)

_WORDINGS: Mapping[str, Callable[[_Subject], Complaint]] = {
    "string_type": _text,
    "string_sub_type": _text,
    "string_unicode": _text,
    "string_too_short": _cannot_be("write at least {min_length} characters"),
    "string_too_long": _cannot_be("write at most {max_length} characters"),
    "string_pattern_mismatch": _cannot_be("write it in the form `{pattern}`"),
    "enum": _choice,
    "literal_error": _choice,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "dataclass_type": _MAPPING,
    "dict_type": _MAPPING,
    "mapping_type": _MAPPING,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "iterable_type": _LIST,
    "too_short": _cannot_be("it has {actual_length} entries; give at least {min_length}"),
    "too_long": _cannot_be("it has too many entries; give at most {max_length}"),
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "greater_than": _cannot_be("write a number greater than {gt}"),
    "greater_than_equal": _cannot_be("write {ge} or a greater number"),
    "less_than": _cannot_be("write a number less than {lt}"),
    "less_than_equal": _cannot_be("write {le} or a smaller number"),
    "multiple_of": _cannot_be("write a multiple of {multiple_of}"),
    "none_required": _cannot_be("leave it out"),
    "datetime_type": _INSTANT,
    "datetime_parsing": _INSTANT,
    "datetime_from_date_parsing": _INSTANT,
    "timezone_aware": _INSTANT,
    "time_delta_type": _SPAN,
    "time_delta_parsing": _SPAN,
}


def _wording(kind: str) -> Callable[[_Subject], Complaint]:
    return _WORDINGS.get(kind, _OTHERWISE)
