"""Kills the keys that are named by keylife's engine, as `keylife revoke --now` does.

``python -m benchmarks.revoke.keylife_program STACK SINCE KEY…``, in the project's folder; prints
by place the seconds from SINCE, when the process was started, to the first refusal and to the
certificate.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks.revoke.clock import now
from keylife.audit.opening import open_log
from keylife.engine.stack import Stack
from keylife.evidence.source import source_of
from keylife.model.revocation import Reason
from keylife.revocation.behind import course_of
from keylife.revocation.book import StoreBook, left_to_do, open_revocations, orders_of
from keylife.revocation.durable import Foreman
from keylife.revocation.reach import Reach
from keylife.revocation.registrar import Registrar
from keylife.revocation.request import accept, id_of
from keylife.revocation.worker import Order, Worker
from keylife.store.database import open_database
from keylife.store.location import store_url
from keylife.store.revocations import Revocation, Way
from keylife.systems.table import SYSTEMS


def main(stack: str, since: float, keys: list[str]) -> None:
    """Accept, carry out, and tell."""
    folder, reach = Path.cwd(), Reach(Stack(stack))
    with closing(open_database(store_url(os.environ, None, folder))) as database:
        log = open_log(database, folder, os.environ, clock=time.monotonic, warn=print)
        log.prepare()
        signing, source = log.keys.existing().signing(), source_of(folder, os.environ)
        registrar = Registrar(log, signing, source, _moment, SYSTEMS)
        course = partial(course_of, reach=reach, database=database, clock=_moment)
        worker = Worker(StoreBook(database, registrar), course, _moment, random.random)
        with closing(log), Foreman(database, worker) as foreman:
            asked = _moment()
            revocations = [_asked(stack, key, asked) for key in keys]
            for revocation in revocations:
                held = reach.holdings(revocation.key)
                reach.read_secrets(held)
                accept(database, registrar, revocation, held, "")
            begun = now() - since
            while at_hand := open_revocations(database):
                foreman.attend(id for orders in at_hand.values() for id in left_to_do(orders))
                time.sleep(0.2)
            orders = [order for one in revocations for order in orders_of(database, one.id)]
    print(json.dumps({"begun": begun, "places": {o.id.place: _times(o, since) for o in orders}}))


def _moment() -> datetime:
    return datetime.fromtimestamp(now(), UTC)


def _asked(stack: str, key: str, at: datetime) -> Revocation:
    return Revocation(
        id=id_of(key, at),
        key=key,
        stack=stack,
        asked=at,
        by="bo@example.com",
        reason=Reason.CESSATION_OF_OPERATION,  # no leak: a leak also asks every role
        ref="INC-1",
        way=Way.EMERGENCY,
    )


def _times(order: Order, since: float) -> dict[str, float]:
    probes = order.progress.probes
    return {
        "window": order.holding.window,
        "refused": probes[0].at.timestamp() - since,
        "proven": probes[-1].at.timestamp() - since,
    }


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3:])
