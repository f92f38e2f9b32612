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

    most_at_once: int | None = None
    """How many versions of a key its issuer holds at the same time, deactivated ones included;
    None: as many as need be. Where there is a limit, the versions share one principal, and with
    it the end that the issuer itself enforces: the latest expiry of those that it accepts."""

    def __post_init__(self) -> None:
        """Two at least, or no version could overlap with its successor; and what may become
        accepted again with its principal must be refused before that.

        Raises:
            ValueError: otherwise.
        """
        if self.most_at_once is not None and (self.most_at_once < 2 or not self.can_deactivate):
            raise ValueError("a kind with a limit holds two versions and can deactivate them")
