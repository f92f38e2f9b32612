"""One value, one way to write it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylife.audit.canonical import canonical
from tests.audit.examples import few

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
names = st.text(st.characters(max_codepoint=127), max_size=4)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
)


def test_what_the_rfc_shows_of_strings_and_order_is_written_so() -> None:
    value = {"peach": '\u20ac$\u000f\nA\'B"\\\\"/', "literals": [None, True, False], "1": {"b": 1}}

    written = canonical(value)

    assert written == (
        b'{"1":{"b":1},"literals":[null,true,false],'
        + '"peach":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'.encode()
    )


@few
@given(values)
def test_what_is_written_reads_back_and_is_written_the_same_again(value: Any) -> None:
    written = canonical(value)

    assert json.loads(written) == value
    assert canonical(json.loads(written)) == written


@few
@given(st.dictionaries(names, st.integers(0, 9), min_size=2, max_size=5))
def test_the_order_in_which_names_came_does_not_count(value: dict[str, int]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), 2**53, -(2**53), {"\u00e4": 1}, {1: 2}, "\ud800", b"x", {"a": [{1, 2}]}],
    ids=repr,
)
def test_what_others_may_read_otherwise_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        canonical(value)
