"""The store's revision: what it is, what this program knows, and the way from one to the other.

Alembic is imported only where there is something to do: a deploy that finds the store as it has
to be does not wait for it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, inspect, text

from keylife.store.errors import StoreTooNewError

VERSION_TABLE = "keylife_revision"
"""Where the database says of which revision it is; not alembic's usual name, which others on the
same PostgreSQL may use."""

_FOLDER = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME = Lock()
"""Alembic's operations go to whichever migration began last, in whatever thread."""

_LOCK = 0x6B65796C696665
"""``keylife`` in ASCII: whoever holds this advisory lock of PostgreSQL's may change its tables."""


@cache
def known_revisions() -> tuple[str, ...]:
    """The revisions this program knows, the oldest first."""
    files = sorted((_FOLDER / "versions").glob("r*.py"))
    return tuple(match[1] for f in files if (match := re.fullmatch(r"r(\d{4})_\w+", f.stem)))


def head() -> str:
    """The revision this program works with."""
    return known_revisions()[-1]


def revision_of(connection: Connection) -> str | None:
    """The revision of a database; None for one that keylife never wrote to."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return None if found is None else str(found)


def require_known(where: str, revision: str | None) -> None:
    """Refuse a database that a newer program wrote.

    Raises:
        StoreTooNewError: this program does not know its revision.
    """
    if revision is not None and revision not in known_revisions():
        raise StoreTooNewError(where, revision, head())


def upgrade(connection: Connection, where: str, target: str | None = None) -> None:
    """Bring a database to a revision, in the transaction that ``connection`` is in.

    Whoever comes second waits for the first and finds it done.

    Args:
        connection: in a writing transaction.
        where: the database, for errors.
        target: the revision; the newest by default.

    Raises:
        StoreTooNewError: this program does not know its revision.
    """
    from alembic.config import Config  # noqa: PLC0415  # a third of a second
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    require_known(where, revision_of(connection))
    scripts = ScriptDirectory(str(_FOLDER), version_locations=[str(_FOLDER / "versions")])
    goal = target or head()

    changing = EnvironmentContext(
        Config(), scripts, fn=lambda found, _: scripts._upgrade_revs(goal, found)
    )
    with _ONE_AT_A_TIME, changing as environment:
        environment.configure(connection=connection, version_table=VERSION_TABLE)
        environment.run_migrations()
