"""The steps of the pipelines, run as a runner would run them, in a clean clone of a repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.end_to_end.oracle import Answer, Oracle
from tests.end_to_end.project import PACK, REPOSITORY, Project

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]

PIPELINES = REPOSITORY / "pipelines"
WORKS = Answer(authenticates=True, may=True)
NUMBER = "17"

GH = """#!{python}
import json, pathlib, sys
body = [pathlib.Path(a.partition("@")[2]).read_text() for a in sys.argv if "=@" in a]
with open("{log}", "a") as log:
    log.write(json.dumps({{"arguments": sys.argv[1:], "body": body}}) + "\\n")
"""
"""Stands for GitHub's own program: it notes what it is asked, and finds no earlier comment."""


class Runner:
    """A runner of GitHub's: a clean clone, the steps' shell, and the event's values."""

    def __init__(self, project: Project, folder: Path) -> None:
        self._project = project
        self.folder = folder / "clone"
        self._temp = folder / "runner"
        self._bin = folder / "bin"
        self.asked = folder / "gh.jsonl"
        for made in (self._temp, self._bin):
            made.mkdir(parents=True)
        shutil.copyfile(PIPELINES / "keylife-ci", self._bin / "keylife-ci")
        (self._bin / "gh").write_text(GH.format(python=sys.executable, log=self.asked))
        for program in self._bin.iterdir():
            program.chmod(0o755)

    @property
    def out(self) -> Path:
        """Where the steps leave what they found."""
        return self._temp / "keylife"

    def clone(self, at: str) -> None:
        """What the step `actions/checkout` does."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.out, ignore_errors=True)
        origin = str(self._project.folder)
        self._project.git("clone", "--quiet", origin, str(self.folder))
        self.git("checkout", "--quiet", at)
        # the stack's configuration is in no commit of the tests, as it is in a real repository's
        for config in self._project.stacks.glob("Pulumi.*.yaml"):
            shutil.copyfile(config, self.folder / "stacks" / config.name)

    def git(self, *arguments: str) -> str:
        """Run git in the clone."""
        return self._project.git("-C", str(self.folder), *arguments)

    def run(
        self, workflow: str, step: str, event: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run a step's shell, with the job's and its own environment."""
        read = YAML(typ="safe").load(PIPELINES / "github" / "workflows" / workflow)
        [job] = read["jobs"].values()
        [found] = [each for each in job["steps"] if each.get("name") == step]
        said = {**job["env"], **found.get("env", {})}
        told = {name: _value(text, event) for name, text in said.items()}
        environment = {
            **self._project.environment(),
            **{name: value for name, value in told.items() if value},
            "RUNNER_TEMP": str(self._temp),
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(self._temp / "summary.md"),
        }
        environment["PATH"] = os.pathsep.join(
            (str(self._bin), str(Path(sys.executable).parent), environment["PATH"])
        )
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", found["run"]],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


def _value(text: str, event: Mapping[str, str]) -> str:
    """An expression's value; what the event does not have is empty, as GitHub has it."""
    if not text.startswith("${{"):
        return text
    return event.get(text.removeprefix("${{").removesuffix("}}").strip(), "")


@pytest.fixture
def runner(project: Project, tmp_path: Path) -> Runner:
    """With a repository whose main branch has a key, the pack and the workflows."""
    project.declared.aws("billing")
    project.write()
    shutil.copytree(PACK, project.folder / "policies", ignore=shutil.ignore_patterns("__pyc*"))
    # without a virtualenv of its own: Pulumi takes the Python that comes first on PATH
    (project.folder / "policies" / "PulumiPolicy.yaml").write_text("runtime: python\n")
    workflows = project.folder / ".github" / "workflows"
    shutil.copytree(PIPELINES / "github" / "workflows", workflows)
    project.commit("main")
    return Runner(project, tmp_path / "ci")


def pull_request(project: Project, runner: Runner) -> dict[str, str]:
    """Commit what was changed as a pull request, fetched as the workflow does it."""
    base = project.git("rev-parse", "main")
    project.git("checkout", "--quiet", "-B", "change")
    head = project.commit("change")
    project.git("update-ref", f"refs/pull/{NUMBER}/head", head)
    project.git("checkout", "--quiet", "main")
    runner.clone(base)
    runner.git("fetch", "--quiet", "origin", f"refs/pull/{NUMBER}/head")
    return {
        "github.event.pull_request.base.sha": base,
        "github.event.pull_request.head.sha": head,
        "github.event.pull_request.number": NUMBER,
        "github.repository": "example/keys",
        "vars.KEYLIFE_STACK": project.stack,
    }


