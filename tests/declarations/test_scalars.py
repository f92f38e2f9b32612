"""What an unquoted scalar means is what every reader of YAML takes it for."""

from __future__ import annotations

from typing import Any

import pytest
import yaml_rs
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from keylife.declarations.scalars import read_unquoted

_like_numbers = st.text("0123456789+-._:eExXoObBaAfF TtZz", min_size=1, max_size=12)
_like_words = st.sampled_from(
    ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
).flatmap(lambda word: st.sampled_from([word, word.upper(), word.title(), word + "s", "." + word]))
_odd = st.text("~=<.0x1e+-_:infaINFAN", min_size=1, max_size=6)


def _meaning(text: str, version: tuple[int, int]) -> Any:
    yaml = YAML(typ="safe", pure=True)
    yaml.version = version
    return yaml.load(f"value: {text}\n")["value"]


@settings(max_examples=1000, deadline=None)
@given(st.one_of(_like_numbers, _like_words, _odd))
@example("1:30")
@example("1:30.5")
@example("190:20:30")
@example("0b1_0")
@example("-0o17")
@example("+.INF")
@example("685.230_15e+03")
@example("2001-12-14 21:59:43.10 -5")
@example("08")
@example("1,000")
@example("12e03")
@example("1.")
@example("_0")
@example("1_.5")
@example("_")
@example("-_")
def test_what_is_read_is_read_alike_in_yaml_1_1_and_1_2(text: str) -> None:
    text = text.strip()
    meaning = read_unquoted(text)
    if meaning is None or "T" in text.upper():
        return  # refused, or an instant, which is text here whatever others make of it
    try:
        others = [_meaning(text, (1, 1)), _meaning(text, (1, 2)), yaml_rs.loads(f"value: {text}\n")]
    except (YAMLError, ValueError):
        return  # not a scalar at all
    others[2] = others[2]["value"]

    for other in others:
        assert (type(other), other) == (type(meaning), meaning)


@pytest.mark.parametrize(
    "text",
    [
        *("y", "N", "yes", "No", "ON", "off", "True", "FALSE", "~", "null", "Null", "=", "<<", ""),
        *("0o17", "017", "0x1F", "0b101", "1_000", "1,000", "+1", "-0x1", "00", "1e3", "1E-3"),
        *("1.", ".5", "-.5", ".inf", "-.INF", ".NaN", "90:00", "1:30:00", "-1:30", "1:30.5"),
        *("2026-11-20", "2026-1-2", "2026-11-20 09:30:00", "2026-11-20T09:30:00"),
        *("2026-11-20T09:30:00.5Z", "2026-11-20t09:30:00z", "2026-11-20 09:30:00Z"),
        *("12345678901234567890", "1.123456789012345678"),
    ],
)
def test_what_readers_differ_about_is_refused(text: str) -> None:
    assert read_unquoted(text) is None


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("billing", "billing"),
        ("30d", "30d"),
        ("0d", "0d"),
        ("1.5d", "1.5d"),
        ("yes-please", "yes-please"),
        ("no_", "no_"),
        ("northeast", "northeast"),
        ("1.2.3.4.example", "1.2.3.4.example"),
        ("arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/A"),
        ("2026-11-20T09:30:00Z", "2026-11-20T09:30:00Z"),
        ("2026-11-20T09:30:00+01:00", "2026-11-20T09:30:00+01:00"),
        ("true", True),
        ("false", False),
        ("0", 0),
        ("-12", -12),
        ("1.25", 1.25),
    ],
)
def test_what_all_read_alike_is_read(text: str, meaning: object) -> None:
    read = read_unquoted(text)

    assert (type(read), read) == (type(meaning), meaning)
