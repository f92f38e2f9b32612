"""Where a deploy's events go: the audit log in its store, or what is there without one."""

from __future__ import annotations

import atexit
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi

from keylife.errors import KeylifeError, PlanRefusedError
from keylife.evidence.event import Event, What
from keylife.evidence.log import EventLog, EventSink
from keylife.evidence.source import source_of
from keylife.planning import Action, Plan
from keylife.program.opening import Opening
from keylife.project import event_log_path

if TYPE_CHECKING:
    from keylife.audit.log import Log
    from keylife.store.database import Database


@dataclass(frozen=True)
class Subject:
    """Which deploy an event is about."""

    folder: Path
    """The Pulumi project's."""

    stack: str
    at: datetime
    """The instant of its plan."""

    now: datetime


def record_refusals(
    error: PlanRefusedError, opening: Opening, sink: EventSink | None, subject: Subject
) -> None:
    """Record that a deploy was refused, one event a refusal. It never raises: the refusal stands
    with or without a record.

    Args:
        error: what was refused.
        opening: the store.
        sink: where events go; the audit log if None.
        subject: of which deploy.
    """
    if pulumi.runtime.is_dry_run():
        return
    source = source_of(subject.folder, os.environ)
    events = [
        Event(
            recorded=subject.now.replace(microsecond=0),
            at=subject.at,
            what=What.REFUSED,
            key=refusal.key,
            detail=refusal.what,
            stack=subject.stack,
            urn="",
            source=source,
        )
        for refusal in error.refusals
    ]
    try:
        if sink is None:
            _append(events, opening, subject.folder)
        else:
            for event in events:
                sink.append(event)
    except KeylifeError as unrecorded:
        pulumi.log.warn(f"that this deploy is refused is not recorded: {unrecorded}")


def _append(events: Sequence[Event], opening: Opening, folder: Path) -> None:
    from keylife.audit.opening import open_log  # noqa: PLC0415  # only where needed
    from keylife.program.central import Opened  # noqa: PLC0415

    opened = opening.wait()
    if not isinstance(opened, Opened):
        if opened is not None:
            raise opened
        return
    log = open_log(opened.database, folder, os.environ, clock=time.monotonic, warn=pulumi.log.warn)
    try:
        log.append_all([(event, None) for event in events])
    finally:
        log.close()


def _end(log: Log) -> None:
    """Tell the witnesses the last head; the engine does not listen any more."""
    log.warn = lambda what: print(what, file=sys.stderr)
    log.close()


def sink_of(folder: Path, plan: Plan, database: Database | None) -> EventSink:
    """Where the events of the running deploy go.

    Args:
        folder: the Pulumi project's.
        plan: what the deploy does.
        database: the store; None where it is not to be had, and in a preview.
    """
    local = EventLog(event_log_path(folder, pulumi.get_stack()))
    if pulumi.runtime.is_dry_run():
        return local  # nothing happens in a preview, so there is nothing to record
    from keylife.audit.opening import open_log, reserve_of  # noqa: PLC0415  # only here
    from keylife.audit.sink import AuditSink, WithoutLog  # noqa: PLC0415
    from keylife.audit.updates import next_number  # noqa: PLC0415

    if database is None:
        from keylife.store.location import file_of, store_url  # noqa: PLC0415

        url = store_url(os.environ, pulumi.Config("keylife").get("store"), folder)
        return WithoutLog(local, reserve_of(file_of(url), folder))
    log = open_log(database, folder, os.environ, clock=time.monotonic, warn=pulumi.log.warn)
    atexit.register(_end, log)  # hooks run as long as the program does
    stack = pulumi.get_stack()
    return AuditSink(
        log,
        cache(lambda: next_number(stack)),
        {planned.key.id for planned in plan.keys if planned.record is None},
        {
            (planned.key.id, version.version.number): version.why
            for planned in plan.keys
            for version in planned.versions
            if version.action is Action.ISSUE and version.version.number > 1
        },
    )
