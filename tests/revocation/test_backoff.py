"""Longer each time, never longer than five minutes, and never the last."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from keylife.revocation.backoff import FIRST, LONGEST, wait_after

CHANCE = st.floats(0, 1, exclude_max=True)


@given(st.integers(1, 10**6), CHANCE)
def test_there_is_always_another_attempt_within_five_minutes(failures: int, chance: float) -> None:
    wait = wait_after(failures, chance)
    assert FIRST / 2 <= wait <= LONGEST


@given(st.integers(1, 40), CHANCE)
def test_it_doubles_until_it_is_as_long_as_it_gets(failures: int, chance: float) -> None:
    now, then = wait_after(failures, chance), wait_after(failures + 1, chance)
    longest = LONGEST * (0.5 + chance / 2)
    assert abs(then - min(now * 2, longest)) <= timedelta(microseconds=2)  # they are whole ones


def test_many_that_fail_together_do_not_come_back_together() -> None:
    waits = {wait_after(5, chance / 100) for chance in range(100)}
    assert len(waits) == 100
    assert max(waits) - min(waits) > timedelta(seconds=7)
