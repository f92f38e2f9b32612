from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylife.compliance.spans import read_go_duration, say_span


@given(h=st.integers(0, 99_999), m=st.integers(0, 59), s=st.integers(0, 59))
def test_a_duration_is_read_as_go_writes_it(h: int, m: int, s: int) -> None:
    expected = timedelta(hours=h, minutes=m, seconds=s)

    assert read_go_duration(f"{h}h{m}m{s}s") == expected
    assert read_go_duration(str(int(expected.total_seconds()))) == expected


@given(st.text(max_size=12))
def test_what_is_no_duration_is_refused_and_never_breaks(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert read_go_duration(text) >= timedelta(0)


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(days=400), "400 d"),
        (timedelta(days=399, hours=23, minutes=59), "399 d 23 h"),
        (timedelta(hours=1, seconds=5), "1 h"),
        (-timedelta(days=2), "-2 d"),
    ],
)
def test_a_span_is_said_in_its_two_largest_units(span: timedelta, said: str) -> None:
    assert say_span(span) == said
