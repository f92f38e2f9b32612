"""A random secret of a form that scanners know, drawn once."""

from __future__ import annotations

import base64
import pickle
import secrets
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.dynamic.dynamic import serialize_provider
from pydantic import ValidationError

from keylife.kinds.generated import (
    PREFIX,
    RANDOM,
    Generated,
    GeneratedScope,
    generated_from,
    is_generated,
)
from keylife.kinds.kind import Issuance
from keylife.model.ledger import IssuedVersion
from tests.program.engine import Engine, Registered

BIRTH = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TYPE = "pulumi-python:dynamic/keylife:Generated"
numbers = st.integers(0, 62**RANDOM - 1)


@given(numbers)
def test_a_generated_secret_is_known_by_its_form(number: int) -> None:
    text = generated_from(number)

    assert is_generated(text)
    assert (text[:4], len(text), text.isascii()) == (PREFIX, 40, True)


@given(numbers, numbers)
def test_every_number_gives_another(one: int, other: int) -> None:
    assert (generated_from(one) == generated_from(other)) is (one == other)


@given(numbers, st.integers(4, 39), st.sampled_from("0Az"))
def test_a_slip_of_one_character_is_found(number: int, place: int, character: str) -> None:
    text = generated_from(number)
    slipped = text[:place] + character + text[place + 1 :]

    assert is_generated(slipped) is (slipped == text)


def test_the_form_is_as_written_down() -> None:
    text = generated_from(61)

    assert text.startswith("klg_" + "0" * 29 + "z")
    value = 0
    for digit in text[-6:]:
        value = value * 62 + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".index(
            digit
        )
    assert value == zlib.crc32(text[:-6].encode())


@pytest.mark.parametrize(
    "text", ["", "klg_", "ghp_" + "0" * 36, "klg_" + "0" * 36, "klg_" + "é" * 36]
)
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert not is_generated(text)
    assert not is_generated(generated_from(7) + "\n")


def issued(scope: Mapping[str, Any], at: datetime) -> Registered:
    version = IssuedVersion(
        number=3,
        birth=BIRTH,
        expiry=BIRTH + timedelta(days=14),
        rotation_due=BIRTH + timedelta(days=7),
        grace=timedelta(days=7),
        cause="first",
        owner="team",
        service="billing",
        scope=dict(scope),
    )
    wanted = Issuance(
        key_id="billing-hook",
        version=version,
        scope=dict(scope),
        owner="team",
        service="billing",
        at=at,
        deactivated=False,
    )
    engine = Engine()

    def program() -> None:
        assert set(Generated().issue(wanted, pulumi.ResourceOptions())) == {"secret"}

    engine.run(program)
    return engine.one(TYPE, "billing-hook-v3")


def test_nothing_that_is_declared_goes_into_it() -> None:
    first = issued({"accepted_by": "the shop"}, BIRTH)
    later = issued({"accepted_by": "another shop"}, BIRTH + timedelta(days=3))

    assert first.inputs == later.inputs
    assert set(first.inputs) - {"__provider"} <= {"secret"}


def test_the_state_holds_the_name_of_the_code_and_no_secret() -> None:
    from keylife.kinds.generated_secret import _PROVIDER

    pickled = serialize_provider(_PROVIDER)

    assert len(pickled) < 200
    assert b"keylife.kinds.generated_secret" in base64.b64decode(pickled)
    again = pickle.loads(base64.b64decode(pickled))
    assert type(again) is type(_PROVIDER)


def test_it_is_drawn_once_and_never_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    from keylife.kinds.generated_secret import _PROVIDER

    asked: list[int] = []

    def randbelow(below: int) -> int:
        asked.append(below)
        return 61

    monkeypatch.setattr(secrets, "randbelow", randbelow)

    made = _PROVIDER.create({})

    assert asked == [62**RANDOM]
    assert made.outs == {"secret": generated_from(61)}
    assert "z" * 2 not in made.id and not is_generated(made.id)
    assert _PROVIDER.diff(made.id, made.outs or {}, {"__provider": "another"}).changes is False


def test_a_scope_says_who_accepts_it() -> None:
    assert GeneratedScope.model_validate({"accepted_by": "the shop"}).accepted_by == "the shop"
    for wrong in ({}, {"accepted_by": " "}, {"accepted_by": "a", "length": 9}):
        with pytest.raises(ValidationError):
            GeneratedScope.model_validate(wrong)
