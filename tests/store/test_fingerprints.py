"""A secret is known again by a keyed hash; nothing that is stored or printed tells it."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from pathlib import Path

import pytest
from sqlalchemy import select

from keylife.errors import UsageError
from keylife.store import fingerprints
from keylife.store.database import Database
from keylife.store.fingerprints import HashKey, HashKeys, Seen, keys_file, read_keys
from keylife.store.tables import METADATA
from tests.store.instants import NOON
from tests.store.processes import at_once

OLD, NEW = HashKey("k1", b"1" * 32), HashKey("k2", b"2" * 32)
MINE = Seen("billing-deploy", 1, "organization/payments/prod")
OTHERS = Seen("metrics", 1, "organization/platform/prod")
SECRET = "canary-5ecret"


def record(database: Database, of: Seen, keys: HashKeys, **values: str) -> dict[str, Seen]:
    with database.writing() as connection:
        return {**fingerprints.record(connection, of, values, keys, NOON)}


def test_it_is_an_hmac_of_the_value_under_the_key_it_names() -> None:
    expected = hmac.new(OLD.secret, SECRET.encode(), hashlib.sha256).hexdigest()

    assert OLD.of(SECRET) == f"k1:{expected}"
    assert NEW.of(SECRET).partition(":")[2] != expected


def test_a_secret_is_known_again_and_stands_nowhere(database: Database) -> None:
    keys = HashKeys((OLD,))
    assert record(database, MINE, keys, secret_access_key=SECRET) == {}

    with database.reading() as connection:
        assert fingerprints.seen(connection, keys.all_of(SECRET)) == {OLD.of(SECRET): MINE}
        assert fingerprints.seen(connection, keys.all_of("another")) == {}
        rows = [list(connection.execute(select(table))) for table in METADATA.sorted_tables]
    assert SECRET not in repr(rows)
    assert OLD.secret.decode() not in repr(keys)


def test_material_that_is_anothers_is_said(database: Database) -> None:
    keys = HashKeys((OLD,))
    record(database, MINE, keys, token=SECRET)

    assert record(database, OTHERS, keys, token=SECRET, extra="x") == {"token": MINE}
    assert record(database, MINE, keys, token=SECRET) == {}


def test_the_key_can_be_changed_and_the_old_one_still_tells(database: Database) -> None:
    record(database, MINE, HashKeys((OLD,)), token=SECRET)
    both = HashKeys((OLD, NEW))

    assert record(database, OTHERS, both, token=SECRET) == {"token": MINE}
    record(database, OTHERS, both, token="a newer one")

    with database.reading() as connection:
        assert fingerprints.hash_keys_in_use(connection) == {"k1", "k2"}
        assert fingerprints.seen(connection, [NEW.of("a newer one")])


def test_an_issuers_id_belongs_to_who_had_it_first(database: Database) -> None:
    with database.writing() as connection:
        assert fingerprints.record_cloud_id(connection, MINE, "AKIA1", NOON) == MINE
        assert fingerprints.record_cloud_id(connection, OTHERS, "AKIA1", NOON) == MINE


def test_the_keys_are_made_once_for_their_owner_alone(tmp_path: Path) -> None:
    path = keys_file({}, tmp_path)
    before = os.umask(0)
    try:
        made = read_keys(path)
    finally:
        os.umask(before)

    assert path == tmp_path / ".keylife" / "fingerprint.keys"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_keys(path) == made
    assert len(made.keys[0].secret) == 32
    assert list(path.parent.iterdir()) == [path]


def test_the_file_may_be_anywhere(tmp_path: Path) -> None:
    assert keys_file({"KEYLIFE_FINGERPRINT_KEYS": str(tmp_path / "x")}, Path("no")) == (
        tmp_path / "x"
    )


def test_several_that_need_keys_at_once_all_get_the_same(tmp_path: Path) -> None:
    path = tmp_path / "keys"

    found = at_once(f"sqlite:///{tmp_path / 'store.db'}", 4, lambda _, n: read_keys(path))

    assert len(set(found)) == 1


@pytest.mark.parametrize(
    "content",
    ["", "k1", "k1 00ff", "k1 zz" + "0" * 64, f"k1 {'00' * 32}\nk1 {'11' * 32}", "k-1 " + "0" * 64],
)
def test_what_holds_no_keys_is_refused_without_repeating_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys"
    path.write_text(content)
    path.chmod(0o600)

    with pytest.raises(UsageError) as refused:
        read_keys(path)

    assert "00" * 8 not in f"{refused.value} {refused.value.hint}"


def test_keys_that_others_may_read_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    read_keys(path)
    path.chmod(0o640)

    with pytest.raises(UsageError, match="can be read by others"):
        read_keys(path)
