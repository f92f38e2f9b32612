"""Policies that are not asked about a resource of which the first of them has seen that there is
nothing to judge.

Before it asks a policy, the SDK takes the whole resource apart for it again: with some thirty
policies that takes far longer than all rules together, and of most resources (buckets, networks,
components) no rule has anything to say. It asks each policy first whether it validates at all.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import local
from typing import Any

from pulumi_policy import ResourceValidationPolicy


class Pass:
    """What the first policy of a pack saw of the resource that its thread is at.

    The SDK asks the policies one after the other in one thread. That the first one came first is
    made sure of: as soon as a policy is asked before it, nobody is passed over any more.
    """

    def __init__(self) -> None:
        self._at = local()
        self._in_order = True

    def begin(self, *, nothing_to_judge: bool) -> None:
        """Called by the first policy, for each resource."""
        self._at.next = 1
        self._at.empty = nothing_to_judge

    def allows(self, position: int) -> bool:
        """Whether the policy at a position need not be asked about this resource."""
        expected: int | None = getattr(self._at, "next", None)
        if expected is None or position < expected:
            self._in_order = False
        if not self._in_order:
            return False
        self._at.next = position + 1
        return bool(self._at.empty)


class PassingPolicy(ResourceValidationPolicy):
    """A policy that says it does not validate, while there is nothing for it to judge."""

    def __init__(self, *, passed: Callable[[], bool], **settings: Any) -> None:
        super().__init__(**settings)
        self._passed = passed

    def has_validation(self) -> bool:
        """Whether it is to be asked about the resource that is at hand."""
        return not self._passed()
