"""Ways around the rules under the real engine: each is refused, and none of their twins is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.end_to_end import preview_only
from tests.end_to_end.own_pack import violations, write_pack
from tests.evasions.in_a_program import REFUSED
from tests.workspace import Completed, MakeWorkspace

pytestmark = pytest.mark.end_to_end

PROGRAM = Path(__file__).parent / "programs/evasions"
CONFIG = {
    "keylife:at": "2026-11-23T12:00:00Z",
    "keylife:simulatedClock": "true",
    "aws:region": "us-east-1",
}
BLOCKED = 255
"""The CLI's exit code for a mandatory violation."""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return write_pack(
        tmp_path / "policies", "issuer_lives: {'pulumi-python:dynamic/acme:Known': 1h}\n"
    )


def refused(answer: Completed) -> dict[str, set[str]]:
    """By evasion: the mandatory policies that refuse it."""
    found: dict[str, set[str]] = {}
    for rule, name in violations(answer):
        evasion = name.partition(" ")[0].removesuffix("-v1")
        found.setdefault(evasion, set()).add(rule)
    return found


def test_every_evasion_in_a_program_is_refused_and_no_twin(
    make_workspace: MakeWorkspace, pack: Path
) -> None:
    workspace = make_workspace(PROGRAM, config=CONFIG)
    preview_only.install(Path(workspace.environment()["PULUMI_HOME"]))

    answer = workspace.preview("--policy-pack", pack, check=False)

    assert refused(answer) == REFUSED, answer.stdout + answer.stderr
    assert answer.returncode == BLOCKED
    names = set(re.findall(r"::([\w-]+-twin)", answer.stdout))
    assert {f"{name}-twin" for name in REFUSED} <= names, "every twin was previewed, too"
    assert "can't run policy" not in answer.stdout


@pytest.mark.timeout(3600)
def test_every_evasion_is_refused_alone_too(
    make_workspace: MakeWorkspace, pack: Path, long: bool
) -> None:
    """What is refused among others may be refused because of them: one preview for each."""
    workspace = make_workspace(PROGRAM, config=CONFIG)
    preview_only.install(Path(workspace.environment()["PULUMI_HOME"]))

    for name in REFUSED if long else list(REFUSED)[:1]:
        workspace.set_config("only", name)
        answer = workspace.preview("--policy-pack", pack, check=False)

        assert refused(answer) == {name: REFUSED[name]}, answer.stdout + answer.stderr
        assert answer.returncode == BLOCKED
        assert f"::{name}-twin" in answer.stdout
