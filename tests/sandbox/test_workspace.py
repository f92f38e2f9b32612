"""The fixtures themselves: a real engine, a real program, and nothing left behind."""

from __future__ import annotations

import subprocess

import pytest

from tests.litter import processes_with
from tests.workspace import CommandFailedError, MakeWorkspace

pytestmark = pytest.mark.end_to_end

COUNTS = """
import pulumi

class Thing(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("test:index:Thing", name, {"colour": pulumi.Config().get("colour")})

Thing("one")
pulumi.export("colour", pulumi.Config().get("colour"))
"""

SLEEPS = """
import time
time.sleep(120)
"""


def test_a_program_runs_from_up_to_destroy(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(COUNTS, config={"colour": "red"})

    assert "Thing" in workspace.preview().stdout
    assert workspace.resources("test:index:Thing") == []

    workspace.up()
    assert [thing["inputs"] for thing in workspace.resources("test:index:Thing")] == [
        {"colour": "red"}
    ]
    assert workspace.outputs() == {"colour": "red"}

    workspace.destroy()
    assert workspace.export().get("resources", []) == []


def test_a_failing_command_raises_unless_failure_is_what_the_test_wants(
    make_workspace: MakeWorkspace,
) -> None:
    workspace = make_workspace("raise SystemExit(1)")

    with pytest.raises(CommandFailedError):
        workspace.up()
    assert workspace.up(check=False).returncode != 0


def test_a_command_that_takes_too_long_is_ended_with_all_it_started(
    make_workspace: MakeWorkspace,
) -> None:
    workspace = make_workspace(SLEEPS)

    with pytest.raises(subprocess.TimeoutExpired):
        workspace.run("up", "--yes", timeout=6)
    assert processes_with(workspace.environment()["KEYLIFE_TEST_WORKSPACE"]) == []
