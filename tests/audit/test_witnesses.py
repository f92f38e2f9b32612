"""The two witnesses keep what they took, in order, and say what they cannot."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from keylife.audit.errors import WitnessError
from keylife.audit.file_witness import FileWitness
from keylife.audit.git_witness import GitWitness
from keylife.audit.keys import Keys
from keylife.audit.witness import Witness, seen_by
from keylife.store.database import Database
from tests.audit.events import event
from tests.audit.logs import open_log
from tests.audit.test_note import HEAD, SIGNER, signed


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *arguments],
        cwd=folder,
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "keys.yaml").write_text("keys: []\n")
    git(folder, "add", "keys.yaml")
    git(folder, "commit", "-q", "-m", "first")
    return folder


Make = Callable[[str], Witness]
"""Makes the witness of the log of a name."""


@pytest.fixture(params=["file", "git"])
def witness_of(request: pytest.FixtureRequest, tmp_path: Path, repository: Path) -> Make:
    if request.param == "file":
        return lambda log: FileWitness(tmp_path / "heads", log)
    return lambda log: GitWitness(repository, log)


def test_a_witness_keeps_what_it_took_in_its_order(witness_of: Make) -> None:
    witness, other = witness_of("o"), witness_of("other")
    assert (witness.latest(), list(witness.notes())) == (None, [])

    notes = [f"o\n{size}\nx\n\n\u2014 o y\n" for size in range(1, 4)]
    for note in notes:
        witness.add(note)
        other.add("other\n9\n")

    assert witness.latest() == notes[-1]
    assert list(witness.notes()) == notes
    assert list(other.notes()) == ["other\n9\n"] * 3


def test_a_head_is_taken_only_from_the_key_it_is_said_to_be_of(witness_of: Make) -> None:
    witness = witness_of(SIGNER.name)
    witness.add(signed())

    assert seen_by(witness, SIGNER.verifier()) == HEAD
    witness.add(f"{SIGNER.name}\n7\n\n")
    with pytest.raises(WitnessError, match="not of this log"):
        seen_by(witness, SIGNER.verifier())


def test_a_log_has_its_heads_there(database: Database, tmp_path: Path, witness_of: Make) -> None:
    key = Keys(tmp_path / "audit.key").existing_or_new()
    witness = witness_of(key.name)
    log = open_log(database, tmp_path, witness)
    for number in range(1, 4):
        log.append(event(number))
    log.close()

    head = seen_by(witness, key.verifier())
    assert head is not None
    assert head.size == 3
    assert witness.latest() == log.head()


def test_a_file_is_appended_to_and_nothing_in_it_is_lost(tmp_path: Path) -> None:
    witness = FileWitness(tmp_path / "heads", "o")
    witness.add("o\n1\n")
    before = witness.path.read_bytes()
    with witness.path.open("ab") as file:
        file.write(b'{"head": "tor')

    assert list(witness.notes()) == ["o\n1\n"]
    witness.add("o\n2\n")

    assert witness.path.read_bytes().startswith(before)
    with pytest.raises(WitnessError, match="a line in it is no head"):
        witness.notes()


@pytest.mark.parametrize("line", [b"[]\n", b'{"head": 1}\n', b"\xff\n", b"{}\n"])
def test_a_file_of_something_else_is_no_witness(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "heads").write_bytes(line)

    with pytest.raises(WitnessError, match="no head"):
        FileWitness(tmp_path / "heads", "o").latest()


def test_a_line_is_on_the_disk_before_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = FileWitness(tmp_path / "heads", "o")
    synced: list[bytes] = []
    fsync = os.fsync

    def watched(handle: int) -> None:
        synced.append(witness.path.read_bytes())
        fsync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    witness.add("o\n1\n")

    assert synced == [witness.path.read_bytes()]
    assert stat.S_IMODE(witness.path.stat().st_mode) == 0o644


def test_a_file_that_cannot_be_written_took_nothing(tmp_path: Path) -> None:
    with pytest.raises(WitnessError, match="No such file"):
        FileWitness(tmp_path / "nowhere" / "heads", "o").add("o\n1\n")
    with pytest.raises(WitnessError, match="Is a directory"):
        FileWitness(tmp_path, "o").latest()


def test_a_repository_is_otherwise_as_it_was(repository: Path) -> None:
    before = git(repository, "rev-parse", "HEAD"), git(repository, "for-each-ref")
    witness = GitWitness(repository, "keylife-audit-1f")
    witness.add(signed())

    assert git(repository, "rev-parse", "HEAD") == before[0]
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "branch", "--list") == "* main"
    refs = git(repository, "for-each-ref", "--format=%(refname)").split()
    assert refs == ["refs/heads/main", "refs/keylife/audit/keylife-audit-1f"]
    assert git(repository, "fsck", "--strict") == ""


def test_heads_travel_with_a_push_and_none_is_taken_back(repository: Path, tmp_path: Path) -> None:
    forge = tmp_path / "forge.git"
    git(tmp_path, "init", "-q", "--bare", str(forge))
    witness = GitWitness(repository, "l")
    push = ("push", "-q", str(forge), "refs/keylife/*:refs/keylife/*")
    for size in (1, 2):
        witness.add(f"o\n{size}\n")
    git(repository, *push)

    assert list(GitWitness(forge, "l").notes()) == ["o\n1\n", "o\n2\n"]
    git(repository, "update-ref", witness.ref, f"{witness.ref}~1")
    witness.add("o\n9\n")
    with pytest.raises(subprocess.CalledProcessError):
        git(repository, *push)
    assert GitWitness(forge, "l").latest() == "o\n2\n"


def test_two_that_witness_at_once_do_not_lose_each_others(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = GitWitness(repository, "l")
    witness.add("o\n1\n")
    slow = GitWitness(repository, "l")
    seen = slow._commit()
    witness.add("o\n2\n")
    monkeypatch.setattr(slow, "_commit", lambda: seen)

    with pytest.raises(WitnessError, match="update-ref"):
        slow.add("o\n3\n")
    assert list(witness.notes()) == ["o\n1\n", "o\n2\n"]


def test_where_there_is_no_repository_there_is_no_witness(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()

    with pytest.raises(WitnessError, match="in no git repository"):
        GitWitness(tmp_path / "plain", "l").latest()
