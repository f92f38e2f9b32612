"""Issuers that hold only so many versions of a key at a time: waiting for room, and making it."""

from __future__ import annotations

from dataclasses import replace

from keylife.model.instant import format_instant
from keylife.model.ledger import IssuedVersion
from keylife.model.state import State
from keylife.planning.endings import end_superseded, is_compromised, refuse
from keylife.planning.plan import Action, PlannedVersion, shared_end_of
from keylife.planning.triggers import Situation, Trigger


def is_full(now: Situation) -> bool:
    """Whether a new version finds no room in this run.

    What this run destroys is destroyed last of all, after everything is made; so only what is
    gone when it starts makes room. A run that made room issues nothing, and neither does another
    at the same instant: a second deploy at one instant changes nothing.
    """
    limit, newest = now.traits.most_at_once, now.newest
    if limit is None or newest is None or not newest.exists:
        return False
    there = sum(version.exists for version in now.record.versions)
    return there >= limit or now.record.room_made == now.at


def wait(now: Situation, cause: Trigger) -> tuple[tuple[PlannedVersion, ...], str]:
    """What becomes of a key's versions in a run that has a cause to issue another, and no room.

    Returns:
        The versions, and in words what the new one waits for.
    """
    *others, newest = now.record.versions
    planned = [_make_room(version, cause, now) for version in others]
    waiting = _waiting(planned, cause, now)
    return (*planned, _stay_current(newest, cause, waiting, now)), waiting


def makes_room(planned: PlannedVersion) -> bool:
    """Whether its destruction leaves room for another."""
    return planned.action is Action.DESTROY and planned.version.exists


def told_of_the_shared_end(versions: tuple[PlannedVersion, ...]) -> tuple[PlannedVersion, ...]:
    """With a word on each version that its issuer alone would accept beyond its expiry."""
    end = shared_end_of(versions)
    return tuple(
        replace(
            v,
            why=f"{v.why}; its issuer alone would accept it until {format_instant(end)}",
        )
        if end is not None and v.state is State.ACTIVE and v.version.expiry < end
        else v
        for v in versions
    )


def _make_room(version: IssuedVersion, cause: Trigger, now: Situation) -> PlannedVersion:
    """What nobody can use any more goes, and at once what has leaked.

    That is what was refused at an earlier instant, and what is past its expiry: a run that issues
    nothing moves no end that they share. What is in its grace is somebody's working key.
    """
    usual = end_superseded(version, now.record.versions, now)
    if not version.exists:
        return usual
    if not cause.grace_for_predecessors:
        why = "compromised: it gets no grace, and makes room for a new version"
        ends = min(usual.ends, version.deactivated or now.at)
        return PlannedVersion(version, Action.DESTROY, State.COMPROMISED, ends, why)
    over = version.expiry <= now.at or version.deactivated not in (None, now.at)
    if over and usual.action is not Action.DESTROY:
        why = "no quarantine, or a shorter one: it makes room for a new version"
        state = State.COMPROMISED if is_compromised(version, now) else State.DESTROYED
        return PlannedVersion(version, Action.DESTROY, state, usual.ends, why)
    return usual


def _stay_current(
    newest: IssuedVersion, cause: Trigger, waiting: str, now: Situation
) -> PlannedVersion:
    """Nothing takes its place yet; but what has leaked or expired is refused at once."""
    leaked = not cause.grace_for_predecessors
    if leaked or newest.deactivated is not None or newest.expiry <= now.at:
        ends = min(newest.expiry, newest.deactivated or now.at)
        return refuse(newest, ends, f"refused, without a successor yet: {waiting}", now)
    return PlannedVersion(newest, Action.RETAIN, State.ACTIVE, newest.expiry, waiting)


def _waiting(planned: list[PlannedVersion], cause: Trigger, now: Situation) -> str:
    makes = [p.version.number for p in planned if makes_room(p)]
    stays = [p for p in planned if p.version.exists and not makes_room(p)]
    if makes:
        then = f"version {makes[0]} makes room now, and the next run issues"
    elif not stays:
        then = "room was made just now, and the next run issues"
    elif stays[0].state is State.DEACTIVATED:
        then = f"version {stays[0].version.number} is refused since just now, and goes first"
    else:
        until = format_instant(stays[0].ends)
        then = f"version {stays[0].version.number} is in use until {until}"
    return f"a new version waits for room ({cause.why}): {then}"
