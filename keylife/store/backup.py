"""Backups: every row of the store, as a SQLite file, whichever database it was.

A SQLite store is copied by SQLite's own online backup; of PostgreSQL the rows of one snapshot
are. Either restores into either. A restore goes into a store without rows: what a running store
remembers is never overwritten by what an older one did.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, insert, select

from keylife.errors import UsageError
from keylife.model.instant import format_instant
from keylife.store.database import Database, open_database
from keylife.store.errors import StoreDamagedError, StoreUnreachableError
from keylife.store.location import parse_url
from keylife.store.tables import METADATA

_PORTION = 1_000

Rows = Mapping[str, int]
"""By table, how many rows."""


def backup(database: Database, file: Path) -> Rows:
    """Write a copy of the store, whole or not at all, for its owner alone; others go on writing.

    Args:
        database: what is copied.
        file: where to; it must not exist.

    Returns:
        What is in it.

    Raises:
        UsageError: the file exists, or its folder does not.
        StoreError: the store cannot be read, or the disk does not take the copy.
    """
    if file.exists():
        raise UsageError(f"{file} exists already", "name another file: no backup is overwritten")
    draft = file.with_name(f".{file.name}.draft")
    try:
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from None
    try:
        _copy_file(database, draft) if database.is_sqlite else _copy_rows(database, draft)
        counted = _finish(draft)
        _sync(draft)
        os.link(draft, file)  # unlike a rename it never replaces what another put there
        _sync(file.parent)
    except (sqlite3.Error, OSError) as error:
        raise StoreUnreachableError(f"backup {file}", str(error)) from None
    finally:
        for left in (draft, *draft.parent.glob(f"{draft.name}-*")):
            left.unlink(missing_ok=True)
    return counted


def restore(
    file: Path, url: str, at: datetime, examine: Callable[[Database], object] = lambda _: None
) -> Rows:
    """Fill a store without rows from a backup; a damaged SQLite file is first put aside.

    Args:
        file: a backup, of this or an earlier revision.
        url: of the store.
        at: now, for the name of what is put aside.
        examine: looks at a copy of the backup, and may complete it, before anything of it is in
            the store, as `after_restore` does; what it raises stops the restore.

    Returns:
        What is in the store now.

    Raises:
        UsageError: there is no such file, or the store has rows.
        StoreDamagedError: the backup is.
        StoreError: the store cannot be used, or a newer keylife wrote the backup.
    """
    if not file.is_file():
        raise UsageError(f"there is no backup {file}")
    with tempfile.TemporaryDirectory(prefix="keylife-restore-") as folder:
        copy = Path(folder) / "store.db"  # opening upgrades it, and a backup is not written to
        with os.fdopen(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as to:
            to.write(file.read_bytes())
        source = open_database(f"sqlite:///{copy}")
        try:
            examine(source)
            target = _open_target(url, at)
            try:
                return _fill(source, target)
            finally:
                target.close()
        finally:
            source.close()


def count(connection: Connection) -> Rows:
    """By table, how many rows a store has."""
    return {
        table.name.removeprefix("keylife_"): connection.scalar(
            select(func.count()).select_from(table)
        )
        or 0
        for table in METADATA.sorted_tables
    }


def _fill(source: Database, target: Database) -> Rows:
    with source.reading() as old, target.writing() as new:
        there = sum(count(new).values())
        if there:
            raise UsageError(
                f"the store ({target.where}) is not empty: it has {there} rows",
                "restore into an empty one; what a store remembers is never overwritten",
            )
        _copy(old, new)
        return count(new)


def _open_target(url: str, at: datetime) -> Database:
    try:
        return open_database(url)
    except StoreDamagedError:
        path = Path(str(parse_url(url).database))
        for part in ("", "-wal", "-shm"):
            damaged = path.with_name(path.name + part)
            if damaged.exists():
                damaged.rename(path.with_name(f"{path.name}.damaged-{format_instant(at)}{part}"))
        return open_database(url)


def _copy_file(database: Database, draft: Path) -> None:
    with database.reading() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        to = sqlite3.connect(draft)
        try:
            raw.backup(to)
        finally:
            to.close()


def _copy_rows(database: Database, draft: Path) -> None:
    target = open_database(f"sqlite:///{draft}")
    try:
        snapshot = database.engine.execution_options(isolation_level="REPEATABLE READ")
        with database.told(), snapshot.connect() as old, target.writing() as new:
            _copy(old, new)
    finally:
        target.close()


def _copy(old: Connection, new: Connection) -> None:
    for table in METADATA.sorted_tables:
        rows = old.execution_options(yield_per=_PORTION).execute(select(table))
        for portion in rows.partitions():
            new.execute(insert(table), [dict(row._mapping) for row in portion])


def _finish(draft: Path) -> Rows:
    """One plain file, whole; without a log beside it that could be left behind."""
    connection = sqlite3.connect(draft)
    try:
        connection.execute("PRAGMA journal_mode=DELETE")
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise StoreDamagedError(f"backup {draft}", found)
        return {
            table.name.removeprefix("keylife_"): connection.execute(
                f"SELECT count(*) FROM {table.name}"
            ).fetchone()[0]
            for table in METADATA.sorted_tables
        }
    finally:
        connection.close()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
