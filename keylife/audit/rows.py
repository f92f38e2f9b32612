"""The log's rows in the store: appended in one round trip, read in order.

Nobody is asked for the next number: whoever writes knows the end of the log it saw, and the
table's primary key lets one writer alone put an entry behind it. Who comes second looks again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, cast

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from keylife.audit.tree import Frontier, frontier_nodes
from keylife.store.database import Database
from keylife.store.errors import StoreError, StoreRefusedError
from keylife.store.failures import told
from keylife.store.tables import audit


class Row(NamedTuple):
    """One entry as it is kept."""

    sequence: int
    entry: bytes
    nodes: bytes
    """Of the tree, see `keylife.audit.tree`; 32 bytes each."""

    signature: bytes | None
    """Under the head that this entry is the last of."""

    key: str
    once: str | None


@dataclass(frozen=True)
class Tip:
    """The end of the log."""

    frontier: Frontier
    leaf: bytes
    signature: bytes | None


COLUMNS = ", ".join(Row._fields)
_CHUNK = 2_000


class _Driver(Protocol):
    """What differs between the databases: how rows are inserted in one durable step."""

    def insert(self, connection: Any, rows: Sequence[Row]) -> None: ...


class _Sqlite:
    """One statement is one transaction, durable when it returns (synchronous=FULL)."""

    _ONE = f"INSERT INTO keylife_audit ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"

    def insert(self, connection: Any, rows: Sequence[Row]) -> None:
        if len(rows) == 1:
            connection.execute(self._ONE, rows[0])
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany(self._ONE, rows)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


class _Postgres:
    """One statement, one round trip, whatever the number of rows."""

    _ONE = f"INSERT INTO keylife_audit ({COLUMNS}) VALUES (%b, %b, %b, %b, %b, %b)"
    _ALL = (
        f"INSERT INTO keylife_audit ({COLUMNS}) SELECT * FROM unnest"
        "(%b::bigint[], %b::bytea[], %b::bytea[], %b::bytea[], %b::text[], %b::text[])"
    )

    def insert(self, connection: Any, rows: Sequence[Row]) -> None:
        if not connection.autocommit:
            connection.autocommit = True
        if len(rows) == 1:
            connection.execute(self._ONE, rows[0], prepare=True)
            return
        columns = [list(column) for column in zip(*rows, strict=True)]
        connection.execute(self._ALL, columns, prepare=True)


class Rows:
    """The table of entries. Not safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._driver: _Driver = _Sqlite() if database.is_sqlite else _Postgres()
        self._own: Any = None

    def insert(self, rows: Sequence[Row]) -> None:
        """Put rows behind the last one, all or none; they are on the disk when this returns.

        Raises:
            StoreRefusedError: there are entries of these numbers already, or ``once`` is there.
            StoreError: the store cannot be used; they may be there or not.
        """
        try:
            if self._own is None:
                self._own = self.database.engine.raw_connection()
                self._own.detach()  # it is set up for this alone, and no one else's later
            self._driver.insert(self._own.dbapi_connection, rows)
        except BaseException as error:
            found = self._told(error)
            if not isinstance(found, StoreRefusedError):
                self.close()  # a session that broke is not used again
            if found is None:
                raise
            raise found from None

    def _told(self, error: BaseException) -> StoreError | None:
        """A driver's error as the store's; None for what is not a driver's."""
        if isinstance(error, DBAPIError):
            return told(error, self.database.where)
        base = self.database.engine.dialect.loaded_dbapi.Error
        if isinstance(error, base):
            wrapped = DBAPIError.instance("", None, error, base)
            return told(cast(DBAPIError, wrapped), self.database.where)
        return None

    def close(self) -> None:
        """Close the connection that entries are written through."""
        own, self._own = self._own, None
        if own is not None:
            own.close()

    def tip(self) -> Tip:
        """The end of the log as it is now.

        Raises:
            StoreError: the store cannot be used.
        """
        last = select(audit.c.sequence, audit.c.nodes, audit.c.signature)
        with self.database.reading() as connection:
            found = connection.execute(last.order_by(audit.c.sequence.desc()).limit(1)).first()
            if found is None:
                return Tip(Frontier(), bytes(32), None)
            places = frontier_nodes(found.sequence)
            kept = self._nodes(connection, [end for end, _ in places])
        subtrees = [kept[end][height] for end, height in places]
        return Tip(Frontier(found.sequence, subtrees), found.nodes[:32], found.signature)

    def nodes(self, ends: Sequence[int]) -> dict[int, list[bytes]]:
        """The nodes of some entries, by their index from 0.

        Raises:
            StoreError: the store cannot be used.
        """
        with self.database.reading() as connection:
            return self._nodes(connection, ends)

    def _nodes(self, connection: Any, ends: Sequence[int]) -> dict[int, list[bytes]]:
        asked = select(audit.c.sequence, audit.c.nodes).where(
            audit.c.sequence.in_([end + 1 for end in ends])
        )
        return {row.sequence - 1: split_nodes(row.nodes) for row in connection.execute(asked)}

    def at(self, sequence: int) -> Row | None:
        """One entry, if there is one of that number.

        Raises:
            StoreError: the store cannot be used.
        """
        return next(iter(self._where(audit.c.sequence == sequence)), None)

    def of_key(self, key: str) -> Iterator[Row]:
        """A key's entries, the oldest first.

        Raises:
            StoreError: the store cannot be used.
        """
        return self._where(audit.c.key == key)

    def recorded_once(self, once: Sequence[str]) -> dict[str, int]:
        """Which of these are recorded, and as which entry.

        Raises:
            StoreError: the store cannot be used.
        """
        asked = select(audit.c.once, audit.c.sequence).where(audit.c.once.in_(once))
        with self.database.reading() as connection:
            return {row.once: row.sequence for row in connection.execute(asked)}

    def __iter__(self) -> Iterator[Row]:
        """Every entry in the order of its number; of one moment, however long it takes.

        Raises:
            StoreError: the store cannot be used.
        """
        return self._where(None)

    def _where(self, condition: Any) -> Iterator[Row]:
        asked = select(*(audit.c[name] for name in Row._fields)).order_by(audit.c.sequence)
        if condition is not None:
            asked = asked.where(condition)
        with self.database.reading() as connection:
            found = connection.execution_options(yield_per=_CHUNK).execute(asked)
            for part in found.partitions():
                yield from map(Row._make, part)


def split_nodes(nodes: bytes) -> list[bytes]:
    """Nodes as they are kept, one by one."""
    return [nodes[at : at + 32] for at in range(0, len(nodes), 32)]
