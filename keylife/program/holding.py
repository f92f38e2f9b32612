"""A plan without its grants, for a run that may not issue: what ends, ends all the same."""

from __future__ import annotations

from dataclasses import dataclass, replace

from keylife.model.state import State
from keylife.planning import Action, KeyPlan, Plan, PlannedVersion
from keylife.program.admission import delivery_name

_GRANTS = (Action.ISSUE, Action.ADOPT)
_ENDS = (Action.DEACTIVATE, Action.DESTROY)


@dataclass(frozen=True)
class Held:
    """What is left of a plan."""

    plan: Plan
    waiting: dict[str, tuple[PlannedVersion, ...]]
    """By key, versions that stand in the ledger and wait to be issued: they stay there."""

    refused: tuple[str, ...]
    """What is not issued, as ``billing-deploy-v2``."""


def without_grants(plan: Plan) -> Held:
    """A plan in which nothing is issued or adopted.

    A key of which nothing stands in the ledger is left out of it. Predecessors end as they would
    have, a compromised one at once; what was to be in its grace stays the current version.
    """
    keys, waiting, refused = [], {}, []
    for planned in plan.keys:
        grants = tuple(v for v in planned.versions if v.action in _GRANTS)
        refused += [f"{planned.key.id}-v{v.version.number}" for v in grants]
        if not grants:
            keys.append(planned)
        elif planned.record is not None:
            keys.append(_without(planned, grants))
            known = {version.number for version in planned.record.versions}
            waiting[planned.key.id] = tuple(v for v in grants if v.version.number in known)
    return Held(replace(plan, keys=tuple(keys)), waiting, tuple(refused))


def ends_something(plan: Plan) -> bool:
    """Whether a run that issues nothing has anything to end: a version, a copy, a key."""
    return any(_ends(planned) for planned in plan.keys)


def _ends(planned: KeyPlan) -> bool:
    record = planned.record
    if record is None:
        return False
    if planned.revocation != record.revocation:
        return True
    if any(v.action in _ENDS or _is_not_refused_yet(v) for v in planned.versions):
        return True
    stand = {delivery_name(planned.key, spec) for spec in planned.key.deliver}
    return bool({name.partition("#")[0] for name in record.delivery_facts} - stand)


def _is_not_refused_yet(planned: PlannedVersion) -> bool:
    """Whether an earlier run was cut off between deciding that it is refused and refusing it."""
    active = planned.version.issuer_facts.get("status") == "Active"
    return planned.state is State.DEACTIVATED and active


def _without(planned: KeyPlan, grants: tuple[PlannedVersion, ...]) -> KeyPlan:
    left = replace(planned, versions=tuple(v for v in planned.versions if v not in grants))
    record, current = planned.record, left.current if left.kept else None
    if record is None or current is None or record.delivered != current.version.number:
        return left
    return replace(left, in_service_since=record.delivered_since or planned.in_service_since)
