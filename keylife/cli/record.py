"""`keylife record`: what `pulumi up` did and did not come to record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from keylife.cli.audited import audit_log, full_name
from keylife.cli.options import Format, OutputFormat, Stack, instant, stack_name
from keylife.errors import PlanRefusedError, Refusal
from keylife.model.number import counted

if TYPE_CHECKING:
    from keylife.audit.log import Log
    from keylife.audit.reconcile import Missing, Recorded
    from keylife.audit.updates import Update


def record(stack: Stack = None, output: OutputFormat = Format.TEXT) -> None:
    """Record in the audit log what the stack's state shows and the log does not say.

    A deploy that was killed may have done more than it recorded. State and history of the stack
    tell what, and by which update; nothing is recorded twice, however often this is run. What
    waits in the reserve goes into the log, and witnesses are told its head.
    """
    from keylife.audit.reconcile import missing
    from keylife.audit.updates import read_updates
    from keylife.program.standing import standing_in
    from keylife.reports.plain import plain

    now, name = instant(None), stack_name(stack)
    own = full_name(name)
    with audit_log(name) as log:
        log.prepare()

        def unrecorded(state: Mapping[str, object], updates: Sequence[Update]) -> list[Missing]:
            return [*missing(standing_in(state), _entries(log, own), updates, stack=own, now=now)]

        found = unrecorded(_state(name), ())
        if found:
            # only now: asking who holds the stack leaves an entry in its history
            updates = read_updates(name)
            _require_idle(name)
            found = unrecorded(_state(name), updates)
        log.append_all([(one.event, one.once) for one in found])
        log.witness()
    if output is Format.JSON:
        events = [one.event.model_dump(mode="json", exclude_none=True) for one in found]
        print(json.dumps({"format_version": 1, "recorded": events}, indent=2))
        return
    for one in found:
        event = one.event
        version = "" if event.version is None else f" v{event.version}"
        place = "" if event.place is None else f" {event.place}"
        update = event.source.update
        told = "no update tells by whom" if update is None else f"update {update}"
        typer.echo(plain(f"{event.key}{version} {event.what}{place} ({told})"))
    told = f"recorded {counted(len(found), 'missing event')}"
    typer.echo(told if found else "nothing missing")


def _state(stack: str) -> Mapping[str, object]:
    """The state of a stack in which nothing is open.

    Raises:
        PlanRefusedError: an interrupted run left operations pending.
    """
    from keylife.program.ledger import parse_ledger, read_export

    export: Mapping[str, object] = read_export(stack)
    if parse_ledger(export).pending:
        what = "an interrupted run left operations pending"
        raise PlanRefusedError((Refusal(stack, what, "run `keylife recover` first"),))
    return export


def _require_idle(stack: str) -> None:
    """See to it that nobody is changing the stack.

    Raises:
        PlanRefusedError: a run is under way.
    """
    from keylife.engine.stack import Stack as Bare

    for lock in Bare(stack).locks():
        what = f"a run is under way, of {lock}, and records what it does itself"
        raise PlanRefusedError((Refusal(stack, what, "run this again when it has ended"),))


def _entries(log: Log, stack: str) -> list[Recorded]:
    from keylife.audit.entry import read_event
    from keylife.audit.reconcile import Recorded
    from keylife.audit.rows import Rows

    found = (Recorded(row.sequence, read_event(row.entry)) for row in Rows(log.database))
    return [entry for entry in found if entry.event.stack == stack]
