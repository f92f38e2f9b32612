"""A saved plan, as `pulumi preview --save-plan` writes it.

It has what differs from the state it was made on, so it is read together with that state; only a
plan that creates everything stands alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keylife.compliance.resource import Resource
from keylife.model.ledger import Ledger
from keylife.saved.document import Json, SavedFileError
from keylife.saved.entry import Entry, aliases_of, resource_of
from keylife.saved.saved import Saved, ledger_in
from keylife.saved.state import entries_of, is_entry, provider_inputs

_HIDES = frozenset({"retainOnDelete"})
"""Options that a plan never shows."""


def read_plan(document: Json, state: Json | None = None) -> Saved:
    """What a change will leave, and what it deletes.

    Args:
        document: the plan.
        state: the stack's state that it was made on.

    Raises:
        SavedFileError: it is not as Pulumi writes it, or needs the state and there is none.
    """
    plans = document["resourcePlans"]
    if not all(_is_plan(urn, plan) for urn, plan in plans.items()):
        raise SavedFileError(
            "a resource of this plan is not as Pulumi writes it", "save the plan anew"
        )
    if state is None and any(
        (plan.get("steps") or ["import"]) != ["create"] for plan in plans.values()
    ):
        raise SavedFileError(
            "this plan has only what differs from the stack's state",
            "name the stack that it was made for: --stack NAME",
        )
    before = () if state is None else entries_of(state)
    ledger = Ledger() if state is None else ledger_in(state)
    return Saved(tuple(_resources(plans, before)), ledger)


def _resources(plans: Json, before: tuple[Entry, ...]) -> Iterator[Resource]:
    standing = {e["urn"]: e for e in before if not e.get("delete")}
    after: dict[str, Entry] = {
        urn: _after(urn, plan["goal"], _standing(urn, {**plan["goal"], "urn": urn}, standing))
        for urn, plan in plans.items()
        if isinstance(plan.get("goal"), Mapping)
    }
    inputs = provider_inputs((*before, *after.values()))

    def look_up(urn: str) -> Mapping[str, object]:
        return inputs.get(urn, {})

    for urn, entry in after.items():
        replaced = "replace" in (plans[urn].get("steps") or ())
        old = _standing(urn, entry, standing)
        yield resource_of(entry, look_up, before=None if replaced else old, hides=_HIDES)
    for urn, plan in plans.items():
        steps = plan.get("steps") or ()
        if ("delete" in steps or "delete-replaced" in steps) and urn in standing:
            yield resource_of(standing[urn], look_up, deleted=True)
    renamed = {alias for entry in after.values() for alias in aliases_of(entry)}
    for urn, entry in standing.items():
        if urn not in plans and urn not in renamed:
            yield resource_of(entry, look_up, before=entry, hides=_HIDES)


def _is_plan(urn: str, plan: object) -> bool:
    if not isinstance(plan, Mapping):
        return False
    goal = plan.get("goal")
    return is_entry({"urn": urn, "type": "any" if goal is None else goal.get("type")})


def _standing(urn: str, entry: Entry, standing: Mapping[str, Entry]) -> Entry | None:
    """What stands in the state in a resource's place, under its name or an earlier one."""
    for name in (urn, *aliases_of(entry)):
        if name in standing:
            return standing[name]
    return None


def _after(urn: str, goal: Mapping[str, Any], old: Entry | None) -> Entry:
    """A resource as the plan leaves it, in the form that a state would have it in."""
    inputs = dict((old or {}).get("inputs") or {})
    difference = goal.get("inputDiff") or {}
    for name in difference.get("deletes") or ():
        inputs.pop(name, None)
    inputs.update(difference.get("adds") or {})
    inputs.update(difference.get("updates") or {})
    return {
        **{name: value for name, value in goal.items() if name not in ("inputDiff", "outputDiff")},
        "urn": urn,
        "inputs": inputs,
        "importID": goal.get("id"),
        "id": goal.get("id") or (old or {}).get("id"),
        "outputs": None if old is None else old.get("outputs"),
    }
