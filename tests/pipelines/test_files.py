"""The workflows that are to be copied: valid, pinned, and nothing of a pull request in a shell."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.end_to_end.project import REPOSITORY

PIPELINES = REPOSITORY / "pipelines"
WORKFLOWS = sorted((PIPELINES / "github" / "workflows").glob("*.yml"))
ACTION = PIPELINES / "github" / "actions" / "keylife" / "action.yml"
GITLAB = PIPELINES / "gitlab" / "keylife.gitlab-ci.yml"
SCHEMAS = {
    **dict.fromkeys(WORKFLOWS, "vendor.github-workflows"),
    ACTION: "vendor.github-actions",
    GITLAB: "vendor.gitlab-ci",
}


def read(path: Path) -> Any:
    return YAML(typ="safe").load(path)


def steps() -> list[tuple[str, dict[str, Any]]]:
    """Every step of every workflow and of the action, with where it stands."""
    found = [(ACTION.name, step) for step in read(ACTION)["runs"]["steps"]]
    for path in WORKFLOWS:
        for job in read(path)["jobs"].values():
            found += [(path.name, step) for step in job["steps"]]
    return found


def test_there_are_workflows_to_judge() -> None:
    assert [path.name for path in WORKFLOWS] == ["keylife-deploy.yml", "keylife-review.yml"]
    assert len(steps()) > 10


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_a_file_is_as_its_schema_wants_it(path: Path) -> None:
    done = _schema(path, path)

    assert done.returncode == 0, done.stdout


def test_the_schema_refuses_what_is_misspelt(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(WORKFLOWS[0].read_text().replace("runs-on:", "run-on:"))

    assert _schema(wrong, WORKFLOWS[0]).returncode == 1


def test_actionlint_has_nothing_against_the_workflows(actionlint: Path, tmp_path: Path) -> None:
    shutil.copytree(PIPELINES / "github", tmp_path / ".github")
    (tmp_path / ".git").mkdir()  # it looks for the root of a repository

    done = _run([actionlint, "-no-color"], tmp_path)

    assert (done.returncode, done.stdout) == (0, "")
    wrong = tmp_path / ".github" / "workflows" / "wrong.yml"
    wrong.write_text(WORKFLOWS[0].read_text().replace("vars.KEYLIFE_STACK", "var.KEYLIFE_STACK"))
    assert _run([actionlint, "-no-color"], tmp_path).returncode == 1


def test_every_action_is_pinned_by_digest_and_says_which_version_that_is() -> None:
    for path in (ACTION, *WORKFLOWS):
        for line in path.read_text().splitlines():
            if "uses:" in line and "uses: ./" not in line and not line.lstrip().startswith("#"):
                assert re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_what_a_pull_request_says_reaches_a_shell_as_a_variable_only() -> None:
    for where, step in steps():
        assert "${{" not in step.get("run", ""), f"{where}: {step.get('name')}"


def test_the_review_never_checks_out_the_change() -> None:
    review = read(PIPELINES / "github" / "workflows" / "keylife-review.yml")

    assert "pull_request_target" in review["on"] and "pull_request" not in review["on"]
    [job] = review["jobs"].values()
    checkouts = [s for s in job["steps"] if "actions/checkout@" in s.get("uses", "")]
    assert [s["with"]["ref"] for s in checkouts] == ["${{ github.event.pull_request.base.sha }}"]


def test_a_stack_has_one_run_at_a_time_that_is_never_cancelled() -> None:
    deploy = read(PIPELINES / "github" / "workflows" / "keylife-deploy.yml")
    assert deploy["concurrency"] == {
        "group": "keylife-${{ vars.KEYLIFE_STACK }}",
        "cancel-in-progress": False,
    }
    gitlab = read(GITLAB)
    for job in (gitlab["deploy"], gitlab["rotate"]):
        assert job["resource_group"] == "keylife-$KEYLIFE_STACK" and job["interruptible"] is False


def test_only_the_deploying_workflow_may_deploy_and_nobody_holds_a_key() -> None:
    for path in WORKFLOWS:
        workflow = read(path)
        assert workflow["permissions"] == {}
        for job in workflow["jobs"].values():
            assert job["permissions"]["id-token"] == "write"
            assert job["permissions"]["contents"] == "read"
    text = "".join(path.read_text() for path in (ACTION, GITLAB, *WORKFLOWS))
    assert set(re.findall(r"secrets\.(\w+)", text)) == {"PULUMI_CONFIG_PASSPHRASE"}


@pytest.fixture(scope="module")
def actionlint() -> Path:
    """Built from the Go module that is pinned beside this file."""
    cache = REPOSITORY / ".cache"
    built = cache / "actionlint" / "actionlint"
    environment = dict(os.environ)
    if "HOME" not in environment:  # Go wants one for its caches
        environment |= {"GOPATH": str(cache / "go/path"), "GOCACHE": str(cache / "go/build")}
    done = subprocess.run(
        ["go", "build", "-o", built, "github.com/rhysd/actionlint/cmd/actionlint"],
        cwd=Path(__file__).parent / "actionlint",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return built


def _schema(path: Path, like: Path) -> subprocess.CompletedProcess[str]:
    tool = Path(sys.executable).with_name("check-jsonschema")
    return _run([tool, "--builtin-schema", SCHEMAS[like], path], path.parent)


def _run(command: list[Path | str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
