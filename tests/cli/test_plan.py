"""`keylife plan` tells what a deploy would do, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.program.states import state

FakePulumi = Callable[[str], None]


@pytest.fixture
def exporting(project: Path, tmp_path: Path, pulumi: FakePulumi) -> Callable[[str], None]:
    """Let the Pulumi CLI answer with one of the exports, for a stack called dev."""

    def answer(name: str) -> None:
        export = state(name)
        kept = [r for r in export["deployment"].get("resources", ()) if "metrics" not in r["urn"]]
        if kept:
            export["deployment"]["resources"] = kept
        (tmp_path / "export.json").write_text(json.dumps(export))
        pulumi(
            f'echo "$*" >>"{tmp_path}/asked"\n'
            'case "$*" in\n'
            '"stack --show-name") echo dev;;\n'
            f'"stack export --stack dev") cat "{tmp_path}/export.json";;\n'
            "*) exit 9;; esac"
        )

    return answer


def test_a_first_deploy_is_told(keylife: Command, exporting: Callable[[str], None]) -> None:
    exporting("without-resources")

    answer = keylife("plan", "--at", "2026-11-23T06:00:00Z")

    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        "billing-deploy  v1   issue      active       ends 2026-12-23T06:00:00Z  "
        "first version of the key",
        "1 key at 2026-11-23T06:00:00Z: 1 to issue, 0 to retain, 0 to deactivate, 0 to destroy",
    ]


def test_the_same_for_programs(keylife: Command, exporting: Callable[[str], None]) -> None:
    exporting("in-rotation")

    answer = keylife("plan", "--at", "2026-12-24T06:00:00Z", "--format", "json")

    assert answer.code == 0
    assert answer.json()["format_version"] == 1
    [planned] = answer.json()["keys"]
    assert [(v["number"], v["action"]) for v in planned["versions"]] == [
        (1, "deactivate"),
        (2, "retain"),
    ]


def test_only_reading_is_asked_of_pulumi_and_nothing_is_written(
    keylife: Command, exporting: Callable[[str], None], project: Path, tmp_path: Path
) -> None:
    exporting("in-rotation")
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}

    assert keylife("plan").code == 0

    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked == [
        "stack --show-name",
        "config get keylife:at --stack dev",
        "stack export --stack dev",
    ]


def test_a_refusal_is_exit_1_with_every_reason(
    keylife: Command, exporting: Callable[[str], None]
) -> None:
    exporting("only-tombstones")

    answer = keylife("plan")

    assert (answer.code, answer.out) == (1, "")
    assert "`billing-deploy`: the stack has its tombstone" in answer.err


def test_bad_declarations_are_exit_2_before_the_state_is_read(
    keylife: Command, exporting: Callable[[str], None], project: Path, tmp_path: Path
) -> None:
    exporting("in-rotation")
    keys = project / "stacks" / "dev" / "keys" / "billing.yaml"
    keys.write_text(keys.read_text().replace("ttl: 30d", "ttl: 0d"))

    answer = keylife("plan")

    assert answer.code == 2
    assert "billing.yaml:9:" in answer.err
    assert "export" not in (tmp_path / "asked").read_text()


def test_a_state_that_cannot_be_read_is_exit_1_and_says_what_to_do(
    keylife: Command, project: Path, pulumi: FakePulumi
) -> None:
    pulumi('[ "$2" = --show-name ] && echo dev && exit; echo error: locked out >&2; exit 1')

    answer = keylife("plan")

    assert answer.code == 1
    assert "error: locked out" in answer.err
    assert "nothing was changed" in answer.err


@pytest.mark.parametrize("arguments", [["--at", "now"], ["--declarations", "none"]])
def test_bad_input_is_exit_2(
    keylife: Command, exporting: Callable[[str], None], arguments: list[str]
) -> None:
    exporting("in-rotation")

    assert keylife("plan", *arguments).code == 2
