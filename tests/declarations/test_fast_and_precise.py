"""The fast reader reads nothing that the careful one refuses, or reads otherwise."""

from __future__ import annotations

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
