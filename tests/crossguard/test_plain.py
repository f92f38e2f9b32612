from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi_policy.proxy import UnknownValueError, unknown_checking_proxy

from keylife.compliance.unknown import UNKNOWN
from keylife.crossguard.plain import PlainInputs, plain
from tests.crossguard.analyzer import COMPUTED

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=5)
    | st.just(COMPUTED),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)


def expected(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: expected(item) for key, item in value.items()}
    if isinstance(value, list):
        return [expected(item) for item in value]
    return UNKNOWN if value == COMPUTED else value


@settings(max_examples=200)  # each builds a tree; more of them are no more different
@given(st.dictionaries(st.text(max_size=3), json_values, max_size=4))
def test_what_the_sdk_wraps_is_unwrapped_and_nothing_raises(inputs: dict[str, Any]) -> None:
    proxied = PlainInputs(unknown_checking_proxy(inputs))

    assert dict(proxied) == expected(inputs)
    assert len(proxied) == len(inputs)


def test_the_sdk_still_raises_where_we_do_not() -> None:
    """Without this, the test above would not show anything."""
    with pytest.raises(UnknownValueError):
        _ = unknown_checking_proxy({"ttl": COMPUTED})["ttl"]


def test_whole_numbers_come_as_floats_and_leave_as_integers() -> None:
    assert plain({"a": 3600.0, "b": 0.5}) == {"a": 3600, "b": 0.5}
    assert isinstance(plain(3600.0), int)


def test_what_is_absent_is_absent_and_not_unknown() -> None:
    inputs = PlainInputs(unknown_checking_proxy({"a": COMPUTED}))

    assert inputs.get("b") is None
    assert inputs.get("a") is UNKNOWN


def test_only_what_is_asked_for_is_touched() -> None:
    class Fragile(dict[str, object]):
        def __getitem__(self, name: str) -> object:
            assert name == "ttl"
            return "1h"

    assert PlainInputs(Fragile(ttl=1, blob=2))["ttl"] == "1h"


def test_what_is_too_deep_or_of_no_plain_type_is_unknown() -> None:
    deep: Any = "end"
    for _ in range(1000):
        deep = [deep]

    assert "unknown" in repr(plain(deep))
    assert plain(object()) is UNKNOWN
