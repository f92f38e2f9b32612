"""`keylife store`: where it is, what is in it, its backups, and what a destroyed stack leaves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from keylife.audit.opening import open_log
from keylife.evidence.event import Event, What
from keylife.evidence.source import Source
from keylife.store import claims, fingerprints, revocations, tombstones
from keylife.store.database import Database, open_database
from tests.cli.conftest import Command
from tests.store.builders import STACK, death, holder, holding, revocation
from tests.store.instants import NOON


@pytest.fixture
def store(project: Path, sqlite_store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's own store, and no stack selected."""
    folder = project / ".keylife"
    folder.mkdir()
    path = folder / "store.db"
    path.write_bytes(sqlite_store.read_bytes())
    monkeypatch.setenv("KEYLIFE_STORE", f"sqlite:///{path}")
    return path


def opened(path: Path) -> Database:
    return open_database(f"sqlite:///{path}")


def fill(path: Path) -> None:
    database = opened(path)
    with database.writing() as connection:
        claims.claim(connection, ["billing-deploy", "metrics"], holder(), NOON)
        tombstones.bury(connection, death("old"), NOON)
        revocations.accept(connection, revocation(), [holding()])
        keys = fingerprints.HashKeys((fingerprints.HashKey("elsewhere", b"k" * 32),))
        of = fingerprints.Seen("metrics", 1, STACK)
        fingerprints.record(connection, of, {"token": "canary"}, keys, NOON)
    database.close()


def test_it_says_what_is_in_it(keylife: Command, store: Path) -> None:
    fill(store)

    told = keylife("store", "status", "--format", "json")
    text = keylife("store", "status")

    assert (told.code, text.code) == (0, 0)
    assert told.json()["store"] == f"SQLite file {store}"
    assert told.json()["rows"]["claims"] == 2
    assert told.json()["stacks"] == {STACK: 2}
    assert told.json()["pending_revocations"] == ["r1"]
    assert told.json()["fingerprint_keys_not_here"] == ["elsewhere"]
    assert f"stack {STACK} holds 2 keys" in text.out
    assert "canary" not in told.out + text.out


def test_a_project_without_a_store_is_told_how_one_is_made(keylife: Command, store: Path) -> None:
    store.unlink()

    answer = keylife("store", "status")

    assert answer.code == 2
    assert "`pulumi up` makes it" in answer.err
    assert not store.exists()


@pytest.mark.parametrize("command", [["status"], ["backup", "b.db"], ["release", STACK]])
def test_a_damaged_store_is_refused_with_the_way_back(
    keylife: Command, store: Path, pulumi: Callable[[str], None], command: list[str]
) -> None:
    pulumi("echo 'error: no stack named' >&2; exit 1")
    store.write_bytes(b"damaged" * 1000)

    answer = keylife("store", *command)

    assert answer.code == 2
    assert f"the store (SQLite file {store}) is damaged" in answer.err
    assert "keylife store restore FILE" in answer.err
    assert not Path("b.db").exists()


def test_a_damaged_store_is_restored_from_its_backup(keylife: Command, store: Path) -> None:
    fill(store)
    assert keylife("store", "backup", "b.db").code == 0
    store.write_bytes(b"damaged" * 1000)

    answer = keylife("store", "restore", "b.db")

    assert (answer.code, answer.err) == (0, "")
    assert keylife("store", "status", "--format", "json").json()["rows"]["tombstones"] == 1
    assert keylife("store", "restore", "b.db").code == 2  # it has rows now


def _event(key: str) -> Event:
    return Event(
        recorded=NOON,
        at=NOON,
        what=What.REVOKED,
        key=key,
        detail="superseded, by ada@example.com, OPS-2",
        stack=STACK,
        urn="",
        source=Source(actor="ada"),
    )


def _recorded(store: Path, key: str) -> None:
    database = opened(store)
    folder = store.parent.parent
    log = open_log(database, folder, environment(folder), clock=lambda: 0.0, warn=print)
    log.append(_event(key))
    log.close()
    database.close()


def environment(folder: Path) -> dict[str, str]:
    return {"KEYLIFE_AUDIT_WITNESS": str(folder / "witness")}


def test_a_backup_that_is_older_than_what_was_witnessed_is_refused(
    keylife: Command, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(store.parent.parent).items():
        monkeypatch.setenv(name, value)
    _recorded(store, "first")
    assert keylife("store", "backup", "old.db").code == 0
    _recorded(store, "second")
    assert keylife("store", "backup", "new.db").code == 0
    store.unlink()

    old = keylife("store", "restore", "old.db")
    there = store.exists()
    new = keylife("store", "restore", "new.db")

    assert (old.code, there, new.code) == (1, False, 0)
    assert "has seen 2 entries, and it has 1" in old.err
    database = opened(store)
    with database.reading() as connection:
        found = tombstones.of_ids(connection, ["first", "second", "third"])
    database.close()
    assert {key: (d.reason, d.ref) for key, d in found.items()} == {
        "first": ("superseded", "entry 1 of the audit log"),
        "second": ("superseded", "entry 2 of the audit log"),
    }


@pytest.mark.parametrize(
    ("script", "code", "held"),
    [
        pytest.param("echo 'error: no stack named prod' >&2; exit 1", 0, 0, id="it is gone"),
        pytest.param('echo \'{"deployment": {"resources": []}}\'', 0, 0, id="it is empty"),
        pytest.param(
            'echo \'{"deployment": {"resources": [{"urn": "u", "type":'
            ' "keylife:index:ManagedKey"}]}}\'',
            2,
            2,
            id="it has keys",
        ),
        pytest.param("echo 'error: not logged in' >&2; exit 1", 2, 2, id="nobody can tell"),
    ],
)
def test_a_stack_that_is_gone_lets_go_of_its_keys(
    keylife: Command,
    store: Path,
    pulumi: Callable[[str], None],
    *,
    script: str,
    code: int,
    held: int,
) -> None:
    fill(store)
    pulumi(script)

    answer = keylife("store", "release", STACK)

    assert answer.code == code
    database = opened(store)
    with database.reading() as connection:
        assert len(claims.held_by(connection, STACK)) == held
        assert tombstones.of_ids(connection, ["old"])
    database.close()


def test_a_stack_is_released_by_its_full_name(keylife: Command, store: Path) -> None:
    assert keylife("store", "release", "prod").code == 2


def test_a_password_is_refused_and_never_shown(
    keylife: Command, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYLIFE_STORE", "postgresql://a:canary@db.example.com/keys")

    for command in (["status"], ["backup", "b"], ["restore", "b"]):
        answer = keylife("store", *command)
        assert answer.code == 2
        assert "canary" not in answer.out + answer.err


def test_a_server_that_does_not_answer_is_named_by_host_and_database(
    keylife: Command, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYLIFE_STORE", "postgresql://ada@/keys?host=/nowhere")

    answer = keylife("store", "status")

    assert answer.code == 1
    assert "PostgreSQL database keys on /nowhere" in answer.err


def test_the_configured_store_is_used_where_the_environment_names_none(
    keylife: Command, store: Path, pulumi: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KEYLIFE_STORE")
    other = store.with_name("other.db")
    opened(other).close()
    config = f'{{"keylife:store": {{"value": "sqlite:///{other}", "secret": false}}}}'
    pulumi(f"echo '{config}'")

    told = keylife("store", "status", "--stack", "dev", "--format", "json").json()

    assert told["store"] == f"SQLite file {other}"
