"""Enough is three refusals over the whole window, whatever the window is."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from keylife.revocation.progress import Probe
from keylife.revocation.proof import AT_LEAST, is_complete, next_after
from keylife.systems.system import Verdict
from tests.revocation.world import START

WINDOWS = st.floats(0, 4000).map(lambda seconds: timedelta(seconds=round(seconds, 3)))


def refusals(*after: timedelta) -> tuple[Probe, ...]:
    """Refusals at these times after the first moment."""
    return tuple(
        Probe(at=START + each, verdict=Verdict.REFUSED, said="no", used=True) for each in after
    )


@given(st.lists(st.integers(0, 60_000), max_size=12), WINDOWS)
def test_it_is_enough_exactly_if_three_span_the_window(after: list[int], window: timedelta) -> None:
    probes = refusals(*(timedelta(milliseconds=each) for each in sorted(after)))
    spanned = probes[-1].at - probes[0].at if probes else timedelta(0)
    apart = timedelta(milliseconds=400)
    assert is_complete(probes, window) is (len(probes) >= 3 and spanned >= max(window, apart))


@given(WINDOWS)
def test_as_many_as_are_needed_are_enough_when_each_comes_when_it_is_due(window: timedelta) -> None:
    probes = refusals(timedelta(0))
    while not is_complete(probes, window):
        due = probes[-1].at + next_after(probes, window)
        probes = refusals(*(probe.at - START for probe in probes), due - START)
        assert len(probes) <= AT_LEAST
    assert len(probes) == AT_LEAST
