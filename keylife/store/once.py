"""Writing a row only if nobody wrote it before, in one statement that two cannot both win."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_if_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless its primary key is there; whether it was inserted.

    A transaction that is writing the same key is waited for.
    """
    keys = table.primary_key.columns
    inserted = connection.execute(
        postgresql.insert(table).values(row).on_conflict_do_nothing().returning(*keys)
        if connection.dialect.name == "postgresql"
        else sqlite.insert(table).values(row).on_conflict_do_nothing().returning(*keys)
    )
    return inserted.first() is not None
