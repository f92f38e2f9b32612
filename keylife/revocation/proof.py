"""When a version counts as dead in one system: pure, from what its probes were told.

A version is dead once it was refused at every look over its system's whole window, at least
three times (DESIGN.md, R9; THREATS.md, T19). A look that is not a refusal starts the count anew:
an answer that does not tell, such as a sealed Vault's, proves nothing for the time before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from keylife.revocation.progress import Probe

AT_LEAST = 3
"""How many refusals a proof has."""

_CLOSEST = timedelta(milliseconds=200)
"""Between two probes of a system that has no window: they have to be apart to be independent."""


def is_complete(refusals: Sequence[Probe], window: timedelta) -> bool:
    """Whether these refusals, one after the other without any other answer, are enough."""
    if len(refusals) < AT_LEAST:
        return False
    return refusals[-1].at - refusals[0].at >= max(window, _CLOSEST * (AT_LEAST - 1))


def next_after(refusals: Sequence[Probe], window: timedelta) -> timedelta:
    """How long after the last refusal the next look is due: so that three span the window."""
    assert refusals
    # a millisecond more than a half each: moments are cut to milliseconds
    return max(window / (AT_LEAST - 1), _CLOSEST) + timedelta(milliseconds=1)
