"""The fast reader reads nothing that the careful one refuses, or reads otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from keylife.declarations import fast, precise
from keylife.declarations.nodes import value_of
from tests.declarations.strategies import soups, spoiled, spoiled_soups, trees

_SETTINGS = settings(max_examples=500, deadline=None)


def _agree(text: str) -> None:
    value = fast.read(text)
    if value is None:
        return
    reading = precise.read(text)

    assert reading.troubles == []
    assert reading.root is not None
    assert value_of(reading.root) == value


@_SETTINGS
@given(trees)
def test_both_agree_on_well_indented_texts(text: str) -> None:
    _agree(text)


@_SETTINGS
@given(soups)
def test_both_agree_on_soups_of_lines(text: str) -> None:
    _agree(text)


@_SETTINGS
@given(spoiled)
def test_both_agree_on_spoiled_texts(text: str) -> None:
    _agree(text)


@_SETTINGS
@given(spoiled_soups)
def test_both_agree_on_spoiled_soups(text: str) -> None:
    _agree(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: b\n  - c\n",
        "- a: b\n    - c\n",
        "a:\n  - b\n    - c\n",
        "a: b\n\n# note\n  - c\n",
        "a: 2026-11-20T09:30:00Z e\n",
        "no: a\n",
        "a: {on: b}\n",
        "a:\n  - off: b\n",
        "a:\nb: c\n",
        "a:\n  - b:\n  - c: d\n",
        "a: b\n---\nc: d\n",
        "a: b\na: c\n",
        "a: {b: c, b: d}\n",
    ],
)
def test_what_the_careful_reader_refuses_is_not_for_the_fast_one(text: str) -> None:
    assert precise.read(text).troubles
    assert fast.read(text) is None
