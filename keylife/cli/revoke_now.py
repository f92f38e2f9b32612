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
    from collections.abc import Sequence

    from keylife.cli.revoking import Office
    from keylife.model.revocation import Tombstone
    from keylife.revocation.durable import Foreman
    from keylife.revocation.worker import Order
    from keylife.store.revocations import Revocation
    from keylife.systems.system import Holding

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
    from keylife.revocation.request import id_of, under_way
    from keylife.store.revocations import Revocation, Way

    with office(stack) as here, here.foreman() as foreman:
        under = under_way(here.database, key)
        if under is None:
            revocation = Revocation(
                id=id_of(key, asked),
                key=key,
                stack=here.stack,
                asked=asked,
                by=tombstone.by,
                reason=tombstone.reason,
                ref=tombstone.ref,
                way=Way.EMERGENCY,
            )
            _accepted(here, revocation, here.reach.holdings(key))
        else:
            revocation = under.revocation
            if output is Format.TEXT:
                typer.echo(f"revocation {revocation.id} is under way: it goes on")
        orders = _carried_out(here, foreman, revocation.id, output)
        left = here.forget(orders)
        orders += _of_a_deploy_that_was_under_way(here, foreman, revocation, output)
        proposed = propose(here.folder, declared, stack, key, tombstone)
    done = all(order.progress.settled for order in orders)
    if output is Format.JSON:
        print(_json(revocation.id, orders, proposed))
    else:
        typer.echo(proposed if left is None else f"{left}\n{proposed}")
        typer.echo(
            f"{key} is dead: keylife certificate {key}"
            if done
            else f"{key} is pending: `keylife worker` goes on with it, or this command again"
        )
    if not done:
        raise typer.Exit(PENDING)


def _accepted(here: Office, revocation: Revocation, held: Sequence[Holding]) -> None:
    from keylife.revocation.request import accept
    from keylife.store.repository import repository_of

    here.reach.read_secrets(held)
    accept(here.database, here.registrar, revocation, held, repository_of(here.folder))


def _of_a_deploy_that_was_under_way(
    here: Office, foreman: Foreman, first: Revocation, output: Format
) -> list[Order]:
    """Kill what a deploy issued between the first look at the state and the tombstone in the
    store; from then on it issues nothing of the key."""
    from keylife.revocation.request import covered_by, identity

    here.reach.read_anew()
    known, asked_before = covered_by(here.database, first.key)
    later = [h for h in here.reach.holdings(first.key) if identity(h) not in known]
    if not later:
        return []
    revocation = first.model_copy(update={"id": f"{first.id}-{asked_before + 1}"})
    _accepted(here, revocation, later)
    found = _carried_out(here, foreman, revocation.id, output)
    here.forget(found)
    return found


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
