"""`keylife audit`: a whole log is said to be one, and any other where it stops being one."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from keylife.audit.head import Head
from keylife.audit.log import Log
from keylife.audit.opening import open_log
from keylife.evidence.event import What
from keylife.store.database import open_database
from tests.audit.events import event
from tests.cli.conftest import Command


@pytest.fixture
def store(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = project / ".keylife" / "store.db"
    monkeypatch.setenv("KEYLIFE_STORE", f"sqlite:///{path}")
    for name in ("KEYLIFE_AUDIT_KEY", "KEYLIFE_AUDIT_WITNESS"):
        monkeypatch.delenv(name, raising=False)
    return path


@pytest.fixture
def log(project: Path, store: Path) -> Iterator[Log]:
    """A log of nine entries."""
    database = open_database(f"sqlite:///{store}")
    log = open_log(database, project, {}, clock=lambda: 0.0, warn=pytest.fail)
    for number in range(1, 6):
        log.append(event(number))
    log.append_all([(event(number), None) for number in range(6, 10)])
    yield log
    database.close()


def insider(store: Path, statement: str) -> None:
    connection = sqlite3.connect(store)
    for name in ("update", "delete"):
        connection.execute(f"DROP TRIGGER IF EXISTS keylife_audit_no_{name}")
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_whole_log_is_whole(keylife: Command, log: Log) -> None:
    answer = keylife("audit", "verify")

    assert answer.code == 0
    assert answer.out.startswith("9 entries are what they were, root ")
    assert "no head was kept elsewhere" in answer.err


def test_a_flipped_byte_is_named(keylife: Command, log: Log, store: Path) -> None:
    insider(
        store,
        "UPDATE keylife_audit SET entry = CAST(replace(entry, '\"ci\"', '\"me\"') AS BLOB)"
        " WHERE sequence = 4",
    )

    answer = keylife("audit", "verify")

    assert answer.code == 1
    assert answer.out == "entry 4: its bytes are not those that were hashed\n"


def test_a_truncated_tail_is_named_with_the_saved_head(
    keylife: Command, log: Log, store: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "head.txt"
    saved.write_text(keylife("audit", "head").out)
    assert keylife("audit", "verify", "--head", str(saved)).code == 0
    insider(store, "DELETE FROM keylife_audit WHERE sequence > 3")

    assert keylife("audit", "verify").code == 0
    answer = keylife("audit", "verify", "--head", str(saved), "--format", "json")

    assert answer.code == 1
    assert answer.json()["first_bad"] == 4
    assert answer.json()["size"] == 3
    assert f"the head in {saved} has seen 9 entries" in answer.json()["findings"][0]["text"]


def test_a_witness_of_the_repository_is_asked_without_being_named(
    keylife: Command, project: Path, store: Path, tmp_path: Path
) -> None:
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    heads = tmp_path / "heads"
    database = open_database(f"sqlite:///{store}")
    environment = {"KEYLIFE_AUDIT_WITNESS": str(heads)}
    log = open_log(database, project, environment, clock=lambda: 0.0, warn=pytest.fail)
    for number in range(1, 4):
        log.append(event(number))
    log.close()
    insider(store, "DELETE FROM keylife_audit WHERE sequence > 2")

    answer = keylife("audit", "verify")
    assert answer.code == 1
    assert answer.out.startswith("entry 3: git ref refs/keylife/audit/keylife-audit-")
    shutil.rmtree(project / ".git")
    assert keylife("audit", "verify").code == 0
    by_file = keylife("audit", "verify", "--head", str(heads))
    assert by_file.code == 1
    assert f"entry 3: the head in {heads} has seen 3 entries" in by_file.out
    database.close()


def test_the_head_is_the_logs(keylife: Command, log: Log) -> None:
    text = keylife("audit", "head").out.partition("\n\n")[0] + "\n"

    assert Head.parse(text).size == 9
    assert Head.parse(text).origin == log.verifier().name


def test_a_third_party_checks_a_proof_without_the_log(
    keylife: Command, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = tmp_path / "entry.tlog-proof"
    proof.write_text(keylife("audit", "prove", "7").out)
    key = keylife("audit", "key").out.strip()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KEYLIFE_STORE")

    answer = keylife("audit", "check", str(proof), "--key", key)
    assert answer.code == 0
    assert json.loads(answer.out)["version"] == 7
    assert "entry 7 of 9 in keylife-audit-" in answer.err
    proof.write_text(proof.read_text().replace("index 6", "index 5"))
    assert keylife("audit", "check", str(proof), "--key", key).code == 1
    assert keylife("audit", "check", str(proof), "--key", "x").code == 2


def test_an_auditor_needs_the_public_key_alone(keylife: Command, log: Log) -> None:
    key = keylife("audit", "key").out.strip()
    log.keys.path.unlink()

    assert keylife("audit", "verify", "--key", key).code == 0
    assert keylife("audit", "verify").code == 2


@pytest.mark.parametrize("output", ["jsonl", "csv", "ocsf"])
def test_a_copy_has_every_entry(keylife: Command, log: Log, output: str) -> None:
    answer = keylife("audit", "export", "--format", output)

    assert answer.code == 0
    assert len(answer.out.splitlines()) == 9 + (output == "csv")


def test_what_waits_in_the_reserve_is_told(
    keylife: Command, log: Log, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = log.keys.path.read_bytes()
    log.keys.path.unlink()
    database = open_database(f"sqlite:///{store}")
    again = open_log(database, store.parent.parent, {}, clock=lambda: 0.0, warn=lambda _: None)
    again.append(event(99, What.REVOKED))
    database.close()
    log.keys.path.write_bytes(kept)
    log.keys.path.chmod(0o600)

    assert "1 events wait in the reserve" in keylife("audit", "verify").err


def test_a_project_without_a_store_is_told_so_and_gets_none(
    keylife: Command, store: Path, project: Path
) -> None:
    for command in (["verify"], ["head"], ["key"], ["prove", "1"], ["export"]):
        answer = keylife("audit", *command)
        assert answer.code == 2
        assert "there is no store yet" in answer.err
    assert not store.parent.exists()


@pytest.mark.parametrize("sequence", ["10", "0"])
def test_there_is_no_proof_of_what_is_not_there(keylife: Command, log: Log, sequence: str) -> None:
    assert keylife("audit", "prove", sequence).code == 2


def test_nothing_of_the_key_is_ever_printed(keylife: Command, log: Log) -> None:
    secret = log.keys.path.read_text().strip().split("+", 4)[4]
    told = [
        keylife("audit", *command)
        for command in (["verify"], ["head"], ["key"], ["prove", "1"], ["export"])
    ]

    assert [answer for answer in told if secret in answer.out + answer.err] == []
