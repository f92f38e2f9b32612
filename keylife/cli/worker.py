"""`keylife worker`: goes on with revocations until they are proven."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from keylife.cli.options import Stack, moment, stack_name

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
    each order is worked on by one of them. It ends with Ctrl-C or SIGTERM, and loses nothing.
    """
    from keylife.cli.revoking import office
    from keylife.revocation.book import order_of
    from keylife.revocation.report import order_line
    from keylife.store import revocations

    with office(stack_name(stack)) as here, here.foreman() as foreman:
        typer.echo(f"at work on {here.stack}, with the store {here.database.where}")
        told: dict[object, object] = {}
        while True:
            with here.database.reading() as connection:
                left = [
                    accepted
                    for accepted in revocations.unsettled(connection)
                    if accepted.revocation.stack == here.stack
                ]
            orders = [order_of(standing) for accepted in left for standing in accepted.standings]
            foreman.take(order.id for order in orders if order.id not in told)
            foreman.take_over()
            for order in orders:
                known = (order.progress.phase, order.progress.waits_for)
                if told.get(order.id) != known:
                    told[order.id] = known
                    typer.echo(order_line(order, moment()))
            if until_done and not left:
                return
            time.sleep(_LOOKS_EVERY)
