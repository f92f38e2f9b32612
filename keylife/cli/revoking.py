"""What a command needs to carry revocations out: store, audit log, hands, a foreman."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from keylife.audit.log import Log
from keylife.audit.opening import open_log
from keylife.cli.audited import full_name
from keylife.cli.options import moment
from keylife.cli.stack_config import stack_config, stack_targets
from keylife.engine.stack import Stack
from keylife.engine.tokens import StackOfToday
from keylife.errors import KeylifeError
from keylife.evidence.source import source_of
from keylife.project import project_folder
from keylife.revocation.behind import course_of
from keylife.revocation.book import StoreBook
from keylife.revocation.course import Course
from keylife.revocation.durable import Foreman
from keylife.revocation.reach import Reach
from keylife.revocation.registrar import Registrar
from keylife.revocation.worker import Order, Worker
from keylife.store.database import Database, open_database
from keylife.store.location import CONFIG, store_url
from keylife.systems.system import Holding
from keylife.systems.table import SYSTEMS


@dataclass(frozen=True)
class Office:
    """Where revocations of one stack are accepted and carried out."""

    folder: Path
    stack: str
    """Its full name, as the store has it, whatever it was called on the command line."""

    database: Database
    log: Log
    registrar: Registrar
    bare: Stack
    reach: Reach

    @contextmanager
    def foreman(self) -> Iterator[Foreman]:
        """Somebody who has orders carried out, as long as this lasts."""
        book = StoreBook(self.database, self.registrar)
        worker = Worker(book, self._course, moment, random.random)
        with Foreman(self.database, worker) as foreman:
            yield foreman

    def forget(self, orders: Iterable[Order]) -> str | None:
        """Take what was killed out of the stack's state, or the next `up` works on what is gone.

        Returns:
            In words, why it could not be done; None if it was.
        """
        urns = {order.holding.urn for order in orders if order.progress.settled}
        try:
            self.bare.read_anew(sorted(urns - {""}))
        except KeylifeError as error:
            return f"the stack's state still has what was killed ({error}): run `pulumi refresh`"
        return None

    def _course(self, holding: Holding) -> Course:
        return course_of(holding, self.reach, self.database, moment)


@contextmanager
def office(stack: str) -> Iterator[Office]:
    """Open what is needed for a stack's revocations.

    Args:
        stack: by any name that the Pulumi CLI knows it by.

    Raises:
        UsageError: something that names a part of it makes no sense.
        StoreError: the store cannot be used.
        EventLogError: the audit log cannot be written.
    """
    folder = project_folder(Path.cwd())
    config = stack_config(stack)
    with ExitStack() as open_now:
        database = open_database(store_url(os.environ, config.get(CONFIG), folder))
        open_now.callback(database.close)
        log = open_log(database, folder, os.environ, clock=time.monotonic, warn=_warn)
        open_now.callback(log.close)
        log.prepare()
        registrar = Registrar(
            log, log.keys.existing().signing(), source_of(folder, os.environ), moment, SYSTEMS
        )
        bare = StackOfToday(stack, stack_targets(config), os.environ)
        yield Office(folder, full_name(stack), database, log, registrar, bare, Reach(bare))


def _warn(what: str) -> None:
    typer.echo(what, err=True)
