"""Python's cyclic garbage collector, out of the way of work that leaves it nothing to do."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collector() -> Iterator[None]:
    """Building many small objects, none of them garbage: the collector would look at all of them
    again and again, which takes longer than the rest of the work. What was built counts as old
    afterwards, so that it is not looked at once more as soon as the collector is back."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.freeze()
            gc.unfreeze()
            gc.enable()
