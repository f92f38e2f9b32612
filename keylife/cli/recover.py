"""`keylife recover`: after an interrupted run."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from keylife.cli.options import Stack, stack_name


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
) -> None:
    """Finish or undo what an interrupted run began, so that plain `pulumi up` goes on.

    Checks that the lock's owner is dead and lifts it, deletes at the issuers what a cut-off create
    left (its secret is lost: it is never adopted), clears the pending entries, and says what it
    did. Cut off itself, it is simply run again.
    """
    from keylife.deliveries import DELIVERIES
    from keylife.kinds import KINDS
    from keylife.orphan import Clients, Finder
    from keylife.recovery import recover as recovery
    from keylife.recovery.lock import Lock
    from keylife.recovery.owner import is_dead
    from keylife.recovery.stack import Stack as PulumiStack

    finders: dict[str, Finder] = {}
    for kind in KINDS.values():
        finders.update(kind.finders)
    for delivery in DELIVERIES.values():
        finders.update(delivery.finders)

    def ended(lock: Lock) -> bool | None:
        seen = is_dead(lock)
        return True if seen is None and lock_owner_is_dead else seen

    clients = Clients()
    done = recovery.recover(
        PulumiStack(stack_name(stack)),
        finders,
        recovery.Surroundings(
            is_dead=ended,
            find=lambda pending: finders[pending.type](pending, clients),
            wait=lambda: time.sleep(3),
        ),
    )
    for sentence in done:
        typer.echo(sentence)
    typer.echo("next: pulumi up")
