"""What a command needs to carry revocations out: store, audit log, hands, a foreman."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from keylife.audit.log import Log
from keylife.audit.opening import open_log
from keylife.cli.ahead import Ahead
from keylife.cli.audited import full_name
from keylife.cli.options import moment
from keylife.cli.stack_config import stack_targets
from keylife.engine.stack import Stack
from keylife.engine.tokens import StackOfToday
from keylife.errors import KeylifeError
from keylife.evidence.source import Source, source_of
from keylife.project import project_folder
from keylife.revocation.behind import course_of
from keylife.revocation.book import StoreBook
from keylife.revocation.course import Course
from keylife.revocation.reach import Reach
from keylife.revocation.registrar import Registrar
from keylife.revocation.worker import Book, Order, Worker
from keylife.store.database import WAIT, Database, open_database
from keylife.store.location import CONFIG, store_url
from keylife.systems.system import Holding
from keylife.systems.table import SYSTEMS

if TYPE_CHECKING:
    from keylife.revocation.durable import Foreman


@dataclass(frozen=True)
class Ground:
    """One stack, and how its systems are reached: all that a kill cannot do without."""

    folder: Path
    stack: str
    """Its full name, as the store has it, whatever it was called on the command line."""

    url: str
    """Of the store, which need not answer."""

    source: Source
    bare: Stack
    reach: Reach

    def forget(self, orders: Iterable[Order]) -> str | None:
        """Take what was killed out of the stack's state, or the next `up` works on what is gone.

        A version that a gateway is still to be shown stays: the state is where its secret is.

        Returns:
            In words, why it could not be done; None if it was.
        """
        told = [(order, (order.holding.key, order.id.version)) for order in orders]
        shown = {v for o, v in told if o.holding.second_hand and not o.progress.settled}
        urns = {o.holding.urn for o, v in told if o.progress.settled and v not in shown}
        try:
            self.bare.read_anew(sorted(urns - {""}))
        except KeylifeError as error:
            return f"the stack's state still has what was killed ({error}): run `pulumi refresh`"
        return None


@dataclass(frozen=True)
class Office(Ground):
    """Where revocations of one stack are accepted and carried out."""

    database: Database
    log: Log
    registrar: Registrar

    def worker(self, book: Book | None = None) -> Worker:
        """Somebody who works on orders of the store's; to be closed by whoever asks.

        Args:
            book: of those orders, where it is to be watched.
        """
        return Worker(book or self.book(), self._course, moment, random.random)

    def book(self) -> StoreBook:
        """The orders of the store."""
        return StoreBook(self.database, self.registrar)

    @contextmanager
    def foreman(self) -> Iterator[Foreman]:
        """Somebody who has orders carried out, as long as this lasts, and takes over those of
        processes that died."""
        from keylife.revocation.durable import Foreman

        with Foreman(self.database, self.worker()) as foreman:
            yield foreman

    def _course(self, holding: Holding) -> Course:
        return course_of(holding, self.reach, self.database, moment)


def ground_of(ahead: Ahead, *, approved_by: str | None = None) -> Ground:
    """A stack, and how its systems are reached.

    Args:
        ahead: what the Pulumi CLI says of it.
        approved_by: who else agreed to what is done, where somebody had to.

    Raises:
        UsageError: something that names a part of it makes no sense.
    """
    folder = project_folder(Path.cwd())
    source = source_of(folder, os.environ)
    if approved_by is not None:
        source = source.model_copy(update={"approved_by": approved_by})
    name, config = ahead.name.result(), ahead.config.result()
    bare = StackOfToday(name, stack_targets(config), os.environ)
    url = store_url(os.environ, config.get(CONFIG), folder)
    return Ground(folder, full_name(name), url, source, bare, Reach(bare, ahead.state))


@contextmanager
def office_on(ground: Ground, *, answer_within: int = WAIT) -> Iterator[Office]:
    """Open store and audit log for a stack's revocations.

    Args:
        ground: the stack.
        answer_within: seconds that the store's server has to answer a connect.

    Raises:
        StoreError: the store cannot be used.
        EventLogError: the audit log cannot be written.
        AuditError: its key cannot be used.
    """
    with ExitStack() as open_now:
        database = open_database(ground.url, answer_within=answer_within)
        open_now.callback(database.close)
        log = open_log(database, ground.folder, os.environ, clock=time.monotonic, warn=warn)
        open_now.callback(log.close)
        log.prepare()
        signing = log.keys.existing().signing()
        registrar = Registrar(log, signing, ground.source, moment, SYSTEMS)
        yield Office(**vars(ground), database=database, log=log, registrar=registrar)


@contextmanager
def office(stack: str | None) -> Iterator[Office]:
    """Open what is needed for a stack's revocations.

    Args:
        stack: by any name that the Pulumi CLI knows it by; by default the one that is selected.

    Raises:
        UsageError: something that names a part of it makes no sense.
        StoreError: the store cannot be used.
        EventLogError: the audit log cannot be written.
        AuditError: its key cannot be used.
    """
    with office_on(ground_of(Ahead(stack, with_state=False))) as opened:
        yield opened


def warn(what: str) -> None:
    """Tell something that stops nothing and should be known."""
    typer.echo(what, err=True)
