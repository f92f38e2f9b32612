"""The front door: what the README says is what there is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from keylife.cli.main import app
from tests.workspace import MakeWorkspace, Workspace

REPOSITORY = Path(__file__).resolve().parent.parent
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found[1]


def _commands() -> set[str]:
    group = get_command(app)
    return set(group.commands)  # type: ignore[attr-defined]


def test_every_command_is_in_the_readme_and_none_that_is_not() -> None:
    rows = re.findall(r"^\| `keylife ([a-z]+)", README, re.MULTILINE)

    assert set(rows) == _commands()
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize("command", sorted(_commands()))
def test_every_command_says_what_it_is_for(command: str) -> None:
    answer = CliRunner().invoke(app, [command, "--help"])

    assert answer.exit_code == 0
    assert len(answer.output.splitlines()) > 4


def test_every_page_that_is_linked_exists() -> None:
    pages = [REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md")]
    missing = [
        f"{page.relative_to(REPOSITORY)}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!http|#)([^)#]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert missing == []


def test_the_declaration_in_the_readme_is_the_one_that_is_deployed() -> None:
    assert _block("yaml") == (REPOSITORY / "stacks/dev/keys/billing.yaml").read_text("utf-8")


def _path(workspace: Workspace) -> dict[str, str]:
    before = workspace.environment()["PATH"]
    return {"PATH": os.pathsep.join((f"{sys.prefix}/bin", before))}


@pytest.mark.end_to_end
def test_three_lines_judge_a_program_that_has_never_seen_keylife(
    make_workspace: MakeWorkspace,
) -> None:
    workspace = make_workspace(
        """
import pulumi_aws as aws

aws.iam.AccessKey("quick-fix", user=aws.iam.User("ci").name)
"""
    )
    (workspace.folder / ".venv").symlink_to(sys.prefix)
    lines = _block("sh").splitlines()
    assert len(lines) == 3 and lines[0].startswith("pip install ../keylife && ")
    installed = [lines[0].removeprefix("pip install ../keylife && "), *lines[1:]]
    script = "\n".join(installed).replace("../keylife", str(REPOSITORY))

    done = subprocess.run(
        ["bash", "-c", script],
        cwd=workspace.folder,
        env=workspace.environment({"PULUMI_STACK": workspace.stack}) | _path(workspace),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1, done.stdout + done.stderr
    for rule in ("expiry-required", "managed-only", "owner-known-and-active"):
        assert f"[mandatory]  {rule}" in done.stdout
        assert f"violation  [{rule}]" in done.stdout


@pytest.mark.end_to_end
def test_the_lines_for_adopting_it_work_in_a_program_of_their_own(
    make_workspace: MakeWorkspace,
) -> None:
    program = (
        "import pulumi\n"
        + _block("python")
        + '\npulumi.export("id", keys["billing-deploy"]["access_key_id"])\n'
    )
    workspace = make_workspace(program)
    folder = workspace.folder / "stacks"
    shutil.copytree(REPOSITORY / "stacks/dev/keys", folder / workspace.stack / "keys")
    for name in ("services.yaml", "owners.yaml"):
        shutil.copy(REPOSITORY / "stacks" / name, folder)

    preview = workspace.preview()

    assert "+ 16 to create" in preview.stdout
    assert "keylife:index:ManagedKey::billing-deploy" in preview.stdout
