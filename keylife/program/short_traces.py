"""Few lines of the program's stack in the state, because the state is written after every step.

Pulumi's SDK sends with each resource the whole stack of calls that declared it, some twenty
frames, and the engine keeps them in the state: more than half of its bytes. A default ``up``
writes all of the state twice for every resource that it makes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

FRAMES = 8
"""Two or three of them are keylife's, the others the SDK's own, which it leaves out."""


@contextmanager
def short_traces() -> Iterator[None]:
    """What is declared meanwhile is sent with the innermost frames only.

    Source: the Python standard library, ``sys.tracebacklimit``, which ``traceback.extract_stack``
    heeds when it is given no limit of its own; the SDK gives none (runtime/resource.py,
    ``_get_stack_trace``). An error that leaves the block is shown with all its frames.
    """
    was_set = hasattr(sys, "tracebacklimit")
    before = sys.tracebacklimit if was_set else None
    sys.tracebacklimit = FRAMES
    try:
        yield
    finally:
        if was_set:
            sys.tracebacklimit = before
        else:
            del sys.tracebacklimit
