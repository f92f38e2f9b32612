"""`keylife history` tells what this machine recorded; an unknown key is not a quiet one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from keylife.evidence.event import Event, What
from keylife.evidence.log import EventLog
from keylife.evidence.source import Source
from keylife.project import event_log_path
from tests.cli.conftest import Command

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def log(project: Path) -> EventLog:
    log = EventLog(event_log_path(project, "dev"))
    for number, key in enumerate(("billing-deploy", "billing", "billing-deploy"), start=1):
        log.append(
            Event(
                recorded=AT,
                at=AT,
                what=What.ISSUED,
                key=key,
                version=number,
                stack="organization/keylife/dev",
                urn="urn:x",
                source=Source(actor="ci"),
            )
        )
    return log


def test_what_is_told_is_of_that_key_alone(keylife: Command, log: EventLog) -> None:
    answer = keylife("history", "billing-deploy", "--stack", "organization/keylife/dev")

    assert (answer.code, answer.err) == (0, "")
    assert [line.split()[1:] for line in answer.out.splitlines() if "issued" in line] == [
        ["issued", "v1"],
        ["issued", "v3"],
    ]


def test_the_same_for_programs(keylife: Command, log: EventLog) -> None:
    answer = keylife("history", "billing", "--stack", "dev", "--format", "json")

    assert answer.code == 0
    assert answer.json()["format_version"] == 1
    assert [event["version"] for event in answer.json()["events"]] == [2]


def test_lines_that_cannot_be_read_are_told_apart_from_the_answer(
    keylife: Command, log: EventLog
) -> None:
    with log.path.open("a") as file:
        file.write('{"torn')

    answer = keylife("history", "billing", "--stack", "dev", "--format", "json")

    assert answer.code == 0
    assert "1 lines cannot be read" in answer.err
    assert answer.json()["unreadable_lines"] == 1


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_an_unknown_key_is_a_finding_not_an_empty_history(
    keylife: Command, log: EventLog, stack: str
) -> None:
    answer = keylife("history", "bill", "--stack", stack)

    assert (answer.code, answer.out) == (1, "")
    assert "nothing is recorded of `bill`" in answer.err


def test_outside_of_a_project_there_is_no_history(
    keylife: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    answer = keylife("history", "billing", "--stack", "dev")

    assert answer.code == 2
    assert "no Pulumi.yaml" in answer.err


def test_the_answer_has_no_colour_where_none_is_wanted(
    keylife: Command, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" in keylife("history", "billing", "--stack", "dev").out

    monkeypatch.delenv("FORCE_COLOR")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in keylife("history", "billing", "--stack", "dev").out
