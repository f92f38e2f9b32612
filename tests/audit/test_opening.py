"""Where a project's log has its parts: beside the store, unless the environment says otherwise."""

from __future__ import annotations

import subprocess
from pathlib import Path

from keylife.audit.git_witness import GitWitness
from keylife.audit.opening import KEY, WITNESS, keys_of, open_log, reserve_of, witnesses_of
from keylife.store.database import Database
from keylife.store.location import file_of
from tests.audit.events import event
from tests.audit.test_note import SIGNER


def test_key_and_reserve_are_beside_the_store(tmp_path: Path) -> None:
    store = tmp_path / "data" / "store.db"

    assert keys_of(store, tmp_path, {}).path == tmp_path / "data" / "store.db.audit-key"
    assert reserve_of(store, tmp_path).path == tmp_path / "data" / "store.db.audit-reserve"
    assert keys_of(None, tmp_path, {}).path == tmp_path / ".keylife" / "store.audit-key"
    assert keys_of(store, tmp_path, {KEY: "/run/secrets/key"}).path == Path("/run/secrets/key")


def test_a_url_is_a_files_or_not() -> None:
    assert file_of("sqlite:////srv/store.db") == Path("/srv/store.db")
    assert file_of("postgresql://keylife@db.example.com/keylife") is None


def test_the_projects_own_folder_is_made_and_kept_out_of_git(
    database: Database, tmp_path: Path
) -> None:
    log = open_log(database, tmp_path, {}, clock=lambda: 0.0, warn=print)
    log.append(event())
    log.close()

    if database.file is None:
        assert {path.name for path in (tmp_path / ".keylife").iterdir()} == {
            ".gitignore",
            "store.audit-key",
            "store.audit-reserve",
        }
        assert (tmp_path / ".keylife" / ".gitignore").read_text() == "*\n"
    else:
        assert log.keys.path.parent == database.file.parent


def test_witnesses_are_the_file_that_is_named_and_the_repository_if_there_is_one(
    tmp_path: Path,
) -> None:
    verifier = SIGNER.verifier()
    assert witnesses_of(tmp_path, {}, verifier) == []
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "project").mkdir()

    file, repository = witnesses_of(tmp_path / "project", {WITNESS: "/mnt/heads"}, verifier)

    assert file.name == "file /mnt/heads"
    assert isinstance(repository, GitWitness)
    assert repository.ref == f"refs/keylife/audit/{verifier.name}"
