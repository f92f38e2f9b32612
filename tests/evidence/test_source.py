"""Who and what causes an event, as git and the pipeline's environment tell it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from keylife.evidence.source import Source, source_of

GITHUB = {
    "GITHUB_ACTOR": "octo",
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_REPOSITORY": "acme/keys",
    "GITHUB_RUN_ID": "4711",
}
GITLAB = {
    "GITLAB_USER_LOGIN": "fox",
    "CI_COMMIT_REF_NAME": "rotate",
    "CI_JOB_URL": "https://gitlab.example/acme/keys/-/jobs/9",
}


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"},
        capture_output=True,
        check=True,
    )
    return done.stdout.decode(errors="replace").strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "trunk")
    (folder / "keys.yaml").write_text("keys: []\n")
    git(folder, "add", "keys.yaml")
    git(folder, "commit", "-q", "-m", "first", "--author", "Bo <bo@example.com>")
    return folder


def test_a_repository_tells_commit_author_branch_and_that_it_is_clean(repository: Path) -> None:
    assert source_of(repository, {"USER": "bo"}) == Source(
        actor="bo",
        commit=git(repository, "rev-parse", "HEAD"),
        author="Bo <bo@example.com>",
        branch="trunk",
        clean=True,
    )


def test_uncommitted_changes_are_told(repository: Path) -> None:
    (repository / "keys.yaml").write_text("keys: [x]\n")

    assert source_of(repository, {}).clean is False


def test_a_file_nobody_committed_is_a_change_too(repository: Path) -> None:
    (repository / "more.yaml").touch()

    assert source_of(repository, {}).clean is False


def test_without_git_nothing_is_claimed(tmp_path: Path) -> None:
    assert source_of(tmp_path, {}) == Source()


def test_without_a_git_command_nothing_is_claimed(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(repository))

    assert source_of(repository, {"USER": "bo"}) == Source(actor="bo")


def test_a_repository_without_a_commit_is_not_clean_and_has_no_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "trunk")
    (tmp_path / "keys.yaml").touch()

    assert source_of(tmp_path, {}) == Source(branch="trunk", clean=False)


def test_a_detached_head_is_no_branch(repository: Path) -> None:
    git(repository, "checkout", "-q", "--detach")

    assert source_of(repository, {}).branch is None


def test_a_name_that_is_not_utf_8_is_recorded_as_well_as_it_goes(repository: Path) -> None:
    """It must neither stop a deploy nor hold up a kill."""
    git(repository, "config", "i18n.logOutputEncoding", "ISO-8859-1")
    git(repository, "commit", "-q", "--allow-empty", "-m", "x", "--author", "Zoë <z@example.com>")

    source = source_of(repository, {"USER": "zo\udceb"})

    assert source.author == "Zo\N{REPLACEMENT CHARACTER} <z@example.com>"
    assert source.actor == "zo\N{REPLACEMENT CHARACTER}"
    assert "z@example.com" in source.model_dump_json()


def test_github_tells_actor_run_branch_and_pull_request(tmp_path: Path) -> None:
    environment = {
        **GITHUB,
        "GITHUB_HEAD_REF": "rotate-billing",
        "GITHUB_REF_NAME": "17/merge",
        "GITHUB_REF": "refs/pull/17/merge",
    }

    assert source_of(tmp_path, environment) == Source(
        actor="octo",
        branch="rotate-billing",
        run="https://github.example/acme/keys/actions/runs/4711",
        pull_request="17",
    )


def test_a_push_on_github_is_no_pull_request(tmp_path: Path) -> None:
    environment = {
        **GITHUB,
        "GITHUB_HEAD_REF": "",
        "GITHUB_REF_NAME": "main",
        "GITHUB_REF": "refs/heads/main",
    }

    source = source_of(tmp_path, environment)

    assert (source.branch, source.pull_request) == ("main", None)


@pytest.mark.parametrize("missing", ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"])
def test_a_run_is_not_made_up_from_parts(tmp_path: Path, missing: str) -> None:
    environment = {name: value for name, value in GITHUB.items() if name != missing}

    assert source_of(tmp_path, environment).run is None


def test_gitlab_tells_actor_run_branch_and_merge_request(tmp_path: Path) -> None:
    assert source_of(tmp_path, {**GITLAB, "CI_MERGE_REQUEST_IID": "5"}) == Source(
        actor="fox",
        branch="rotate",
        run="https://gitlab.example/acme/keys/-/jobs/9",
        pull_request="5",
    )


def test_any_other_runner_says_it_in_keylifes_own_variables(tmp_path: Path) -> None:
    own = {"KEYLIFE_ACTOR": "ci", "KEYLIFE_RUN": "run/1", "KEYLIFE_PULL_REQUEST": "8"}

    assert source_of(tmp_path, {**GITHUB, **GITLAB, **own}) == Source(
        actor="ci", branch="rotate", run="run/1", pull_request="8"
    )


def test_nothing_but_the_named_variables_is_recorded(tmp_path: Path) -> None:
    environment = {"GITHUB_TOKEN": "canary", "CI_JOB_TOKEN": "canary", "AWS_SECRET": "canary"}

    assert source_of(tmp_path, environment) == Source()


def test_who_approved_stands_in_the_commit_or_the_pipeline_says_it(repository: Path) -> None:
    (repository / "keys.yaml").write_text("keys: [x]\n")
    git(
        repository,
        *("commit", "-q", "-a", "-m", "second"),
        *("-m", "Approved-by: Al <al@example.com>\nReviewed-by: Cy <cy@example.com>"),
    )

    assert source_of(repository, {}).approved_by == "Al <al@example.com>, Cy <cy@example.com>"
    said = {"KEYLIFE_APPROVED_BY": "dee", "KEYLIFE_ASKED_BY": "eve"}
    assert source_of(repository, said).approved_by == "dee"
    assert source_of(repository, said).asked_by == "eve"
