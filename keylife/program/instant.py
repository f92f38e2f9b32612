"""The instant a deploy is planned at: the config value ``keylife:at`` if set, else the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from keylife.errors import UsageError
from keylife.model.instant import format_instant, parse_instant
from keylife.planning import Action, KeyPlan, Plan

OLDEST = timedelta(hours=1)
"""A pinned instant may be this old at deploy: long enough for a review of the saved plan, short
enough that nothing lives on because somebody forgot to unpin it."""

AHEAD = timedelta(minutes=1)
"""How far two machines' clocks may differ."""


@dataclass(frozen=True)
class Instants:
    """What time it is, and for what time the plan is made."""

    at: datetime
    """The plan's instant, whole seconds."""

    now: datetime
    """The clock's, whole seconds."""

    simulated: bool
    """Whether ``at`` may be any instant: a sandbox that plays with time."""


def instants(pinned: str | None, simulated: bool | None, now: datetime) -> Instants:
    """Settle the instant from the config and one reading of the clock.

    Raises:
        UsageError: ``keylife:at`` is no instant.
    """
    now = now.replace(microsecond=0)
    try:
        at = now if pinned is None else parse_instant(pinned)
    except ValueError as error:
        raise UsageError(f"config keylife:at: {error}") from error
    return Instants(at=at, now=now, simulated=bool(simulated))


def require_fresh(instants: Instants, plan: Plan, replan: Callable[[datetime], Plan]) -> None:
    """Refuse to deploy a plan whose instant is not about now.

    A saved plan carries its instant. What was due since would not be done, and what was in grace
    would be treated as if it still were.

    Raises:
        UsageError: it is too old, in the future, or the clock's plan is already another.
    """
    if instants.simulated or instants.at == instants.now:
        return
    cure = "set keylife:at anew (or remove it) and preview again"
    pinned = f"the plan's instant {format_instant(instants.at)}"
    if instants.at > instants.now + AHEAD:
        raise UsageError(f"{pinned} is in the future", cure)
    if instants.now - instants.at > OLDEST:
        raise UsageError(f"{pinned} is more than an hour old", cure)
    passed = _differences(plan, replan(instants.now))
    if passed:
        raise UsageError(f"since {pinned} a border was passed for {', '.join(passed)}", cure)


def _differences(then: Plan, now: Plan) -> list[str]:
    actions = {k.key.id: _actions(k) for k in now.keys}
    return [
        k.key.id
        for k in then.keys
        # a version that is issued now ends as if it were born then: it may have ended since
        if actions[k.key.id] != _actions(k) or any(then.at < v.ends <= now.at for v in k.kept)
    ]


def _actions(planned: KeyPlan) -> list[tuple[int, Action]]:
    return [(v.version.number, v.action) for v in planned.versions]
