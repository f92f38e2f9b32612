"""What a kind can do, as far as a plan must know."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Traits:
    """Facts about a kind that change what a plan does with its versions."""

    can_deactivate: bool
    """Whether the issuer can refuse a credential without destroying it."""

    scope_in_place: bool
    """Whether the scope of a live credential can be changed without issuing it again."""
