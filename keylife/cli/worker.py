"""`keylife worker`: goes on with revocations until they are proven."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Annotated

import typer

from keylife.cli.options import Stack, moment

if TYPE_CHECKING:
    from keylife.revocation.worker import Order

_LOOKS_EVERY = 2.0
"""Seconds between two looks for revocations that nobody works on."""


def worker(
    stack: Stack = None,
    *,
    until_done: Annotated[
        bool, typer.Option("--until-done", help="End once nothing is pending any more.")
    ] = False,
) -> None:
    """Carry out the revocations of a stack, those included that other processes left behind.

    It never gives one up: a system that is sealed, throttled or not to be reached is asked again,
    at most five minutes later. Run as many as you like, on as many machines as reach the store;
    each order is worked on by one of them, and what a command is at work on is left to it. It ends
    with Ctrl-C or SIGTERM, and loses nothing.
    """
    from keylife.cli.revoking import office
    from keylife.revocation.book import left_alone, open_revocations, orders_of
    from keylife.revocation.report import order_line

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: the log is closed
    with office(stack) as here, here.foreman() as foreman:
        typer.echo(f"at work on {here.stack}, with the store {here.database.where}")
        told: dict[object, object] = {}
        open_before: dict[str, list[Order]] = {}
        while True:
            at_hand = open_revocations(here.database, here.stack)
            now = moment()
            foreman.attend(id for orders in at_hand.values() for id in left_alone(orders, now))
            orders = [order for of_one in at_hand.values() for order in of_one]
            for order in orders:
                known = (order.progress.phase, order.progress.waits_for)
                if told.get(order.id) != known:
                    told[order.id] = known
                    typer.echo(order_line(order, moment()))
            for revocation in open_before.keys() - at_hand.keys():
                typer.echo(f"{revocation} is settled")
                ended = orders_of(here.database, revocation)
                if (why := here.forget(ended)) is not None:
                    typer.echo(why, err=True)
            open_before = at_hand
            if until_done and not at_hand:
                return
            time.sleep(_LOOKS_EVERY)
