"""`keylife sandbox` says what people and programs need, and refuses with a way out."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from keylife.cli.sandbox import app
from keylife.errors import UsageError
from keylife.sandbox.errors import SandboxError
from keylife.sandbox.lifecycle import Sandbox


def invoke(sandbox: Sandbox, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--folder", str(sandbox.folder)])


def test_env_is_read_by_a_shell_as_the_library_gives_it(sandbox: Sandbox) -> None:
    script = invoke(sandbox, "env").output

    shell = subprocess.run(
        ["/bin/sh", "-c", f'{script}\nprintf "%s\\n" "$PULUMI_HOME" "$VAULT_TOKEN" "$AWS_PROFILE"'],
        env={"PATH": "/usr/bin:/bin", "AWS_PROFILE": "production"},
        capture_output=True,
        text=True,
        check=True,
    )

    environment = sandbox.environment()
    assert shell.stdout.split("\n")[:3] == [
        environment["PULUMI_HOME"],
        environment["VAULT_TOKEN"],
        "",
    ]


def test_env_as_json_carries_its_version(sandbox: Sandbox) -> None:
    answer = json.loads(invoke(sandbox, "env", "--format", "json").output)

    assert answer["format_version"] == 1
    assert answer["set"] == sandbox.environment()
    assert "AWS_PROFILE" in answer["unset"]


def test_status_names_no_secret_and_says_where_things_are(sandbox: Sandbox) -> None:
    environment = sandbox.environment()
    text = invoke(sandbox, "status").output
    answer = invoke(sandbox, "status", "--format", "json").output

    assert environment["AWS_ENDPOINT_URL"] in text
    assert environment["VAULT_ADDR"] in text
    assert json.loads(answer)["state"] == "up"
    assert {plugin["name"] for plugin in json.loads(answer)["plugins"]} == {"aws", "vault"}
    for output in (text, answer):
        assert environment["VAULT_TOKEN"] not in output
        assert environment["AWS_SECRET_ACCESS_KEY"] not in output


def test_the_clock_is_moved_by_an_instant_and_set_right_by_a_word(sandbox: Sandbox) -> None:
    try:
        assert invoke(sandbox, "clock", "2031-05-01T00:00:00Z").output.startswith("2031-05-01T00:0")
        assert invoke(sandbox, "clock").output.startswith("2031-05-01T00:0")
    finally:
        assert not invoke(sandbox, "clock", "real").output.startswith("2031")


def test_an_instant_that_is_none_is_bad_input_and_moves_nothing(sandbox: Sandbox) -> None:
    before = sandbox.clock()

    result = invoke(sandbox, "clock", "tomorrow")

    assert isinstance(result.exception, UsageError)
    assert (sandbox.clock() - before).total_seconds() < 60


@pytest.mark.parametrize("command", ["env", "clock"])
def test_a_sandbox_that_is_down_is_refused_with_the_way_out(tmp_path: Path, command: str) -> None:
    result = invoke(Sandbox(tmp_path / "none"), command)

    assert isinstance(result.exception, SandboxError)
    assert result.exception.hint == "run `keylife sandbox up`"
    assert not (tmp_path / "none").exists()


def test_status_and_down_of_nothing_are_fine_and_make_nothing(tmp_path: Path) -> None:
    nothing = Sandbox(tmp_path / "none")

    assert invoke(nothing, "status").exit_code == 0
    assert "nothing" in invoke(nothing, "down").output
    assert not (tmp_path / "none").exists()
