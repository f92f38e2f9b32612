"""`keylife record`: what a killed deploy did not come to record is recorded, once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keylife.store.database import open_database
from tests.cli.conftest import Command
from tests.program.states import state

HISTORY = [
    {
        "kind": "update",
        "startTime": "2026-11-23T08:59:00.000Z",
        "endTime": "2026-11-23T09:01:00.000Z",
        "version": 3,
        "environment": {"git.head": "c0ffee", "git.author": "Bo"},
    }
]
SCRIPT = """
case "$1 $2" in
  "stack export") cat {state};;
  "stack history") cat {history};;
  "refresh --yes") {refresh};;
  *) exit 1;;
esac
"""


@pytest.fixture
def stack(
    project: Path, tmp_path: Path, pulumi: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """Put a stack of this state behind the Pulumi CLI, and an empty store beside it."""
    url = f"sqlite:///{project / '.keylife' / 'store.db'}"
    monkeypatch.setenv("KEYLIFE_STORE", url)
    open_database(url).close()

    def be(export: dict[str, Any], refresh: str = "exit 0") -> None:
        files = {"state": tmp_path / "state.json", "history": tmp_path / "history.json"}
        files["state"].write_text(json.dumps(export))
        files["history"].write_text(json.dumps(HISTORY))
        pulumi(SCRIPT.format(**files, refresh=refresh))

    return be


def timed(export: dict[str, Any]) -> dict[str, Any]:
    for resource in export["deployment"]["resources"]:
        resource["created"] = resource["modified"] = "2026-11-23T09:00:00Z"
    return export


def test_a_state_that_nobody_recorded_is_recorded_once(
    keylife: Command, stack: Callable[..., None]
) -> None:
    stack(timed(state("in-rotation")))

    first = keylife("record", "--stack", "dev")
    again = keylife("record", "--stack", "dev")

    assert (first.code, first.err) == (0, "")
    assert "billing-deploy v2 issued (update 3)" in first.out
    assert "billing-deploy v2 delivered vault-kv/secret/billing/aws (update 3)" in first.out
    assert "missing event" in first.out
    assert again.out == "nothing missing\n"
    assert keylife("audit", "verify").code == 0
    told = keylife("history", "billing-deploy", "--stack", "dev").out
    assert "commit c0ffee, of Bo, update 3" in told


def test_what_is_gone_since_is_recorded_as_destroyed(
    keylife: Command, stack: Callable[..., None]
) -> None:
    stack(timed(state("in-rotation")))
    keylife("record", "--stack", "dev")
    stack(timed(state("revoked-in-quarantine")))

    answer = keylife("record", "--stack", "dev", "--format", "json")

    told = [
        (event["key"], event["what"], event.get("version")) for event in answer.json()["recorded"]
    ]
    assert ("billing-deploy", "revoked", None) in told
    assert ("billing-deploy", "deactivated", 1) in told
    assert ("billing-deploy", "copy destroyed", None) in told
    assert ("metrics-reader", "destroyed", 2) in told
    assert keylife("record", "--stack", "dev").out == "nothing missing\n"


def test_a_run_that_left_operations_pending_is_recovered_first(
    keylife: Command, stack: Callable[..., None]
) -> None:
    stack(state("interrupted"))

    answer = keylife("record", "--stack", "dev")

    assert answer.code == 1
    assert "run `keylife recover` first" in answer.err


def test_a_run_that_is_under_way_records_what_it_does_itself(
    keylife: Command, stack: Callable[..., None]
) -> None:
    held = "created by root@vm (pid 7) at 2026-11-23T09:00:00Z"
    stack(state("in-rotation"), refresh=f'echo "{held}" >&2; exit 255')

    answer = keylife("record", "--stack", "dev")

    assert answer.code == 1
    assert "a run is under way, of root@vm, process 7" in answer.err
    assert keylife("audit", "head").code == 1, "something was recorded"
