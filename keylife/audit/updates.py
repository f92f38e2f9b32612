"""The stack's updates, as `pulumi stack history --json` tells of them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from keylife.errors import LedgerUnreadableError
from keylife.evidence.source import Source


@dataclass(frozen=True)
class Update:
    """One run of Pulumi on a stack that came to its end."""

    number: int
    """As the backend has it; from 1 on in their order where it does not number them, as
    self-managed ones do not."""

    start: datetime
    end: datetime | None
    source: Source
    """What it says of commit, author and pipeline, and its own number."""


def read_updates(stack: str) -> Sequence[Update]:
    """Every update of a stack, the oldest first.

    Raises:
        LedgerUnreadableError: the history cannot be read.
    """
    return parse_updates(_history(stack))


def next_number(stack: str) -> int | None:
    """The number that the running update will have; None if the history cannot be read."""
    try:
        found = parse_updates(_history(stack))
    except LedgerUnreadableError:
        return None
    return max((update.number for update in found), default=0) + 1


def parse_updates(told: str) -> Sequence[Update]:
    """The updates in what the command printed.

    Raises:
        LedgerUnreadableError: it is no history.
    """
    try:
        entries = sorted(json.loads(told) or [], key=lambda entry: str(entry["startTime"]))
        return [_update(entry, place) for place, entry in enumerate(entries, start=1)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LedgerUnreadableError(
            f"`pulumi stack history` did not print a history ({type(error).__name__})"
        ) from None


def update_at(updates: Iterable[Update], at: datetime) -> Update | None:
    """The update that was under way at an instant."""
    return next((u for u in updates if u.start <= at and (u.end is not None and at <= u.end)), None)


def _update(entry: Mapping[str, Any], place: int) -> Update:
    number = int(entry.get("version") or 0) or place
    end = entry.get("endTime")
    return Update(
        number=number,
        start=datetime.fromisoformat(entry["startTime"]),
        # it is told in whole seconds, of which the last one counts to its end
        end=None if end is None else datetime.fromisoformat(end) + timedelta(seconds=1),
        source=_source(entry.get("environment") or {}, number),
    )


def _source(environment: Mapping[str, str], number: int) -> Source:
    """What Pulumi noted of git and of the pipeline.

    Source: pulumi/pkg, backend/metadata.go (the names of an update's environment).
    """
    author, email = environment.get("git.author"), environment.get("git.author.email")
    dirty = environment.get("git.dirty")
    return Source(
        commit=environment.get("git.head"),
        author=f"{author} <{email}>" if author and email else author,
        branch=(environment.get("git.headName") or "").removeprefix("refs/heads/") or None,
        clean=None if dirty is None else dirty == "false",
        run=environment.get("ci.build.url"),
        pull_request=environment.get("ci.pr.number"),
        update=number,
    )


def _history(stack: str) -> str:
    command = ["pulumi", "stack", "history", "--json", "--stack", stack]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LedgerUnreadableError(
            f"`pulumi stack history` did not run: {type(error).__name__}"
        ) from None
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise LedgerUnreadableError(f"`pulumi stack history` failed: {''.join(lines[-1:])}")
    return done.stdout.decode(errors="replace")
