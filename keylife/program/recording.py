"""Where a deploy's events go: the audit log in its store, or what is there without one."""

from __future__ import annotations

import atexit
import os
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi

from keylife.evidence.log import EventLog, EventSink
from keylife.planning import Action, Plan
from keylife.project import event_log_path

if TYPE_CHECKING:
    from keylife.store.database import Database


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
    from keylife.audit.opening import file_of, open_log, reserve_of  # noqa: PLC0415  # only here
    from keylife.audit.sink import AuditSink, WithoutLog  # noqa: PLC0415
    from keylife.audit.updates import next_number  # noqa: PLC0415

    if database is None:
        from keylife.store.location import store_url  # noqa: PLC0415

        url = store_url(os.environ, pulumi.Config("keylife").get("store"), folder)
        return WithoutLog(local, reserve_of(file_of(url), folder))
    log = open_log(database, folder, os.environ, clock=time.monotonic, warn=pulumi.log.warn)
    atexit.register(log.close)  # hooks run as long as the program does
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
