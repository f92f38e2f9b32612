"""A stack's state: what stands, and what an interrupted run left."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from keylife.compliance.credential import Credential, LedgerUnknown
from keylife.saved.document import SavedFileError
from keylife.saved.state import read_state
from keylife.saved.subjects import subjects_of
from tests.saved.vectors import deleted, standing

TOKEN = "vault:index/token:Token"


def entry(name: str, **facts: Any) -> dict[str, Any]:
    return {
        "urn": f"urn:pulumi:dev::p::{TOKEN}::{name}",
        "type": TOKEN,
        "custom": True,
        "inputs": {"ttl": "1h"},
        **facts,
    }


def component(name: str, inputs: dict[str, str], **facts: Any) -> dict[str, Any]:
    kind = "acme:index:Team"
    urn = f"urn:pulumi:dev::p::{kind}::{name}"
    return {"urn": urn, "type": kind, "custom": False, "inputs": inputs, **facts}


def export(*entries: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return {"version": 3, "deployment": {"resources": list(entries), **facts}}


def test_an_empty_stack_has_nothing() -> None:
    assert read_state({"version": 3, "deployment": {}}).resources == ()


def test_what_waits_for_its_deletion_is_deleted() -> None:
    shown = read_state(export(entry("t"), entry("t", delete=True, retainOnDelete=True)))

    assert [r.options.retain_on_delete for r in deleted(shown).values()] == [True]
    assert set(standing(shown)) == {"t"}


def test_what_waits_for_its_successor_is_gone() -> None:
    assert read_state(export(entry("t", pendingReplacement=True))).resources == ()


def test_what_a_run_was_creating_when_it_ended_may_exist() -> None:
    pending = [
        {"type": "creating", "resource": entry("orphan")},
        {"type": "deleting", "resource": entry("going")},
    ]

    assert set(standing(read_state(export(pending_operations=pending)))) == {"orphan"}


@pytest.mark.parametrize(
    "damage",
    [
        {"version": 3, "deployment": {"resources": {}}},
        {"version": 3, "deployment": {"resources": [1]}},
        {"version": 3, "deployment": {"resources": [{"urn": "x", "type": "y"}]}},
        {"version": 3, "deployment": {"resources": [{"urn": "a::b::c::d"}]}},
    ],
)
def test_what_pulumi_did_not_write_is_refused(damage: dict[str, Any]) -> None:
    with pytest.raises(SavedFileError):
        read_state(damage)


def test_a_state_of_an_unknown_layout_has_an_unknown_ledger() -> None:
    assert isinstance(read_state({**export(entry("t")), "version": 9}).ledger, LedgerUnknown)


def test_an_output_in_clear_is_told_by_its_name_alone() -> None:
    token = "hvs." + "x" * 24
    shown = read_state(export(entry("t", outputs={"clientToken": token, "note": "x", "n": None})))
    [resource] = shown.resources

    assert resource.leaking_outputs == {"clientToken"}
    assert resource.plain_outputs == {"clientToken", "note"}
    assert token not in repr(shown)


def test_what_an_ancestor_states_holds_in_whatever_order_the_file_has_them() -> None:
    outer = component("outer", {"owner": "team-payments", "service": "billing"})
    middle = component("middle", {}, parent=outer["urn"])
    inner = entry("t", parent=middle["urn"])

    for order in permutations((outer, middle, inner)):
        [token] = subjects_of(read_state(export(*order)))

        assert isinstance(token, Credential)
        assert (token.owner, token.service) == ("team-payments", "billing")
