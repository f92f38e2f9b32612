"""`keylife recover`: after an interrupted run."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from keylife.cli.audited import event_sink, full_name
from keylife.cli.options import Stack, instant, stack_name
from keylife.cli.stack_config import stack_config, stack_targets
from keylife.project import project_folder


def recover(
    stack: Stack = None,
    *,
    lock_owner_is_dead: Annotated[
        bool,
        typer.Option(
            "--lock-owner-is-dead",
            help="You have seen that the run which holds the lock, on another machine, has ended.",
        ),
    ] = False,
    others_are_settled: Annotated[
        bool,
        typer.Option(
            "--others-are-settled",
            help="You have seen what became of cut-off creates that are not keylife's.",
        ),
    ] = False,
) -> None:
    """Finish or undo what an interrupted run began, so that plain `pulumi up` goes on.

    Checks that the lock's owner is dead and lifts it, ends at the issuers what a cut-off create
    left (its secret is lost: it is never adopted), clears the pending entries, and says what it
    did. Cut off itself, it is simply run again. It needs the environment of `pulumi up`.
    """
    from keylife.engine.lock import Lock
    from keylife.engine.stack import Stack as Bare
    from keylife.engine.tokens import StackOfToday
    from keylife.errors import EventLogError
    from keylife.evidence.event import Event
    from keylife.evidence.source import source_of
    from keylife.orphan import Clients, destroy_orphans
    from keylife.program.strays import finders, read_anew
    from keylife.recovery import recover as recovery
    from keylife.recovery.owner import is_dead

    now, name, known = instant(None), stack_name(stack), finders(installed=True)
    folder = project_folder(Path.cwd())
    source, own = source_of(folder, os.environ), full_name(name)

    def ended(lock: Lock) -> bool | None:
        seen = is_dead(lock)
        return True if seen is None and lock_owner_is_dead else seen

    for deed in recovery.make_readable(Bare(name), ended):
        typer.echo(deed.what)
    deeds = recovery.recover(
        StackOfToday(name, stack_targets(stack_config(name)), os.environ),
        known,
        recovery.Surroundings(
            is_dead=ended,
            end=lambda entry, at: destroy_orphans(known[entry.type], entry, Clients(at)),
            wait=lambda: time.sleep(3),
            read_anew=read_anew(),
        ),
        others_are_settled=others_are_settled,
    )
    with event_sink(name) as log:
        for deed in deeds:
            typer.echo(deed.what)
            if deed.event is None:
                continue
            try:
                log.append(
                    Event(
                        recorded=now,
                        at=now,
                        what=deed.event,
                        key=deed.key,
                        version=deed.version,
                        detail=deed.what,
                        stack=own,
                        urn=deed.urn,
                        source=source,
                    )
                )
            except EventLogError as error:
                typer.echo(f"{error}; {error.hint}", err=True)
    typer.echo("next: pulumi up")
