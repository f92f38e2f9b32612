"""A kill while the store cannot be used: a real token of a real Vault dies all the same."""

from __future__ import annotations

import json
import shlex
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import hvac
import hvac.exceptions
import pytest
from sqlalchemy import text

from keylife.store import revocations
from keylife.store.database import open_database
from keylife.store.errors import StoreUnreachableError
from tests.cli.conftest import Command
from tests.cli.emergency import Token, key_in_state, pulumi_script
from tests.openbao import running_openbao
from tests.postgres import PostgresServer

KILL = ("revoke", "billing-deploy", "--now", "--reason", "keyCompromise", "--ref", "INC-7")
BY = ("--by", "oncall@example.com", "--stack", "dev")
LOUD = "THE KILL GOES ON WITHOUT IT"


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[hvac.Client]:
    """A Vault."""
    with running_openbao(tmp_path_factory.mktemp("bao")) as client:
        yield client


@dataclass(frozen=True)
class Leaked:
    """A token of a Vault."""

    vault: str
    secret: str

    @property
    def lives(self) -> bool:
        """Whether Vault, asked with the token itself, takes it."""
        try:
            hvac.Client(self.vault, token=self.secret).auth.token.lookup_self()
        except hvac.exceptions.Forbidden:
            return False
        return True


@pytest.fixture
def leaked(
    bao: hvac.Client,
    pulumi: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Leaked:
    """A token that lives, as version 1 of `billing-deploy`."""
    auth = bao.auth.token.create(ttl="1h")["auth"]
    token = Token(auth["accessor"], auth["client_token"])
    state = key_in_state("billing-deploy", token=token)
    pulumi(pulumi_script(tmp_path, state, vault=bao.url))
    monkeypatch.setenv("VAULT_TOKEN", bao.token)
    return Leaked(bao.url, token.secret)


@pytest.fixture
def out_of_reach(pulumi: Callable[[str], None], tmp_path: Path) -> None:
    """A token of a Vault that does not answer, as version 1 of `billing-deploy`."""
    pulumi(pulumi_script(tmp_path, key_in_state("billing-deploy", token=Token())))


@pytest.fixture
def url(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of the store, in PostgreSQL."""
    prepared = postgres.prepared_database()
    monkeypatch.setenv("KEYLIFE_STORE", prepared)
    return prepared


def events(keylife: Command, what: str) -> list[str]:
    """The revocations that the audit log has such events of."""
    exported = keylife("audit", "export", "--format", "jsonl", "--stack", "dev").out
    entries = [json.loads(line)["event"] for line in exported.splitlines()]
    return [event["revocation"] for event in entries if event["what"] == what]


def test_a_database_that_is_down_does_not_hold_up_a_kill(
    keylife: Command,
    project: Path,
    leaked: Leaked,
    url: str,
    postgres: PostgresServer,
) -> None:
    postgres.stop()
    try:
        killed = keylife(*KILL, *BY)
        assert killed.code == 75, killed.err
        assert not leaked.lives
        assert LOUD in killed.err
        assert "was killed past the store: it is not recorded there, nor certified" in killed.out
        assert "keylife certificate" not in killed.out
        reserve = (project / ".keylife" / "store.audit-reserve").read_bytes()
        assert reserve.count(b'"what":"revoked"') == 1
        assert reserve.count(b'"what":"destroyed"') == 1
        assert b'"what":"verified"' not in reserve
        assert leaked.secret.encode() not in reserve
    finally:
        postgres.start()

    printed = killed.out.splitlines()[-1]
    program, *again = shlex.split(printed)
    assert program == "keylife"
    proven = keylife(*again)

    assert proven.code == 0, proven.err
    assert "billing-deploy is dead: keylife certificate billing-deploy" in proven.out
    assert len(set(events(keylife, "revoked"))) == 2, "the reserve's went into the log"
    [verified] = events(keylife, "verified")
    assert verified == max(events(keylife, "revoked"))
    assert keylife("audit", "verify", "--stack", "dev").code == 0
    certificates = keylife("certificate", "billing-deploy", "--stack", "dev", "--format", "json")
    assert [c["certificate"]["evidence"] for c in certificates.json()["certificates"]] == ["proven"]


@pytest.mark.usefixtures("project", "out_of_reach")
def test_a_database_that_goes_down_in_the_middle_does_not_hold_up_a_kill(
    keylife: Command, url: str, postgres: PostgresServer
) -> None:
    """The Vault does not answer either, so the order is at hand when the store goes."""
    stopper = threading.Thread(target=stop_once_accepted, args=(url, postgres))
    stopper.start()
    try:
        killed = keylife(*KILL, *BY, "--format", "json")
    finally:
        stopper.join()
        postgres.start()
    assert killed.code == 75, killed.err
    assert LOUD in killed.err
    told = killed.json()
    assert told["recorded"] is False
    [order] = told["revocations"][0]["orders"]
    assert "no answer" in order["progress"]["waits_for"]

    again = keylife(*shlex.split(told["again"])[1:])
    assert again.code == 75
    assert LOUD not in again.err
    assert f"revocation {told['revocations'][0]['revocation']} is under way" in again.out


def stop_once_accepted(url: str, postgres: PostgresServer) -> None:
    """Stop the server as soon as it has a revocation."""
    database = open_database(url)
    until = time.monotonic() + 60
    found: int | None = 0
    while not found and time.monotonic() < until:
        with database.reading() as connection:
            found = connection.execute(text("SELECT count(*) FROM keylife_revocations")).scalar()
        time.sleep(0.01)
    database.close()
    postgres.stop(gently=False)


def test_a_database_that_says_nothing_is_not_waited_for(
    keylife: Command, project: Path, leaked: Leaked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a network that drops what is sent."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = f"127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("KEYLIFE_STORE", f"postgresql://keylife@{where}/keylife")
        killed = keylife(*KILL, *BY, "--format", "json")

    assert killed.code == 75, killed.err
    assert not leaked.lives
    [order] = killed.json()["revocations"][0]["orders"]
    asked, refused = (order["progress"][name] for name in ("asked", "first_refused"))
    after = datetime.fromisoformat(refused) - datetime.fromisoformat(asked)
    assert after < timedelta(seconds=9), "it waits for ten at other times"


def test_a_disk_that_is_full_once_it_is_accepted_does_not_hold_up_a_kill(
    keylife: Command, project: Path, leaked: Leaked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a store can be read all the time."""

    def full(*_: object) -> None:
        raise StoreUnreachableError("SQLite file", "the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(revocations, "save", full)
        killed = keylife(*KILL, *BY)
    assert killed.code == 75, killed.err
    assert "the disk is full" in killed.err
    assert LOUD in killed.err
    assert not leaked.lives

    assert keylife(*KILL, *BY).code == 0, "it is accepted, and goes on"
    assert len(events(keylife, "verified")) == 1


@pytest.mark.parametrize("how", ["damaged", "gone"])
def test_a_store_that_is_broken_does_not_hold_up_a_kill(
    keylife: Command,
    project: Path,
    leaked: Leaked,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    if how == "damaged":
        (project / ".keylife").mkdir()
        (project / ".keylife" / "store.db").write_bytes(b"no database " * 100)
        recorded = project / ".keylife" / "store.db.audit-reserve"
    else:
        monkeypatch.setenv("KEYLIFE_STORE", f"sqlite:///{project}/unmounted/store.db")
        recorded = project / ".keylife" / "events-dev.jsonl"

    killed = keylife(*KILL, *BY)

    assert killed.code == 75, killed.err
    assert LOUD in killed.err
    assert not leaked.lives
    assert b'"what":"revoked"' in recorded.read_bytes()


def test_without_any_record_nothing_is_killed(
    keylife: Command,
    project: Path,
    leaked: Leaked,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KEYLIFE_STORE", f"sqlite:///{project}/unmounted/store.db")
    (project / ".keylife").write_text("no folder")

    refused = keylife(*KILL, *BY)

    assert refused.code == 1
    assert leaked.lives
