"""A key's history: a line an event, its cause below it where that is another."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console

from keylife.evidence.event import Event, What
from keylife.evidence.source import Source
from keylife.reports.history import as_json, merged, print_history

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


def test_what_is_in_both_logs_is_told_once_and_all_in_the_order_it_was_recorded() -> None:
    times = [AT + timedelta(minutes=minute) for minute in range(4)]
    in_log = CI.model_copy(update={"update": 7})
    logged = [
        event(What.REVOKED, recorded=times[1], source=in_log),
        event(What.ISSUED, recorded=times[3], source=in_log),
    ]
    local = [event(What.ISSUING, recorded=times[0]), event(What.REVOKED, recorded=times[1])]
    local.append(event(What.REVOKED, recorded=times[2]))

    found = merged(logged, local)

    assert [(one.what, one.recorded) for one in found] == [
        (What.ISSUING, times[0]),
        (What.REVOKED, times[1]),
        (What.REVOKED, times[2]),
        (What.ISSUED, times[3]),
    ]
    assert found[1].source.update == 7


def test_who_asked_approved_and_called_and_the_proof_are_told() -> None:
    source = Source(update=7, asked_by="al", approved_by="bo", caller="svc", endpoint="/v1/revoke")
    proof = "0f" * 32

    [line, cause] = printed(event(What.VERIFIED, source=source, certificate=proof))

    assert line.endswith("certificate 0f0f0f0f0f0f")
    assert "update 7, asked by al, approved by bo, caller svc, at /v1/revoke" in cause
