"""All stacks of a repository at once: called off in the middle, and brought up again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from keylife.model.instant import format_instant
from keylife.sandbox.process import within
from tests.end_to_end.oracle import Oracle
from tests.end_to_end.project import Declared, Project

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.mark.leaves("tokens", "paths")  # of the other stack, which is looked at here
def test_stacks_that_were_called_off_together_are_simply_brought_up_again(
    project: Project, oracle: Oracle
) -> None:
    names = project.names
    held, other = names.id("held"), names.id("other")
    project.declared.aws("held")
    project.write()
    second = f"{project.stack}-too"
    _add_stack(project, second)
    for stack in (project.stack, second):
        pinned = ("keylife:at", format_instant(NOON))
        project.run("config", "set", "--stack", stack, *pinned)
    project.sandbox.set_clock(NOON)
    oracle.fail("CreateAccessKey", "held", UserName=f"{held}-v1")

    running = _up(project)
    try:
        assert within(120, lambda: bool(oracle.created_access_keys(held)))
        assert within(120, lambda: "(1 of 2)" in _said(project, running))
        running.send_signal(signal.SIGINT)
        assert within(60, lambda: "cancelling" in _log(project, project.stack))
    finally:
        oracle.heal()  # AWS answers: the key is known, and what is begun is ended
    out, _ = running.communicate(timeout=180)

    assert running.returncode == 130
    assert _results(out) == {project.stack: "cut off", second: "done"}
    assert project.export().get("pending_operations", []) == []
    assert oracle.created_access_keys(held) == {f"{held}-v1": 1}

    again = _up(project)
    out, err = again.communicate(timeout=240)

    assert again.returncode == 0, err
    assert _results(out) == {project.stack: "done", second: "done"}
    assert oracle.created_access_keys(held) == {f"{held}-v1": 1}
    assert oracle.created_tokens(other) == {f"{other}-v1": 1}
    copy, token = oracle.kv(names.path("held")), oracle.kv(names.path("other"))
    assert copy is not None and oracle.aws_answers(copy.secret)
    assert token is not None and oracle.vault_answers(token.secret)


def _add_stack(project: Project, stack: str) -> None:
    (project.stacks / stack / "keys").mkdir(parents=True)
    key = Declared(project.names).vault("other")
    (project.stacks / stack / "keys" / "keys.yaml").write_text(json.dumps({"keys": [key]}))
    project.run("stack", "init", stack, "--no-select")
    for name, value in (("aws:region", "us-east-1"), ("keylife:simulatedClock", "true")):
        project.run("config", "set", "--stack", stack, name, value)


def _up(project: Project) -> subprocess.Popen[str]:
    program = "from keylife.cli.main import run; run()"
    options = ("--all", "--parallel", "2", "--format", "json", "--", "--suppress-outputs")
    with (project.folder / "progress").open("w") as progress:
        return subprocess.Popen(
            [sys.executable, "-c", program, "up", *options],
            cwd=project.folder,
            env=project.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=progress,
            text=True,
        )


def _said(project: Project, running: subprocess.Popen[str]) -> str:
    assert running.poll() is None, "it ended by itself"
    return (project.folder / "progress").read_text()


def _log(project: Project, stack: str) -> str:
    return (project.folder / ".keylife" / f"up-{stack}.log").read_text()


def _results(out: str) -> dict[str, Any]:
    return {each["stack"]: each["result"] for each in json.loads(out)["stacks"]}
