"""Whether consumers were seen on a version's successor before it ends.

A version ends when the grace that its key declares is over: that is how long its consumers have.
Where the issuer remembers the last use of a credential, it is asked just before, so that whoever
deploys is told of consumers that would be left behind, and by which service they were seen. An
issuer tells one last use a credential, not one a consumer, and tells it late (AWS: up to four
hours). Source: IAM User Guide, "Finding unused credentials".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from keylife.model.instant import format_instant
from keylife.orphan import answered
from keylife.planning import Action, KeyPlan, Plan
from keylife.revocation.course import SystemSilentError
from keylife.revocation.hands import silent
from keylife.revocation.reach import Reach
from keylife.store import observations
from keylife.store.database import Database
from keylife.store.observations import Observation
from keylife.systems.holdings import last_use
from keylife.systems.system import Holding


@dataclass(frozen=True)
class Succession:
    """A version that ends in a deploy, and the one that its consumers should read by now."""

    key: str
    old: int
    new: int
    since: datetime
    """When the successor was delivered everywhere."""


def successions_in(plan: Plan) -> list[Succession]:
    """The versions that a deploy refuses from now on because they have a successor."""
    return [
        Succession(planned.key.id, version.version.number, new, planned.in_service_since)
        for planned in plan.keys
        if planned.revocation is None and (new := _successor(planned)) is not None
        for version in planned.versions
        if version.version.exists
        and version.version.number < new
        and version.version.deactivated in (None, plan.at)
        and version.action in (Action.DEACTIVATE, Action.DESTROY)
    ]


def _successor(planned: KeyPlan) -> int | None:
    current = planned.current if planned.kept else None
    return None if current is None else current.version.number


def unseen(
    successions: list[Succession], reach: Reach, database: Database, now: datetime
) -> Iterator[str]:
    """What to warn of, in words: consumers that were seen on what ends, or not on its successor.

    Args:
        successions: what ends.
        reach: what reaches the issuers.
        database: where observations are kept.
        now: what time it is.

    Raises:
        KeylifeError: the stack's state cannot be read, or the store cannot be used.
    """
    untold = []
    for each in successions:
        seen = {
            holding.version: use
            for holding in reach.holdings(each.key, {each.old, each.new})
            if (use := _observed(holding, reach, database, now)) is not None
        }
        if seen.keys() != {each.old, each.new}:
            untold.append(f"{each.key} v{each.old}")
        elif (told := _told(each, seen[each.old], seen[each.new])) is not None:
            yield told
    if untold:
        yield (
            "its grace is over, and its issuer does not tell whether anybody uses its successor:"
            f" {', '.join(untold)}"
        )


def _told(each: Succession, old: Observation, new: Observation) -> str | None:
    if old.used is not None and old.used > each.since:
        how = f" for {old.with_what}" if old.with_what else ""
        return (
            f"{each.key} v{each.old} ends, its grace is over; but it was used at"
            f" {format_instant(old.used)}{how}, after v{each.new} was delivered at"
            f" {format_instant(each.since)}: that consumer does not read its delivery"
        )
    if new.used is None:
        return (
            f"{each.key} v{each.old} ends, its grace is over; but nobody was seen using"
            f" v{each.new}, which was delivered at {format_instant(each.since)}"
        )
    return None


def _observed(
    holding: Holding, reach: Reach, database: Database, now: datetime
) -> Observation | None:
    """The last use of a version, kept in the store; None where nobody tells."""
    with suppress(SystemSilentError), answered(silent):
        use = last_use(holding, reach.clients(holding))
        if use is not None:
            seen = Observation(holding.system, use.credential, use.used, use.with_what, now)
            with database.writing() as connection:
                observations.note(connection, seen)
            return seen
    return None
