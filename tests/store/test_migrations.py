"""Whatever revision a store begins at, it ends with the same tables; and several may begin."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from keylife.store import schema
from keylife.store.database import Database, open_database
from keylife.store.location import parse_url
from keylife.store.schema import VERSION_TABLE, head, known_revisions, upgrade
from keylife.store.tables import METADATA
from tests.postgres import PostgresServer

_SQLITE = """
SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2
"""
_POSTGRES = (
    "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
    " WHERE table_schema = 'public' ORDER BY 1, 2",
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 2",
    "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1",
)


def shape(connection: Connection) -> list[tuple[object, ...]]:
    """Everything a database says of its tables."""
    questions = [_SQLITE] if connection.dialect.name == "sqlite" else _POSTGRES
    return [tuple(row) for asked in questions for row in connection.execute(text(asked))]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[str]]:
    """The URLs of two databases without a table."""
    if request.param == "sqlite":
        yield [f"sqlite:///{tmp_path / name}" for name in ("one.db", "two.db")]
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    urls = [server.create_database(), server.create_database()]
    yield urls
    for url in urls:
        server.drop_database(url)


@pytest.mark.parametrize("earlier", known_revisions())
def test_a_fresh_store_and_an_upgraded_one_are_the_same(empty: list[str], earlier: str) -> None:
    old = Database(parse_url(empty[0]))
    with old.writing() as connection:
        upgrade(connection, "here", earlier)
    old.close()

    upgraded, fresh = open_database(empty[0]), open_database(empty[1])
    with upgraded.reading() as one, fresh.reading() as two:
        assert shape(one) == shape(two)
        assert len(shape(one)) > 20
    upgraded.close()
    fresh.close()


def test_the_migrations_end_at_the_tables_that_the_code_uses(database: Database) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        differences = compare_metadata(context, METADATA)
        there = {row[0] for row in shape_of_tables(connection)}

    assert differences == []
    assert {table.name for table in METADATA.sorted_tables} < there


def shape_of_tables(connection: Connection) -> list[tuple[str]]:
    asked = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if connection.dialect.name == "sqlite"
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    return [(str(row[0]),) for row in connection.execute(text(asked))]


def test_the_revisions_by_file_name_are_alembics_own() -> None:
    folder = Path(schema.__file__).parent / "migrations"
    scripts = ScriptDirectory(str(folder), version_locations=[str(folder / "versions")])

    by_alembic = [script.revision for script in scripts.walk_revisions()]

    assert by_alembic[::-1] == list(known_revisions())
    assert scripts.get_heads() == [head()]


def test_every_table_says_whose_it_is() -> None:
    assert [t.name for t in METADATA.sorted_tables if not t.name.startswith("keylife_")] == []


def _open(url: str) -> None:
    open_database(url).close()


def test_several_that_open_an_empty_store_at_once_all_find_it_whole(empty: list[str]) -> None:
    context = multiprocessing.get_context("fork")  # each opens its own; a fork costs nothing
    workers = [context.Process(target=_open, args=(empty[0],)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
    whole = open_database(empty[0])
    with whole.reading() as connection:
        assert len(shape_of_tables(connection)) == len(METADATA.tables) + 1
    whole.close()
