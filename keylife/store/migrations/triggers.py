"""Triggers by which the database itself refuses to rewrite history, on both databases.

They hold against a mistake in keylife and against a hand on the SQL prompt. Whoever owns the
database can drop them: that is what the witnessed audit log is for.
"""

from __future__ import annotations

from alembic import op

_FUNCTION = """
CREATE OR REPLACE FUNCTION keylife_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$
"""


def tables_of_history(*tables: str) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE on tables whose rows are written once."""
    for table in tables:
        never(table, "UPDATE", "what is written once is never changed")
        never(table, "DELETE", "what is written once is never deleted")


def never(table: str, operation: str, why: str, when: str | None = None) -> None:
    """Refuse an operation on a table's rows.

    Args:
        table: its name.
        operation: UPDATE or DELETE.
        why: what the refusal says, without quotes.
        when: a condition on ``OLD`` and ``NEW`` in SQL that both databases know; always if None.
    """
    name = f"{table}_no_{operation.lower()}"
    said = f"{table}: {why}"
    only = f"WHEN ({when})" if when else ""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FUNCTION)
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {operation} ON {table}"
            f" FOR EACH ROW {only} EXECUTE FUNCTION keylife_refuse('{said}')"
        )
        if operation == "DELETE":
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION keylife_refuse('{said}')"
            )
    else:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {operation} ON {table}"
            f" {only} BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
