"""One database, on SQLite or on PostgreSQL, opened so that both keep the same promises.

What is committed is on the disk; a writing transaction sees what the one before it wrote; nobody
waits for ever; what cannot be used is said so in the store's own errors, whatever the driver.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError

from keylife.store.errors import StoreDamagedError, StoreUnreachableError
from keylife.store.failures import told
from keylife.store.location import parse_url, place
from keylife.store.schema import head, require_known, revision_of, upgrade

WAIT = 10
"""Seconds that a connection waits for another's lock, or for a server's answer to a connect."""

_WRITING = "keylife_writing"


class Database:
    """An open store. Safe to share between threads; not across a fork."""

    def __init__(self, url: URL, answer_within: int = WAIT) -> None:
        self.url = url.render_as_string(hide_password=False)
        """What it was opened by; no password is in it."""

        self.where = place(url)
        """In words for people: host and database, or the file."""

        self.engine: Engine = _engine(url, answer_within)
        """For libraries that need one; what goes through it raises the driver's own errors."""

    @property
    def is_sqlite(self) -> bool:
        """Whether it is one file on this machine."""
        return self.engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path | None:
        """The file it is in, of SQLite."""
        return Path(str(self.engine.url.database)) if self.is_sqlite else None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that changes nothing.

        Raises:
            StoreError: the database cannot be used.
        """
        with self.told(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is on the disk when this ends without an error, and not there if
        it ends with one; after StoreUnreachableError it may be either.

        On SQLite it is the only one that writes from its first statement on.

        Raises:
            StoreError: the database cannot be used, or refused.
        """
        with self.told(), self.engine.connect() as connection:
            marked = connection.execution_options(**{_WRITING: True})
            with marked.begin():
                yield marked

    def close(self) -> None:
        """Close its connections."""
        self.engine.dispose()

    @contextmanager
    def told(self) -> Iterator[None]:
        """Whatever the driver raises within, as the store's own errors."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise told(error, self.where) from None  # its text holds statement and parameters


def open_database(url: str, *, answer_within: int = WAIT) -> Database:
    """Open a store, making it or bringing it to this program's tables where that is needed.

    A SQLite file is made readable by its owner alone, and looked through for damage each time.

    Args:
        url: as `store_url` gives it: ``sqlite:////path`` or ``postgresql://user@host/database``.
        answer_within: seconds that a server has to answer a connect; 2 at least, says libpq.

    Raises:
        UsageError: the URL cannot be a store's, or holds a password.
        StoreUnreachableError: there is no answer, or its folder does not exist.
        StoreDamagedError: a SQLite file does not hold together.
        StoreTooNewError: a newer keylife wrote it.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        _make_file(Path(str(parsed.database)), place(parsed))
    database = Database(parsed, answer_within)
    try:
        _prepare(database)
    except BaseException:
        database.close()
        raise
    return database


def _prepare(database: Database) -> None:
    with database.reading() as connection:
        if database.is_sqlite:
            _require_whole(connection, database.where)
        revision = revision_of(connection)
    require_known(database.where, revision)
    if revision != head():
        with database.writing() as connection:
            upgrade(connection, database.where)


def _require_whole(connection: Connection, where: str) -> None:
    found = connection.execute(text("PRAGMA quick_check(1)")).scalar()
    if found != "ok":
        raise StoreDamagedError(where, str(found).splitlines()[-1])


def _make_file(path: Path, where: str) -> None:
    """Make an empty file that only its owner may read; SQLite gives its log the same rights."""
    try:
        if path.parent.name == ".keylife" and not path.parent.is_dir():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            (path.parent / ".gitignore").write_text("*\n", encoding="utf-8")
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise StoreUnreachableError(where, error.strerror or type(error).__name__) from None


def _engine(url: URL, answer_within: int) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": WAIT})
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        url,
        pool_pre_ping=True,  # a server that was restarted since is no error
        connect_args={
            "connect_timeout": answer_within,
            "application_name": "keylife",
            "options": f"-c lock_timeout={WAIT}s -c synchronous_commit=on",
        },
    )


def _set_up_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # else the driver begins and commits as it likes
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(_WRITING)
    # a transaction that reads first and writes later can lose its turn in between
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
