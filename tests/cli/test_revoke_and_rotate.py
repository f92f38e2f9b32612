"""`keylife revoke` and `keylife rotate` edit one declaration, for review, and do nothing else."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

import pytest

from keylife.declarations import load
from keylife.model.revocation import Reason
from tests.cli.conftest import DECLARED, Command

FakePulumi = Callable[[str], None]
AT = ["--at", "2026-12-15T08:00:00Z", "--stack", "dev"]
REVOKE = ["revoke", "billing-deploy", "--reason", "superseded", "--ref", "OPS-2", *AT]
ROTATE = ["rotate", "billing-deploy", "--reason", "keyCompromise", *AT]
FILE = "dev/keys/billing.yaml"


def added(project: Path) -> list[str]:
    """The lines that were added; nothing else may have changed."""
    text = (project / "stacks" / FILE).read_text()
    changes = list(difflib.ndiff(DECLARED[FILE].splitlines(), text.splitlines()))
    assert [line for line in changes if line.startswith(("- ", "? "))] == []
    return [line[2:] for line in changes if line.startswith("+ ")]


def test_a_revocation_is_lines_added_to_one_declaration(keylife: Command, project: Path) -> None:
    answer = keylife(*REVOKE, "--by", "oncall@example.com")

    assert (answer.code, answer.err) == (0, "")
    assert "billing.yaml: billing-deploy is declared revoked (superseded)" in answer.out
    assert "next: git diff" in answer.out
    assert added(project)
    tombstone = load(project / "stacks", "dev").keys["billing-deploy"].revoked
    assert tombstone is not None
    assert (tombstone.reason, tombstone.by, tombstone.ref) == (
        Reason.SUPERSEDED,
        "oncall@example.com",
        "OPS-2",
    )


def test_who_asks_is_who_git_knows_unless_it_is_said(
    keylife: Command, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.email")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "bo@example.com")

    assert keylife(*REVOKE).code == 0

    tombstone = load(project / "stacks", "dev").keys["billing-deploy"].revoked
    assert tombstone is not None
    assert tombstone.by == "bo@example.com"


def test_nobody_is_made_up(
    keylife: Command, project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for path in ("/usr/bin:/bin", str(tmp_path)):
        monkeypatch.setenv("PATH", path)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
        answer = keylife(*REVOKE)

        assert answer.code == 2
        assert answer.err == "git does not know who you are\nsay who asks for it: --by NAME\n"
        assert added(project) == []


@pytest.mark.parametrize(
    ("option", "value"), [("--by", ""), ("--by", "a\nb"), ("--ref", " "), ("--at", "today")]
)
def test_what_would_be_no_tombstone_is_bad_usage_by_its_options_name(
    keylife: Command, project: Path, option: str, value: str
) -> None:
    answer = keylife(*REVOKE, "--by", "oncall@example.com", option, value)

    assert answer.code == 2
    assert answer.err.startswith(f"{option}: ")
    assert added(project) == []


def test_a_rotation_is_lines_added_to_one_declaration(keylife: Command, project: Path) -> None:
    answer = keylife(*ROTATE)

    assert (answer.code, answer.err) == (0, "")
    assert "billing.yaml: a rotation of billing-deploy is requested (keyCompromise)" in answer.out
    assert added(project)
    [request] = load(project / "stacks", "dev").keys["billing-deploy"].rotations
    assert request.reason is Reason.KEY_COMPROMISE


@pytest.mark.parametrize("command", [[*REVOKE, "--by", "a@example.com"], ROTATE])
def test_a_key_that_nobody_declared_is_bad_usage(
    keylife: Command, project: Path, command: list[str]
) -> None:
    command = [command[0], "billing-deplox", *command[2:]]

    assert keylife(*command).code == 2
    assert added(project) == []


def test_the_declaration_of_the_selected_stack_is_changed(
    keylife: Command, project: Path, pulumi: FakePulumi
) -> None:
    pulumi("echo organization/keylife/dev")

    assert keylife("rotate", "billing-deploy", "--reason", "superseded").code == 0
    assert added(project)
