"""`keylife revoke --now`: kill a key at once, prove it dead, and propose its tombstone."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from keylife.cli.options import Format, moment

if TYPE_CHECKING:
    from keylife.cli.revoking import Office
    from keylife.model.revocation import Tombstone
    from keylife.revocation.durable import Foreman
    from keylife.revocation.worker import Order

PENDING = 75
"""The exit code of what is accepted and goes on (sysexits.h, EX_TEMPFAIL)."""


def revoke_now(
    stack: str, key: str, tombstone: Tombstone, *, asked: datetime, declared: Path, output: Format
) -> None:
    """Kill every version of a key everywhere it is held, and wait until that is proven.

    Raises:
        KeylifeError: it is not accepted; nothing was killed.
        typer.Exit: with 75, if it is accepted and a system holds it up.
    """
    from keylife.cli.revoking import office
    from keylife.revocation.proposal import propose
    from keylife.revocation.request import accept, id_of, under_way
    from keylife.store.repository import repository_of
    from keylife.store.revocations import Revocation, Way

    with office(stack) as here:
        accepted = under_way(here.database, key)
        if accepted is None:
            revocation = Revocation(
                id=id_of(key, asked),
                key=key,
                stack=stack,
                asked=asked,
                by=tombstone.by,
                reason=tombstone.reason,
                ref=tombstone.ref,
                way=Way.EMERGENCY,
            )
            held = here.reach.holdings(key)
            here.reach.read_secrets(held)
            repository = repository_of(here.folder)
            accepted = accept(here.database, here.registrar, revocation, held, repository)
        elif output is Format.TEXT:
            typer.echo(f"revocation {accepted.revocation.id} is under way: it goes on")
        with here.foreman() as foreman:
            orders = _carried_out(here, foreman, accepted.revocation.id, output)
        left = here.forget(orders)
        proposed = propose(here.folder, declared, stack, key, tombstone)
    done = all(order.progress.settled for order in orders)
    if output is Format.JSON:
        print(_json(accepted.revocation.id, orders, proposed))
    else:
        typer.echo(proposed if left is None else f"{left}\n{proposed}")
        typer.echo(
            f"{key} is dead: keylife certificate {key}"
            if done
            else f"{key} is pending: `keylife worker` goes on with it, or this command again"
        )
    if not done:
        raise typer.Exit(PENDING)


def _carried_out(here: Office, foreman: Foreman, revocation: str, output: Format) -> list[Order]:
    """Have it carried out, telling each change, until it is done or stands still."""
    from keylife.revocation.book import left_to_do, open_revocations, orders_of
    from keylife.revocation.report import order_line
    from keylife.revocation.standstill import stands_still

    told: dict[object, object] = {}
    while True:
        still = open_revocations(here.database).get(revocation)
        orders = orders_of(here.database, revocation)
        for order in orders if output is Format.TEXT else ():
            known = (order.progress.phase, order.progress.waits_for, order.progress.first_refused)
            if told.get(order.id) != known:
                told[order.id] = known
                typer.echo(order_line(order, moment()))
        if still is None or stands_still(orders):
            return orders
        foreman.attend(left_to_do(still))
        time.sleep(0.2)


def _json(revocation: str, orders: list[Order], proposed: str) -> str:
    from keylife.revocation.report import order_json

    return json.dumps(
        {
            "revocation": revocation,
            "orders": [order_json(order) for order in orders],
            "tombstone": proposed,
        },
        indent=2,
    )
