"""A key's history: a line an event, its cause below it where that is another."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console

from keylife.evidence.event import Event, What
from keylife.evidence.source import Source
from keylife.reports.history import as_json, print_history

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CI = Source(
    actor="octo",
    commit="0123456789abcdef0123456789abcdef01234567",
    author="Bo <bo@example.com>",
    branch="main",
    clean=True,
    run="https://github.example/acme/keys/actions/runs/4711",
    pull_request="17",
)


def event(what: What, **changes: Any) -> Event:
    facts: dict[str, Any] = {
        "recorded": AT + timedelta(seconds=7),
        "at": AT,
        "what": what,
        "key": "billing",
        "version": 1,
        "stack": "organization/keylife/dev",
        "urn": "urn:x",
        "source": CI,
        **changes,
    }
    return Event(**facts)


def printed(*events: Event, width: int = 40) -> list[str]:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_history(events, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_each_event_is_a_line_and_each_cause_is_told_once_however_narrow_the_terminal() -> None:
    place = "vault-kv/secret/billing/aws"
    later = AT + timedelta(days=1)
    detail = "superseded, by oncall@example.com, OPS-2"

    assert printed(
        event(What.ISSUED),
        event(What.DELIVERED, place=place),
        event(What.REVOKED, version=None, detail=detail, at=later, recorded=later, source=Source()),
        event(What.COPY_DESTROYED, version=None, place=place, at=later, source=Source()),
    ) == [
        "2026-11-23T09:00:00Z  issued          v1",
        "                      by octo, commit 0123456789, of Bo <bo@example.com>, on main,"
        " pull request 17, run https://github.example/acme/keys/actions/runs/4711,"
        " recorded 2026-11-23T09:00:07Z",
        "2026-11-23T09:00:00Z  delivered       v1   vault-kv/secret/billing/aws",
        "2026-11-24T09:00:00Z  revoked              superseded, by oncall@example.com, OPS-2",
        "                      recorded 2026-11-24T09:00:00Z",
        "2026-11-24T09:00:00Z  copy destroyed       vault-kv/secret/billing/aws",
    ]


def test_uncommitted_changes_are_told_and_not_knowing_is_not_having_them() -> None:
    dirty = printed(event(What.ISSUED, source=Source(commit="0" * 40, clean=False)))
    unknown = printed(event(What.ISSUED, source=Source(commit="0" * 40)))

    assert "commit 0000000000, with uncommitted changes" in dirty[1]
    assert "uncommitted" not in unknown[1]


def test_nothing_in_a_history_is_markup_or_obeyed_by_a_terminal() -> None:
    name = "\x1b[2J\x9b2J\rBo [red]x[/red]\u202e"
    [line, cause] = printed(event(What.ISSUED, place=name, source=Source(author=name)))

    for told in (line, cause):
        assert "Bo [red]x[/red]" in told
        assert not set(told) & {"\x1b", "\x9b", "\r", "\u202e"}


def test_for_programs_it_carries_its_version_and_what_could_not_be_read() -> None:
    answer = json.loads(as_json("billing", [event(What.ISSUED)], 3))

    assert (answer["format_version"], answer["key"], answer["unreadable_lines"]) == (
        1,
        "billing",
        3,
    )
    [told] = answer["events"]
    assert told["what"] == "issued"
    assert told["at"] == "2026-11-23T09:00:00Z"
    assert told["source"]["pull_request"] == "17"
    assert told["detail"] is None


def test_a_history_of_nothing_is_nothing() -> None:
    assert printed() == []
    assert json.loads(as_json("billing", [], 0))["events"] == []
