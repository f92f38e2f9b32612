"""A backup is whole or not there; it restores into either database, and brings nobody back."""

from __future__ import annotations

import os
import resource
import sqlite3
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from keylife.errors import UsageError
from keylife.store import births, certificates, claims, revocations, tombstones
from keylife.store.backup import backup, restore
from keylife.store.certificates import Certificate
from keylife.store.database import Database, open_database
from keylife.store.errors import StoreDamagedError, StoreTooNewError, StoreUnreachableError
from keylife.store.tables import METADATA
from keylife.store.tombstones import Mark, StoredTombstone
from keylife.store.witnessed import after_restore
from tests.postgres import PostgresServer
from tests.store.builders import death, holder, holding, record, revocation, version
from tests.store.instants import NOON


def fill(database: Database) -> None:
    with database.writing() as connection:
        claim = claims.claim(connection, ["billing-deploy"], holder(), NOON).won["billing-deploy"]
        births.copy_births(connection, claim, record(version(1, adopted=NOON)), None, NOON)
        tombstones.bury(connection, death("metrics"), NOON)
        revocations.accept(connection, revocation(), [holding()])
        proof = Certificate("r1", 1, holding().place, b"\x00\xff", b"s", "k", NOON)
        certificates.keep(connection, proof)


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.reading() as connection:
        return {
            table.name: sorted(tuple(row) for row in connection.execute(select(table)))
            for table in METADATA.sorted_tables
            if table.name != "keylife_audit"
        }


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a store that nobody opened yet, of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.create_database()
    yield url
    server.drop_database(url)


def test_it_restores_into_either_database_row_by_row(
    database: Database, empty: str, tmp_path: Path
) -> None:
    fill(database)
    file = tmp_path / "backup.db"

    written = backup(database, file)
    counted = restore(file, empty, NOON)

    restored = open_database(empty)
    assert rows(restored) == rows(database)
    assert written == counted
    assert (counted["births"], counted["tombstones"], counted["certificates"]) == (1, 1, 1)
    restored.close()


def test_it_is_one_private_file_that_nothing_overwrites(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    before = os.umask(0)
    try:
        backup(database, folder / "one.db")
    finally:
        os.umask(before)

    assert [path.name for path in folder.iterdir()] == ["one.db"]
    assert stat.S_IMODE((folder / "one.db").stat().st_mode) == 0o600
    with pytest.raises(UsageError, match="exists already"):
        backup(database, folder / "one.db")


def test_who_writes_meanwhile_is_not_held_up_and_is_whole_in_it_or_not(
    tmp_path: Path,
) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    fill(database)
    with database.writing() as connection:
        tombstones.bury(connection, death("in-the-middle"), NOON)
        backup(database, tmp_path / "backup.db")

    restore(tmp_path / "backup.db", f"sqlite:///{tmp_path / 'again.db'}", NOON)

    again = open_database(f"sqlite:///{tmp_path / 'again.db'}")
    with again.reading() as connection:
        assert [t.value for t in tombstones.everything(connection)] == ["metrics"]
    again.close()
    database.close()


def test_a_store_with_rows_is_never_overwritten(database: Database, tmp_path: Path) -> None:
    backup(database, tmp_path / "old.db")
    fill(database)
    before = rows(database)

    with pytest.raises(UsageError, match="is not empty"):
        restore(tmp_path / "old.db", database.url, NOON)

    assert rows(database) == before


def test_a_damaged_file_is_put_aside_and_the_backup_takes_its_place(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    database = open_database(url)
    fill(database)
    before = rows(database)
    backup(database, tmp_path / "backup.db")
    database.close()
    (tmp_path / "store.db").write_bytes(b"damaged" * 1000)
    with pytest.raises(StoreDamagedError):
        open_database(url)

    restore(tmp_path / "backup.db", url, NOON)

    again = open_database(url)
    assert rows(again) == before
    assert (tmp_path / "store.db.damaged-2026-12-01T12:00:00Z").read_bytes().startswith(b"damaged")
    again.close()


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-5000])


def _newer(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE keylife_revision SET version_num = '9999'")
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "refused"),
    [(_cut, StoreDamagedError), (_newer, StoreTooNewError), (Path.unlink, UsageError)],
)
def test_a_backup_that_cannot_be_trusted_leaves_the_store_as_it_was(
    tmp_path: Path, spoil: Callable[[Path], None], refused: type[Exception]
) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    fill(database)
    backup(database, tmp_path / "backup.db")
    database.close()
    spoil(tmp_path / "backup.db")

    with pytest.raises(refused):
        restore(tmp_path / "backup.db", f"sqlite:///{tmp_path / 'new.db'}", NOON)

    assert not (tmp_path / "new.db").exists()


def test_a_full_disk_leaves_no_backup(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    fill(database)
    folder = tmp_path / "backups"
    folder.mkdir()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(StoreUnreachableError):
            backup(database, folder / "backup.db")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert list(folder.iterdir()) == []
    database.close()


class Witnessed:
    """What somebody outside of the store saw of its log."""

    def __init__(self, *keys: str, older: bool = False) -> None:
        self.keys, self.older = keys, older

    def require_seen(self, restored: Database) -> None:
        if self.older:
            raise UsageError("the backup is older than what was witnessed")

    def tombstones(self, restored: Database) -> Iterable[StoredTombstone]:
        for key in self.keys:
            yield StoredTombstone(what=Mark.ID, value=key, death=death(key), recorded=NOON)


def test_what_was_revoked_since_the_backup_is_dead_after_a_restore(
    database: Database, empty: str, tmp_path: Path
) -> None:
    fill(database)
    backup(database, tmp_path / "backup.db")
    log = Witnessed("metrics", "revoked-later")

    restore(tmp_path / "backup.db", empty, NOON, lambda copy: after_restore(copy, log))

    restored = open_database(empty)
    with restored.reading() as connection:
        assert set(tombstones.of_ids(connection, ["metrics", "revoked-later"])) == {
            "metrics",
            "revoked-later",
        }
    restored.close()


def test_what_is_older_than_what_was_witnessed_is_not_restored(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    backup(database, tmp_path / "backup.db")
    database.close()
    url = f"sqlite:///{tmp_path / 'new.db'}"

    with pytest.raises(UsageError, match="older than what was witnessed"):
        restore(
            tmp_path / "backup.db", url, NOON, lambda c: after_restore(c, Witnessed(older=True))
        )

    assert not (tmp_path / "new.db").exists()
