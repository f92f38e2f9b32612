"""When waiting for a revocation is of no use any more: what goes on needs somebody or some time."""

from __future__ import annotations

from keylife.revocation.worker import Order

_TRIES = 3
"""Attempts in a row that came to nothing, after which whoever waits is told so."""


def stands_still(orders: list[Order]) -> bool:
    """Whether every order that is not settled has failed so often in a row."""
    left = [order.progress for order in orders if not order.progress.settled]
    return bool(left) and all(progress.failures >= _TRIES for progress in left)
