"""A saved plan is read together with the state that it was made on."""

from __future__ import annotations

from typing import Any

import pytest

from keylife.saved.document import SavedFileError
from keylife.saved.plan import read_plan
from tests.saved.vectors import deleted, document, standing

TOKEN = "vault:index/token:Token"
URN = f"urn:pulumi:dev::p::{TOKEN}::"


def goal(name: str, **facts: Any) -> dict[str, Any]:
    return {"type": TOKEN, "name": name, "custom": True, "inputDiff": {}, **facts}


def state(*entries: dict[str, Any]) -> dict[str, Any]:
    resources = [
        {"urn": f"{URN}{e.pop('name')}", "type": TOKEN, "custom": True, **e} for e in entries
    ]
    return {"version": 3, "deployment": {"resources": resources}}


def planned(name: str, steps: list[str], **facts: Any) -> dict[str, Any]:
    return {"resourcePlans": {f"{URN}{name}": {"steps": steps, "goal": goal(name, **facts)}}}


def test_a_plan_that_changes_something_needs_the_state() -> None:
    with pytest.raises(SavedFileError, match="only what differs"):
        read_plan(document("plan-second"))


def test_a_plan_that_imports_needs_the_state() -> None:
    """It has no step at all, and only the inputs that differ from what exists."""
    with pytest.raises(SavedFileError, match="only what differs"):
        read_plan({"resourcePlans": {f"{URN}t": {"goal": goal("t", id="x")}}})


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param({"resourcePlans": {"urn": {"steps": ["create"]}}}, id="no URN"),
        pytest.param({"resourcePlans": {f"{URN}t": "create"}}, id="no plan"),
        pytest.param(
            {"resourcePlans": {f"{URN}t": {"steps": ["create"], "goal": {}}}}, id="no type"
        ),
    ],
)
def test_what_pulumi_did_not_write_is_refused(damage: dict[str, Any]) -> None:
    with pytest.raises(SavedFileError):
        read_plan(damage)


def test_inputs_are_those_of_the_state_with_what_the_plan_changes() -> None:
    before = state({"name": "t", "inputs": {"ttl": "1h", "period": "1h", "renewable": True}})
    change = {"adds": {"numUses": 1}, "updates": {"ttl": "2h"}, "deletes": ["period"]}

    shown = standing(read_plan(planned("t", ["update"], inputDiff=change), before))

    assert shown["t"].inputs == {"ttl": "2h", "renewable": True, "numUses": 1}


def test_what_a_plan_does_not_name_stands_as_it_was() -> None:
    before = state({"name": "t", "inputs": {"ttl": "1h"}}, {"name": "u", "inputs": {"ttl": "2h"}})

    shown = read_plan(planned("t", ["same"]), before)

    assert {name: r.inputs["ttl"] for name, r in standing(shown).items()} == {"t": "1h", "u": "2h"}


def test_what_goes_is_as_it_was_in_the_state() -> None:
    before = state({"name": "t", "inputs": {}, "retainOnDelete": True})

    shown = read_plan({"resourcePlans": {f"{URN}t": {"steps": ["delete"]}}}, before)

    assert standing(shown) == {}
    assert deleted(shown)["t"].options.retain_on_delete is True


@pytest.mark.parametrize(
    ("alias", "urn"),
    [
        ({"Name": "old"}, f"{URN}old"),
        ({"URN": f"{URN}old"}, f"{URN}old"),
        ({"Stack": "prod"}, f"urn:pulumi:prod::p::{TOKEN}::t"),
        ({"Project": "q"}, f"urn:pulumi:dev::q::{TOKEN}::t"),
        ({"Type": "a:b:C"}, "urn:pulumi:dev::p::a:b:C::t"),
        (
            {"Parent": "urn:pulumi:dev::p::keylife:index:ManagedKey::k"},
            f"urn:pulumi:dev::p::keylife:index:ManagedKey${TOKEN}::t",
        ),
    ],
)
def test_an_alias_of_parts_is_the_urn_that_it_stands_for(alias: dict[str, str], urn: str) -> None:
    shown = standing(read_plan(planned("t", ["create"], structuredAliases=[alias])))

    assert shown["t"].aliases == (urn,)


def test_an_alias_without_a_parent_stands_at_the_top() -> None:
    below = f"urn:pulumi:dev::p::acme:index:Team${TOKEN}::t"
    entry = {"steps": ["create"], "goal": goal("t", structuredAliases=[{"NoParent": True}])}

    assert standing(read_plan({"resourcePlans": {below: entry}}))["t"].aliases == (f"{URN}t",)


def test_what_was_renamed_does_not_stand_twice() -> None:
    before = state({"name": "old", "inputs": {"ttl": "1h"}})
    plan = planned("t", ["same"], structuredAliases=[{"Name": "old"}])

    assert {n: r.inputs["ttl"] for n, r in standing(read_plan(plan, before)).items()} == {"t": "1h"}
