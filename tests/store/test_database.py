"""Opening a store: who may read it, what is refused, and that what is committed stays."""

from __future__ import annotations

import os
import resource
import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from keylife.errors import UsageError
from keylife.store.database import Database, open_database
from keylife.store.errors import (
    StoreDamagedError,
    StoreError,
    StoreRefusedError,
    StoreTooNewError,
    StoreUnreachableError,
)
from keylife.store.location import parse_url
from keylife.store.schema import VERSION_TABLE, head
from keylife.store.tables import observations
from tests.postgres import PostgresServer
from tests.store.instants import NOON


def note(database: Database, credential: str) -> None:
    with database.writing() as connection:
        connection.execute(
            insert(observations).values(system="aws-iam", credential=credential, seen=NOON)
        )


def noted(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(connection.scalars(select(observations.c.credential)))


def test_what_is_written_is_there_for_whoever_opens_it_next(store_url: str) -> None:
    first = open_database(store_url)
    note(first, "AKIA1")
    first.close()

    again = open_database(store_url)

    assert noted(again) == ["AKIA1"]
    again.close()


def test_a_transaction_that_ends_with_an_error_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as connection:
        connection.execute(
            insert(observations).values(system="aws-iam", credential="AKIA1", seen=NOON)
        )
        _ = 1 // 0

    assert noted(database) == []


def test_an_instant_comes_back_as_it_went_in_to_the_microsecond(database: Database) -> None:
    seen = NOON.replace(microsecond=123456)
    with database.writing() as connection:
        connection.execute(
            insert(observations).values(system="aws-iam", credential="AKIA1", seen=seen)
        )

    with database.reading() as connection:
        assert connection.scalar(select(observations.c.seen)) == seen


def test_what_a_constraint_refuses_is_said_without_the_values(database: Database) -> None:
    note(database, "AKIAVALUE")

    with pytest.raises(StoreRefusedError) as refused:
        note(database, "AKIAVALUE")

    assert "AKIAVALUE" not in str(refused.value)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_a_sqlite_store_is_for_its_owner_alone(tmp_path: Path, mask: int) -> None:
    path = tmp_path / ".keylife" / "store.db"
    before = os.umask(mask)
    try:
        database = open_database(f"sqlite:///{path}")
        note(database, "AKIA1")
        rights = {p.name: stat.S_IMODE(p.stat().st_mode) for p in path.parent.glob("store.db*")}
    finally:
        os.umask(before)

    assert rights == dict.fromkeys(("store.db", "store.db-wal", "store.db-shm"), 0o600)
    assert (path.parent / ".gitignore").read_text() == "*\n"
    database.close()


def test_a_sqlite_store_is_synced_and_keeps_its_references(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'store.db'}")

    with database.reading() as connection:
        found = {
            pragma: connection.execute(text(f"PRAGMA {pragma}")).scalar()
            for pragma in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    full = 2
    assert found == {
        "journal_mode": "wal",
        "synchronous": full,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
    }
    database.close()


def test_a_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachableError, match="No such file or directory"):
        open_database(f"sqlite:///{tmp_path / 'nowhere' / 'store.db'}")

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_damaged_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"this is a text, and long enough to be none of SQLite's\n" * 100)

    with pytest.raises(StoreDamagedError) as refused:
        open_database(f"sqlite:///{path}")

    assert refused.value.exit_code == 2
    assert refused.value.hint is not None and "keylife store restore" in refused.value.hint
    assert path.read_bytes().startswith(b"this is a text")


def test_a_page_that_was_overwritten_is_found_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    database = open_database(f"sqlite:///{path}")
    for number in range(200):
        note(database, f"AKIA{number}")
    database.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with path.open("r+b") as file:
        file.seek(path.stat().st_size - 4096)
        file.write(b"\x5a" * 4096)

    with pytest.raises(StoreDamagedError):
        open_database(f"sqlite:///{path}")


def test_a_store_of_a_newer_program_is_refused_and_left_alone(store_url: str) -> None:
    database = open_database(store_url)
    with database.writing() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    database.close()

    try:
        with pytest.raises(StoreTooNewError) as refused:
            open_database(store_url)
    finally:
        database = Database(parse_url(store_url))
        with database.writing() as connection:
            connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{head()}'"))
        database.close()

    assert (refused.value.revision, refused.value.known) == ("9999", head())
    assert refused.value.hint is not None and "upgrade keylife" in refused.value.hint


def test_a_store_that_another_holds_for_too_long_is_unreachable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keylife.store.database.WAIT", 0.1)
    url = f"sqlite:///{tmp_path / 'store.db'}"
    holder, other = open_database(url), open_database(url)

    with holder.writing(), pytest.raises(StoreUnreachableError, match="another process"):
        note(other, "AKIA1")

    note(other, "AKIA1")
    holder.close()
    other.close()


def test_a_server_that_is_stopped_is_said_and_one_that_is_back_is_used(
    postgres: PostgresServer,
) -> None:
    database = open_database(postgres.prepared_database())
    note(database, "AKIA1")
    postgres.stop(gently=False)
    try:
        with pytest.raises(StoreUnreachableError) as refused:
            note(database, "AKIA2")
        with pytest.raises(StoreUnreachableError):
            open_database(database.url)
    finally:
        postgres.start()

    note(database, "AKIA3")

    assert str(postgres.folder) in str(refused.value)
    assert noted(database) == ["AKIA1", "AKIA3"]
    database.close()


def test_a_connection_that_breaks_in_the_middle_leaves_nothing(postgres: PostgresServer) -> None:
    database = open_database(postgres.prepared_database())

    try:
        with pytest.raises(StoreError), database.writing() as connection:
            connection.execute(
                insert(observations).values(system="aws-iam", credential="AKIA1", seen=NOON)
            )
            postgres.stop(gently=False)
    finally:
        postgres.start()

    assert noted(database) == []
    database.close()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://keylife:hunter2@db.example.com/keylife",
        "postgresql://db.example.com/keylife?password=hunter2",
        "postgresql://db.example.com/keylife?user=x&sslpassword=hunter2",
        "mysql://keylife:hunter2@db.example.com/keylife",
        "postgresql+pg8000://db.example.com/hunter2",
        "hunter2",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///hunter2?mode=ro",
    ],
)
def test_what_cannot_be_a_store_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        open_database(url)

    assert "hunter2" not in f"{refused.value!r} {refused.value.hint}"


def test_a_full_disk_is_said_and_what_did_not_fit_is_not_there(
    tmp_path: Path, sqlite_store: Path
) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(sqlite_store.read_bytes())
    database = open_database(f"sqlite:///{path}")
    note(database, "AKIA0")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, before[1]))
    noted_until = 0
    try:
        with pytest.raises(StoreUnreachableError, match=r"disk|I/O"):
            for number in range(1, 10_000):
                note(database, f"AKIA{number}" + "x" * 1_000)
                noted_until = number
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert 0 < noted_until < 9_999
    assert len(noted(database)) == noted_until + 1
    note(database, "AKIA-later")
    database.close()
    again = open_database(f"sqlite:///{path}")
    assert len(noted(again)) == noted_until + 2
    again.close()