def review(runner: Runner, event: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return runner.run("keylife-review.yml", "Judge the declarations", event)


def rules_found(runner: Runner) -> set[str]:
    [run] = json.loads((runner.out / "keylife.sarif").read_text())["runs"]
    return {result["ruleId"] for result in run["results"]}


def test_a_change_is_reviewed_previewed_merged_deployed_and_rotated(
    project: Project, oracle: Oracle, runner: Runner
) -> None:
    deploy = {"vars.KEYLIFE_STACK": project.stack}
    runner.clone("main")
    for step in ("Plan", "Apply that plan"):
        done = runner.run("keylife-deploy.yml", step, deploy)
        assert done.returncode == 0, done.stdout + done.stderr
    path = project.names.path("billing")
    copy = oracle.kv(path)
    assert copy is not None and oracle.aws_answers(copy.secret) == WORKS

    billing = project.declared.files["keys.yaml"][0]
    billing["revoked"] = {
        "at": "2026-11-23T09:00:00Z",
        "reason": "cessationOfOperation",
        "by": "ada@example.com",
        "ref": "PAY-812",
    }
    project.write()
    event = pull_request(project, runner)
    reviewed = review(runner, event)
    assert reviewed.returncode == 0, reviewed.stdout + reviewed.stderr
    previewed = runner.run("keylife-review.yml", "Preview, with the policy pack", event)
    assert previewed.returncode == 0, previewed.stdout + previewed.stderr
    commented = runner.run("keylife-review.yml", "Comment", event)
    assert commented.returncode == 0, commented.stderr
    posted = [json.loads(line) for line in runner.asked.read_text().splitlines()][-1]
    assert "POST" in posted["arguments"]
    [comment] = posted["body"]
    assert comment.startswith("<!-- keylife")
    assert "PAY-812" in comment and "revoke" in comment.lower(), comment
    assert oracle.aws_answers(copy.secret) == WORKS

    project.git("merge", "--quiet", "change")
    runner.clone("main")
    for step in ("Plan", "Apply that plan"):
        done = runner.run("keylife-deploy.yml", step, deploy)
        assert done.returncode == 0, done.stdout + done.stderr
    assert not oracle.aws_answers(copy.secret).authenticates
    rotated = runner.run("keylife-deploy.yml", "Rotate what is due", deploy)
    assert rotated.returncode == 0, rotated.stdout + rotated.stderr


def test_a_change_cannot_switch_off_what_judges_it(
    project: Project, runner: Runner, tmp_path: Path
) -> None:
    canary = tmp_path / "ran"
    for file in (project.folder / ".github" / "workflows").iterdir():
        file.unlink()
    evil = f"open({str(canary)!r}, 'w').close()\n"
    (project.folder / "policies" / "__main__.py").write_text(evil)
    (project.folder / "policies" / "pack.py").write_text(evil)
    project.write_program(evil)
    project.declared.aws("stretched", ttl="400d", rotate_every="300d")
    project.write()
    event = pull_request(project, runner)

    reviewed = review(runner, event)
    previewed = runner.run("keylife-review.yml", "Preview, with the policy pack", event)

    assert reviewed.returncode == 1, reviewed.stdout + reviewed.stderr
    assert "ttl-within-limit" in rules_found(runner)
    assert previewed.returncode not in (0, 2)
    assert "ttl-within-limit" in previewed.stdout
    comment = (runner.out / "comment.md").read_text()
    assert "policies/pack.py" in comment and "keylife-review.yml" in comment
    assert not canary.exists(), "something of the pull request was run"


@pytest.mark.parametrize("name", ["services.yaml", "{stack}/keys/other.yaml"])
def test_a_declaration_that_points_elsewhere_is_refused(
    project: Project, runner: Runner, tmp_path: Path, name: str
) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("services: [{id: canary-of-the-runner}]\n")
    link = project.stacks / name.format(stack=project.stack)
    link.unlink(missing_ok=True)
    link.symlink_to(secret)
    event = pull_request(project, runner)

    reviewed = review(runner, event)

    assert reviewed.returncode == 2
    assert "no plain file" in reviewed.stderr
    assert "canary-of-the-runner" not in reviewed.stdout + reviewed.stderr


def test_what_conflicts_is_not_judged_but_refused(project: Project, runner: Runner) -> None:
    billing = project.declared.files["keys.yaml"][0]
    billing["ttl"] = "29d"
    project.write()
    event = pull_request(project, runner)
    billing["ttl"] = "28d"
    project.write()
    event["github.event.pull_request.base.sha"] = project.commit("meanwhile")
    runner.git("fetch", "--quiet", "origin", "main")

    reviewed = review(runner, event)

    assert reviewed.returncode == 2
    assert "rebase it" in reviewed.stderr
