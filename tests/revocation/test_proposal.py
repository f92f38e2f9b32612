"""A tombstone waits for its review on a branch, and the work tree stays as it was."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keylife.model.revocation import Reason, Tombstone
from keylife.revocation.proposal import propose

WHY = Tombstone(
    at=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
    reason=Reason.KEY_COMPROMISE,
    by="oncall@example.com",
    ref="INC-7",
)
BRANCH = "keylife/revoke-billing"
KEYS = """\
keys:
  # read by the pipeline
  - id: billing
    kind: vault-token
    service: billing
    owner: team-payments
    purpose: reads the measurements
    scope: {policies: [kv-read]}
    ttl: 30d
    rotate_every: 21d
    deliver: [{vault-kv: {mount: secret, path: billing}}]
"""


@pytest.fixture(autouse=True)
def nobodys_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """git knows nothing but what the test says."""
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ada@example.com")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one key, in a folder of a repository."""
    folder = tmp_path / "repo sitory" / "infra"
    keys = folder / "stacks" / "dev" / "keys"
    keys.mkdir(parents=True)
    (keys / "billing.yaml").write_text(KEYS)
    (folder / "stacks/services.yaml").write_text(
        "services: [{id: billing, description: sends the bills, status: active}]\n"
    )
    (folder / "stacks/owners.yaml").write_text(
        "owners: [{id: team-payments, contact: pay@example.com, status: active}]\n"
    )
    return folder


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


def committed(project: Path) -> None:
    git(project.parent, "init", "--quiet", "--initial-branch=main")
    git(project.parent, "add", "--all")
    git(project.parent, "commit", "--quiet", "--message", "begin")


def test_the_tombstone_is_on_a_branch_and_nowhere_else(project: Path) -> None:
    committed(project)
    (project / "notes.txt").write_text("half a thought")

    said = propose(project, project / "stacks", "org/p/dev", ["billing"], WHY, branch=BRANCH)

    assert "on branch keylife/revoke-billing" in said
    assert git(project, "status", "--porcelain") == "?? infra/notes.txt\n"
    assert git(project, "branch", "--show-current") == "main\n"
    changed = git(project, "diff", "--unified=0", "main", "keylife/revoke-billing")
    added = [line for line in changed.splitlines() if line.startswith("+ ")]
    assert added == [
        "+    revoked: {at: 2026-11-23T09:30:00Z, reason: keyCompromise,"
        " by: oncall@example.com, ref: INC-7}"
    ]
    assert git(project, "worktree", "list").count("\n") == 1


def test_asked_again_it_is_the_same_branch(project: Path) -> None:
    committed(project)
    for _ in range(2):
        propose(project, project / "stacks", "dev", ["billing"], WHY, branch=BRANCH)
    assert git(project, "rev-list", "--count", "main..keylife/revoke-billing") == "1\n"


def test_without_git_it_is_in_the_file(project: Path) -> None:
    said = propose(project, project / "stacks", "dev", ["billing"], WHY, branch=BRANCH)
    assert said == "its tombstone is in billing.yaml"
    assert "revoked:" in (project / "stacks/dev/keys/billing.yaml").read_text()


def test_what_cannot_be_written_is_said_and_nothing_is_left(project: Path) -> None:
    committed(project)
    said = propose(project, project / "stacks", "dev", ["elsewhere"], WHY, branch=BRANCH)
    assert "its tombstone is not written" in said
    assert "`keylife revoke elsewhere` writes it" in said
    assert git(project, "worktree", "list").count("\n") == 1
    assert git(project, "status", "--porcelain") == ""


def test_many_keys_are_one_commit_that_says_who_agreed(project: Path) -> None:
    more = KEYS.replace("id: billing", "id: report").replace("path: billing", "path: report")
    (project / "stacks/dev/keys/more.yaml").write_text(more)
    committed(project)
    agreed = WHY.model_copy(update={"approved_by": "lea@example.com"})
    keys = ["billing", "declared-nowhere", "report"]

    said = propose(project, project / "stacks", "dev", keys, agreed, branch="keylife/revoke-all")

    assert said.startswith("their tombstones are on branch keylife/revoke-all")
    changed = git(project, "diff", "--stat", "main", "keylife/revoke-all")
    assert "2 files changed" in changed
    told = git(project, "log", "-1", "--format=%B", "keylife/revoke-all")
    assert "Revoke 3 keys (billing, declared-nowhere, report): keyCompromise" in told
    assert "Approved-by: lea@example.com" in told
    assert git(project, "rev-list", "--count", "main..keylife/revoke-all").strip() == "1"
