"""What databases and their drivers raise, in the store's own words.

Only what a driver says in general is repeated, never a statement or its parameters.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from keylife.store.errors import (
    StoreDamagedError,
    StoreError,
    StoreRefusedError,
    StoreUnreachableError,
)

_BY_SQLITE: dict[int, str] = {
    sqlite3.SQLITE_BUSY: "another process has held it for longer than is waited for",
    sqlite3.SQLITE_LOCKED: "another connection has held it for longer than is waited for",
    sqlite3.SQLITE_READONLY: "it may only be read",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk does not take or give what was asked (an I/O error)",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_PERM: "it may not be opened",
}
_DAMAGED = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))
_RAISED = "P0001"
"""PostgreSQL's code of an exception that a trigger of ours raised.

Source: PostgreSQL documentation, appendix A.
"""


def told(error: SQLAlchemyError | sqlite3.Error, where: str) -> StoreError:
    """A driver's error as the store's own."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return _told_by_sqlite(code & 0xFF, cause, where)  # the rest differs between versions
    if isinstance(error, IntegrityError) or getattr(cause, "sqlstate", None) == _RAISED:
        return StoreRefusedError(where, _first_line(cause))
    if isinstance(error, PoolTimeoutError):
        return StoreUnreachableError(where, "all of its connections are in use")
    said = _first_line(cause) if isinstance(error, DBAPIError) else type(error).__name__
    return StoreUnreachableError(where, said)


def _told_by_sqlite(code: int, cause: BaseException | None, where: str) -> StoreError:
    if code in _DAMAGED:
        return StoreDamagedError(where, _first_line(cause))
    if code == sqlite3.SQLITE_CONSTRAINT:
        return StoreRefusedError(where, _first_line(cause))
    return StoreUnreachableError(where, _BY_SQLITE.get(code, _first_line(cause)))


def _first_line(cause: BaseException | None) -> str:
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__
