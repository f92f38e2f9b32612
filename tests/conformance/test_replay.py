"""A plugin that answers otherwise than recorded must be caught, whatever it does otherwise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from keylife.sandbox.plugins.vault.provider import VaultProvider
from tests.conformance.replay import Replay, Trace, read_trace

CHECKS = ("CheckConfig", "Configure", "Check")


def _without_vault(trace: Trace) -> Trace:
    return [call for call in trace if call["method"] in (*CHECKS, "Diff", "DiffConfig")]


@pytest.fixture
def trace() -> Trace:
    path = Path(__file__).parent / "traces" / "06-replace-preview.jsonl"
    return _without_vault(read_trace(path))


def _replayed(trace: Trace) -> list[str]:
    def make(_trace: str) -> VaultProvider:
        return VaultProvider(
            clock=lambda: datetime.now(UTC), environment={"VAULT_ADDR": "http://127.0.0.1:1"}
        )

    return [f"{found.method} {found.path}" for found in Replay({}, make).run("x", trace)]


def test_the_recorded_answers_are_given(trace: Trace) -> None:
    assert _replayed(trace) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        pytest.param(
            lambda diff: diff["replaces"].append("policies"),
            "Diff response.replaces",
            id="another property that replaces",
        ),
        pytest.param(
            lambda diff: diff.update(deleteBeforeReplace=True),
            "Diff response.deleteBeforeReplace",
            id="an answer that is missing",
        ),
        pytest.param(
            lambda diff: diff["detailedDiff"]["ttl"].update(kind="UPDATE"),
            "Diff response.detailedDiff.ttl.kind",
            id="another kind of change",
        ),
        pytest.param(
            lambda diff: diff["stables"].remove("period"),
            "Diff response.stables",
            id="a list that is longer",
        ),
    ],
)
def test_a_difference_is_found(
    trace: Trace, change: Callable[[dict[str, Any]], None], found: str
) -> None:
    diff = next(call for call in trace if call.get("response", {}).get("replaces") == ["ttl"])
    change(diff["response"])

    assert found in _replayed(trace)


def test_a_success_where_an_error_was_recorded_is_found(trace: Trace) -> None:
    call = next(call for call in trace if call["method"] == "Check")
    del call["response"]
    call["errors"] = ["rpc error: code = Unknown desc = no"]

    assert {"Check errors", "Check response"} <= set(_replayed(trace))
