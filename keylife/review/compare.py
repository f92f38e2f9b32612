"""One pure function from two revisions' declarations to what the change does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from keylife.review.change import Change
from keylife.review.configuration import configuration_changes
from keylife.review.declared import Declared
from keylife.review.guards import guard_changes
from keylife.review.keys import key_changes
from keylife.review.parties import gateway_changes, owner_changes, service_changes


def compare(
    before: Declared, after: Declared, paths: Iterable[str], at: datetime
) -> tuple[Change, ...]:
    """What a change of the declarations does to keys, the riskiest first.

    Args:
        before: what the base declares.
        after: what would be declared.
        paths: of all files that the change touches, from the repository's root.
        at: the instant of the review, for what begins or began at some other.
    """
    changes = [
        *guard_changes(paths),
        *configuration_changes(before.configuration, after.configuration, at),
        *key_changes(before, after, at),
        *service_changes(before, after, at),
        *owner_changes(before, after, at),
        *gateway_changes(before, after),
    ]
    return tuple(sorted(changes, key=lambda change: change.order))
