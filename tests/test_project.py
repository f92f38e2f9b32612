"""Which Pulumi project a command or a program belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest

from keylife.errors import UsageError
from keylife.project import event_log_path, project_folder


@pytest.mark.parametrize("name", ["Pulumi.yaml", "Pulumi.yml"])
def test_the_nearest_project_is_found_from_below(tmp_path: Path, name: str) -> None:
    (tmp_path / "Pulumi.yaml").touch()
    inner = tmp_path / "inner"
    (inner / "stacks" / "dev").mkdir(parents=True)
    (inner / name).touch()

    assert project_folder(inner / "stacks" / "dev") == inner
    assert project_folder(inner) == inner
    assert project_folder(tmp_path) == tmp_path


def test_a_folder_of_that_name_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").mkdir()

    with pytest.raises(UsageError, match=r"no Pulumi\.yaml in .* or above it") as caught:
        project_folder(tmp_path)
    assert caught.value.hint == "run this in a Pulumi project's folder"


def test_each_stack_has_a_log_of_its_own(tmp_path: Path) -> None:
    assert event_log_path(tmp_path, "dev") == tmp_path / ".keylife" / "events-dev.jsonl"
