"""What crosses the border between the engine and a stand-in comes out as it went in."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import struct_pb2  # type: ignore[import-untyped]  # no stubs installed
from hypothesis import given
from hypothesis import strategies as st

from keylife.sandbox.plugins.values import SIGNATURE, UNKNOWN, Secret, decode, encode

scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.just(UNKNOWN)
values = st.recursive(
    scalars | scalars.map(Secret),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=5), values, max_size=4))
def test_properties_survive_the_wire(properties: dict[str, Any]) -> None:
    assert decode(encode(properties)) == properties


def test_a_secret_shows_itself_nowhere() -> None:
    secret = Secret("hunter2")

    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        repr({"key": [secret]}),
        str(Exception(secret)),
    ]

    assert not any("hunter2" in text for text in shown)
    assert secret.reveal() == "hunter2"


def test_secrets_are_equal_when_their_values_are() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


def test_an_output_value_is_read_as_what_is_known_of_it() -> None:
    signed = {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4"}

    read = decode(
        encode({"known": {**signed, "value": "x", "secret": True}, "unknown": {**signed}})
    )

    assert read == {"known": Secret("x"), "unknown": UNKNOWN}


def test_an_asset_is_refused() -> None:
    struct = struct_pb2.Struct()
    struct.update({"file": {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "x"}})

    with pytest.raises(ValueError, match="assets"):
        decode(struct)
