"""Whatever a model can find wrong is said in words of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, ErrorTypeInfo
from pydantic_core._pydantic_core import list_all_errors

from keylife.declarations.echo import LONGEST, did_you_mean, one_of, quoted
from keylife.declarations.wording import REFERENCE, complaint_of
from keylife.deliveries import DELIVERIES
from keylife.kinds import KINDS
from keylife.model.base import Model
from keylife.model.key import Key
from keylife.model.registry import Owner, Service

_ALL: dict[str, ErrorTypeInfo] = {info["type"]: info for info in list_all_errors()}

_MODELS: tuple[type[Model], ...] = (
    Key,
    Service,
    Owner,
    *(kind.scope for kind in KINDS.values()),
    *(delivery.settings for delivery in DELIVERIES.values()),
)

_WRONG: tuple[Any, ...] = (
    *("", "x" * 700, "No", " ", "a\nb", "30", "0d", "2026-02-30T00:00:00Z"),
    *(0, -1, 10**30, 1.5, float("nan"), True, None),
    *([], [1], [[]], [None], ["a", "a"], [{}], [{"a": 1, "b": 2}], ["x"] * 12),
    *({}, {"a": 1}, {"kind": 1, "settings": 2}, {"vault-kv": 1}),
)


def _details(info: ErrorTypeInfo) -> ErrorDetails:
    facts = info.get("example_context") or {}
    return {
        "type": info["type"],
        "loc": ("ttl",),
        "msg": info["example_message_python"],
        "input": "some value",
        "ctx": facts,
    }


@pytest.mark.parametrize("kind", sorted(_ALL))
def test_no_error_of_pydantic_is_passed_on_in_its_words(kind: str) -> None:
    info = _ALL[kind]

    complaint = complaint_of(_details(info), Key, "key")

    said = f"{complaint.what}; {complaint.cure}"
    assert info["example_message_python"] not in said
    assert "Input should" not in said and "{" not in said
    assert complaint.what and complaint.cure


def _errors_of(model: type[BaseModel]) -> Iterator[ErrorDetails]:
    """What a model says to every wrong value in every field, and one level below."""
    for name, field in model.model_fields.items():
        for value in _WRONG:
            yield from _raised(model, {name: value})
        for part in _models_in(field.annotation):
            for inner in part.model_fields:
                for value in _WRONG:
                    yield from _raised(model, {name: {inner: value}})
                    yield from _raised(model, {name: [{inner: value}]})
    for value in _WRONG:
        yield from _raised(model, value)


def _raised(model: type[BaseModel], value: Any) -> Iterator[ErrorDetails]:
    try:
        model.model_validate(value)
    except ValidationError as error:
        yield from error.errors(include_url=False)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


@pytest.mark.parametrize("model", _MODELS, ids=lambda model: model.__name__)
def test_every_error_that_our_models_raise_has_a_cure_of_its_own(model: type[Model]) -> None:
    """The general way out, a look into the reference page, is for models yet to be written."""
    errors = list(_errors_of(model))

    assert errors
    for error in errors:
        complaint = complaint_of(error, model, "key")
        said = f"{complaint.what}; {complaint.cure}"
        assert complaint.cure != REFERENCE, error["type"]
        assert said.isprintable()
        assert "Input should" not in said and "Value error" not in said
        assert "x" * (LONGEST + 1) not in said


def test_a_rule_of_a_model_is_the_cure() -> None:
    [error] = [error for error in _raised(Key, {"ttl": "0d"}) if error["loc"] == ("ttl",)]

    complaint = complaint_of(error, Key, "key")

    assert complaint.what == "`ttl` cannot be `0d`"
    assert complaint.cure.startswith("longer than zero")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("short", "`short`"),
        ("x" * LONGEST, f"`{'x' * LONGEST}`"),
        ("x" * (LONGEST + 1), f"`{'x' * LONGEST}…`"),
        ("a\nb\x1b", "`a\ufffdb\ufffd`"),
        (True, "`true`"),
        (30, "`30`"),
        ([], "an empty list"),
        (["secret"], "a list"),
        ({"a": "secret"}, "a mapping"),
        (None, "this"),
    ],
)
def test_a_value_is_repeated_briefly_and_printably(value: Any, expected: str) -> None:
    assert quoted(value) == expected


def test_long_lists_of_names_are_cut() -> None:
    assert one_of(f"n{number:02}" for number in range(14)).endswith("`n11` and 2 more")


def test_nothing_is_suggested_that_is_not_near() -> None:
    assert did_you_mean("TTL", Key.model_fields) == "ttl"
    assert did_you_mean("colour", Key.model_fields) is None


def test_a_message_repeats_no_more_of_a_value_than_the_model_did() -> None:
    secret = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY"

    for error in _raised(Key, {"ttl": secret}):
        complaint = complaint_of(error, Key, "key")
        assert not re.search(re.escape(secret[: LONGEST + 1]), complaint.what + complaint.cure)
