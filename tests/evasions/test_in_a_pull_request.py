"""What a pull request does around the rules is told by its word, and needs an approval."""

from __future__ import annotations

import pytest

from keylife.review.repository import Repository as Reader
from keylife.review.review import Review
from keylife.review.reviewing import review
from tests.evasions.in_a_pull_request import BASE, REQUESTS, Files
from tests.review.declarations import AT
from tests.review.repositories import Repository


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    made = Repository(tmp_path_factory.mktemp("repository"))
    made.commit(**BASE)
    made.git("tag", "base")
    return made


def reviewed(repository: Repository, change: Files) -> Review:
    repository.git("checkout", "--quiet", "--detach", "base")
    head = repository.commit(**change)
    folder = repository.folder
    return review(Reader(folder), folder / "stacks", "base", head, at=AT)


@pytest.mark.parametrize("name", REQUESTS)
def test_an_evasion_is_told_and_its_twin_is_not(name: str, repository: Repository) -> None:
    request = REQUESTS[name]

    told = reviewed(repository, request.evasion)
    twin = reviewed(repository, request.twin)

    assert told.exit_code == twin.exit_code == 0
    assert request.told in {approval.change.what for approval in told.approvals}
    assert request.told not in {change.what for change in twin.changes}
