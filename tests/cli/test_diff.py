"""`keylife diff` tells what a change does, in every way it is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from keylife.reports.review.markdown import MARKER
from tests.cli.conftest import Command
from tests.review.repositories import Repository

KEYS = "stacks/dev/keys/billing.yaml"


@pytest.fixture
def repository(project: Path) -> Repository:
    """The project's folder as a repository, with a branch that stretches a life."""
    made = Repository(project)
    made.commit()
    made.git("checkout", "-q", "-b", "stretch")
    text = (project / KEYS).read_text()
    made.commit(**{KEYS: text.replace("ttl: 30d", "ttl: 60d")})
    made.git("checkout", "-q", "main")
    other = text.replace("billing-deploy", "other").replace("billing/aws", "other/aws")
    made.commit(**{"stacks/dev/keys/other.yaml": other})
    return made


def test_a_change_is_told_and_is_no_failure(keylife: Command, repository: Repository) -> None:
    repository.git("checkout", "-q", "stretch")

    answer = keylife("diff", "HEAD~1", "--at", "2026-11-23T06:14:30Z")

    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[1:] == [
        f"high    EXTENDED: billing-deploy in dev, {KEYS}:3",
        "        - versions live 60d, not 30d",
        "        - versions that live already keep their end",
        "        - their grace is 39d, not 9d",
        "reviewers: team@example.com",
        "1 change of high risk",
    ]


@pytest.mark.parametrize(
    ("arguments", "whats"),
    [
        (["main", "stretch"], ["deleted-without-a-tombstone", "extended"]),
        (["main..stretch"], ["deleted-without-a-tombstone", "extended"]),
        (["main...stretch"], ["extended"]),
        (["stretch..."], ["issued"]),
    ],
)
def test_revisions_are_named_as_git_has_it(
    keylife: Command, repository: Repository, arguments: list[str], whats: list[str]
) -> None:
    answer = keylife("diff", *arguments, "--format", "json")

    assert answer.code == 0
    assert [change["what"] for change in answer.json()["changes"]] == whats


def test_approvals_are_data_for_a_required_check(keylife: Command, repository: Repository) -> None:
    needed = keylife("diff", "main...stretch", "--require-approval")
    nothing = keylife("diff", "main", "main", "--require-approval")

    assert (needed.code, nothing.code) == (1, 0)
    [approval] = needed.json()["needed"]
    assert approval["why"] == "extended: versions live 60d, not 30d"
    assert approval["owners"] == [{"id": "team", "contact": "team@example.com"}]
    assert nothing.json()["needed"] == []


def test_a_comment_begins_with_its_marker(keylife: Command, repository: Repository) -> None:
    answer = keylife("diff", "main...stretch", "--format", "markdown")

    assert answer.out.startswith(f"{MARKER}\n### Keys: 1 change of high risk\n")


def test_a_head_that_does_not_load_is_exit_2_and_says_why_in_the_format_asked_for(
    keylife: Command, repository: Repository
) -> None:
    repository.git("checkout", "-q", "stretch")
    repository.commit(**{KEYS: "keys: 3\n"})

    answer = keylife("diff", "main", "HEAD", "--format", "markdown")
    approvals = keylife("diff", "main", "HEAD", "--require-approval")

    assert answer.code == approvals.code == 2
    assert "### Keys: this change cannot be told" in answer.out
    assert f"{KEYS}:1:7: `keys` is to be a list" in answer.out
    assert approvals.json()["compared"] is False


def test_a_base_that_does_not_load_is_exit_1(keylife: Command, repository: Repository) -> None:
    text = (repository.folder / KEYS).read_text()
    repository.commit(**{KEYS: "keys: 3\n"})
    repository.commit(**{KEYS: text})

    answer = keylife("diff", "HEAD~1", "HEAD")

    assert answer.code == 1
    assert "the base, HEAD~1 (" in answer.out
    assert "does not load: nothing is compared" in answer.out


def test_the_previews_steps_stand_beside_the_change(
    keylife: Command, repository: Repository, tmp_path: Path
) -> None:
    managed = "urn:pulumi:dev::shop::keylife:index:ManagedKey::billing-deploy"
    file = tmp_path / "preview.json"
    file.write_text(json.dumps({"steps": [{"op": "update", "urn": managed}]}))

    answer = keylife("diff", "main...stretch", "--preview", str(file))

    assert answer.code == 0
    assert "- Pulumi: update `keylife:index:ManagedKey` `billing-deploy`" in answer.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "there is no revision `nowhere` here"),
        (["main..stretch", "main"], "names both sides already"),
        (["main", "--format", "sarif"], "there is no format 'sarif'"),
        (["main", "--preview", "none.json"], "none.json cannot be read"),
        (["main", "--preview", KEYS], "is not JSON"),
        (["main", "--at", "now"], "--at"),
    ],
)
def test_bad_input_is_exit_2(
    keylife: Command, repository: Repository, arguments: list[str], said: str
) -> None:
    answer = keylife("diff", *arguments)

    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_a_folder_that_is_no_repository_is_a_mistake(keylife: Command, project: Path) -> None:
    answer = keylife("diff", "main")

    assert answer.code == 2
    assert "this is no git repository" in answer.err
