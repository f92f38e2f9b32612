"""Statements that several tables need: a row only if it is new, and many rows at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Row, Select, Table
from sqlalchemy.dialects import postgresql, sqlite

_PORTION = 500
"""Values of one statement: SQLite's own limit was once 999."""


def insert_if_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless its primary key is there; whether it was inserted.

    A transaction that is writing the same key is waited for.
    """
    return insert_new(connection, table, [row]) == 1


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert those rows whose primary key is not there; how many were inserted.

    Transactions that are writing the same keys are waited for.
    """
    inserted = 0
    portion = _PORTION // len(table.columns)
    for start in range(0, len(rows), portion):
        values = [dict(row) for row in rows[start : start + portion]]
        keys = table.primary_key.columns
        done = connection.execute(
            postgresql.insert(table).values(values).on_conflict_do_nothing().returning(*keys)
            if connection.dialect.name == "postgresql"
            else sqlite.insert(table).values(values).on_conflict_do_nothing().returning(*keys)
        )
        inserted += len(done.all())
    return inserted


def many(
    connection: Connection, statement: Select[Any], column: Column[Any], values: Sequence[Any]
) -> Iterator[Row[Any]]:
    """Ask for rows by many values of one column, in portions that every database takes."""
    for start in range(0, len(values), _PORTION):
        portion = values[start : start + _PORTION]
        yield from connection.execute(statement.where(column.in_(portion)))
