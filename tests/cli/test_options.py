"""The options that several commands share mean one thing everywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keylife.cli.options import declarations_folder, instant, short_name, stack_name
from keylife.errors import UsageError

FakePulumi = Callable[[str], None]


def test_an_instant_that_is_named_is_that_instant() -> None:
    assert instant("2026-11-23T10:30:00+01:00") == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def test_without_one_it_is_now_in_whole_seconds() -> None:
    found = instant(None)

    assert found.microsecond == 0
    assert abs(datetime.now(UTC) - found) < timedelta(minutes=1)
    assert found.tzinfo is UTC


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-11-23"])
def test_what_is_no_instant_is_bad_usage_by_its_options_name(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--at: .* is not an instant"):
        instant(text)


def test_a_stack_that_is_named_is_not_asked_for(pulumi: FakePulumi) -> None:
    pulumi("exit 1")

    assert stack_name("org/keylife/prod") == "org/keylife/prod"


def test_without_one_it_is_the_selected_one(pulumi: FakePulumi) -> None:
    pulumi('[ "$*" = "stack --show-name" ] && echo dev')

    assert stack_name(None) == "dev"


@pytest.mark.parametrize("script", ["exit 1", "echo error: no stack >&2; exit 255"])
def test_no_selected_stack_is_bad_usage_with_the_way_out(pulumi: FakePulumi, script: str) -> None:
    pulumi(script)

    with pytest.raises(UsageError, match="no stack is selected here") as caught:
        stack_name(None)
    assert caught.value.hint == "name one: --stack dev"


def test_no_pulumi_is_bad_usage_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(UsageError, match="there is no `pulumi` on PATH") as caught:
        stack_name(None)
    assert caught.value.hint is not None


@pytest.mark.parametrize(
    ("name", "short"), [("dev", "dev"), ("proj/dev", "dev"), ("org/proj/dev", "dev")]
)
def test_a_stacks_own_name(name: str, short: str) -> None:
    assert short_name(name) == short


def test_declarations_are_in_the_projects_folder_of_stacks(project: Path) -> None:
    (project / "stacks" / "dev" / "deep").mkdir()

    assert declarations_folder(None) == project / "stacks"
    assert declarations_folder(project / "stacks" / "dev") == project / "stacks" / "dev"


def test_a_folder_that_is_not_there_is_bad_usage_with_the_way_out(project: Path) -> None:
    with pytest.raises(UsageError, match="there are no declarations in") as caught:
        declarations_folder(project / "none")
    assert caught.value.hint == "name their folder: --declarations DIR"
