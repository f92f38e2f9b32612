"""A preview is judged whole or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from keylife.compliance.credential import LedgerUnknown
from keylife.saved.document import SavedFileError
from keylife.saved.preview import read_preview
from tests.saved.vectors import deleted, document, standing

URN = "urn:pulumi:dev::p::"


def step(op: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> dict[str, Any]:
    urn = (new or old or {})["urn"]
    return {"op": op, "urn": urn, "oldState": old, "newState": new}


def entry(kind: str, name: str, inputs: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return {"urn": f"{URN}{kind}::{name}", "type": kind, "custom": True, "inputs": inputs, **facts}


def preview(*steps: dict[str, Any], **facts: Any) -> dict[str, Any]:
    summary: dict[str, int] = {}
    for taken in steps:
        summary[taken["op"]] = summary.get(taken["op"], 0) + 1
    return {"steps": list(steps), "changeSummary": summary, **facts}


def test_what_leaves_out_what_does_not_change_is_refused() -> None:
    with pytest.raises(SavedFileError, match=r"leaves out 1[0-9] of 1[0-9] resources of `same`"):
        read_preview(document("preview-second-without-sames"))


def test_what_lost_a_step_is_refused() -> None:
    cut = document("preview-second")
    cut["steps"] = [s for s in cut["steps"] if not s["urn"].endswith("::deleted-and-kept")]

    with pytest.raises(SavedFileError, match="leaves out 1 of 5 resources of `delete`"):
        read_preview(cut)


def test_a_preview_that_failed_is_refused() -> None:
    failed = preview(diagnostics=[{"severity": "error", "message": "Program failed: hvs.secret"}])

    with pytest.raises(SavedFileError, match="failed") as refused:
        read_preview(failed)
    assert "hvs.secret" not in str(refused.value)


def test_a_warning_is_no_failure() -> None:
    assert read_preview(preview(diagnostics=[{"severity": "warning"}])).resources == ()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param({"steps": ["create"], "changeSummary": {}}, id="a step that is none"),
        pytest.param({"steps": [{"op": "create"}], "changeSummary": {}}, id="a step of nothing"),
        pytest.param(
            {"steps": [{"op": "create", "newState": {"urn": "x"}}], "changeSummary": {}},
            id="a resource without a type",
        ),
        pytest.param(
            {"steps": [{"op": 1, "newState": entry("a:b:C", "n", {})}], "changeSummary": {}},
            id="no operation",
        ),
        pytest.param({"steps": []}, id="no summary"),
    ],
)
def test_what_pulumi_did_not_write_is_refused(damage: dict[str, Any]) -> None:
    with pytest.raises(SavedFileError):
        read_preview(damage)


def test_a_default_provider_has_the_configuration_of_the_stack() -> None:
    user = entry("aws:iam/user:User", "u", {}, provider=f"{URN}pulumi:providers:aws::default::1")
    config = {"aws:defaultTags": '{"tags": {"owner": "team"}}', "p:act": "x", "vault:token": "t"}

    shown = standing(read_preview(preview(step("create", None, user), config=config)))

    assert shown["u"].provider == {"defaultTags": '{"tags": {"owner": "team"}}'}


def test_an_explicit_provider_has_its_own_inputs() -> None:
    provider = entry("pulumi:providers:aws", "mine", {"region": "eu-west-1"})
    user = entry("aws:iam/user:User", "u", {}, provider=f"{provider['urn']}::1")
    steps = (step("create", None, provider), step("create", None, user))

    assert standing(read_preview(preview(*steps)))["u"].provider == {"region": "eu-west-1"}


def test_a_read_of_what_exists_stands_too() -> None:
    got = entry("vault:index/token:Token", "got", {"ttl": "1h"}, external=True)

    assert set(standing(read_preview(preview(step("read", None, got))))) == {"got"}


@pytest.mark.parametrize("op", ["delete", "delete-replaced", "discard"])
def test_whatever_takes_a_resource_away_deletes_it(op: str) -> None:
    old = entry("vault:index/token:Token", "old", {})
    shown = read_preview(preview(step(op, old, None)))

    assert (set(standing(shown)), set(deleted(shown))) == (set(), {"old"})


def test_a_replacement_that_is_shown_in_halves_is_counted_once() -> None:
    old, new = (entry("vault:index/token:Token", "t", {"ttl": ttl}) for ttl in ("1h", "2h"))
    halves = (
        step("create-replacement", old, new),
        step("replace", old, new),
        step("delete-replaced", old, None),
    )

    shown = [r.inputs["ttl"] for r in read_preview(preview(*halves)).resources if not r.deleted]

    assert shown == ["2h"]


def test_a_ledger_that_is_damaged_is_no_empty_one() -> None:
    own = entry("keylife:index:Version", "x-v1", {"key": "x"}, custom=False)

    assert isinstance(read_preview(preview(step("same", own, own))).ledger, LedgerUnknown)
