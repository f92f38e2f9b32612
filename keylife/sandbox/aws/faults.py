"""Errors to order, so that tests can break one call of a deploy and see what is left behind."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from threading import Event
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from keylife.sandbox.aws.operation import Operation


class FaultKind(Enum):
    """What happens to the call."""

    ERROR_BEFORE = "error-before"
    """HTTP 500, and nothing was carried out."""

    EXECUTED_BUT_ERROR = "executed-but-error"
    """HTTP 500, although the call was carried out."""

    THROTTLE = "throttle"
    """Refused because of too many calls; nothing was carried out."""

    HELD = "held"
    """Carried out at once, but the answer is held back until the orders are next replaced: for
    killing whoever waits for it."""


class Fault(BaseModel):
    """One order: which calls fail, how, and how many of them."""

    model_config = ConfigDict(extra="forbid")

    service: str
    action: str
    match: dict[str, Any] = Field(default_factory=dict)
    """Parameters that the call must have, as they are sent; none matches every call."""

    times: int = Field(default=1, ge=1)
    """How many further calls it hits; counts down."""

    kind: FaultKind

    def hits(self, operation: Operation) -> bool:
        """Whether this order is meant for the call."""
        return (
            self.service == operation.service
            and self.action == operation.action
            and all(operation.parameters.get(name) == v for name, v in self.match.items())
        )


class Faults:
    """The orders that stand; each is struck off after its last time."""

    def __init__(self) -> None:
        self._standing: list[Fault] = []
        self._replaced = Event()

    @property
    def standing(self) -> tuple[Fault, ...]:
        """Orders that still wait for a call, with the times left."""
        return tuple(self._standing)

    def replace(self, orders: Iterable[Fault]) -> None:
        """Take these orders in place of the ones that stand; none clears them."""
        self._standing = list(orders)
        self._replaced.set()
        self._replaced = Event()

    @property
    def replaced(self) -> Event:
        """Set when the orders that stand now, or stood last, are replaced."""
        return self._replaced

    def take(self, operation: Operation) -> FaultKind | None:
        """What must happen to this call, counted as one of the order's times."""
        for fault in self._standing:
            if fault.hits(operation):
                fault.times -= 1
                self._standing = [order for order in self._standing if order.times > 0]
                return fault.kind
        return None
