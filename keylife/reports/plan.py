"""A plan in words."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.text import Text

from keylife.model.instant import format_instant
from keylife.model.number import counted
from keylife.planning import Action, KeyPlan, Plan, PlannedVersion

_STYLES = {
    Action.ISSUE: "green",
    Action.ADOPT: "green",
    Action.RETAIN: "",
    Action.DEACTIVATE: "yellow",
    Action.DESTROY: "red",
}


def print_plan(plan: Plan, console: Console) -> None:
    """Write one line a version: key, number, action, state, end, why; then what it adds up to."""
    width = max((len(planned.key.id) for planned in plan.keys), default=0)
    for planned in plan.keys:
        if not planned.versions:
            nothing = f"{planned.key.id:<{width}}  --   revoked, no version is left"
            console.print(Text(nothing), soft_wrap=True)
        for version in planned.versions:
            console.print(_line(planned, version, width), soft_wrap=True)
    counts = {
        action: sum(v.action is action for planned in plan.keys for v in planned.versions)
        for action in Action
    }
    told = ", ".join(
        f"{number} to {action}"
        for action, number in counts.items()
        if number or action is not Action.ADOPT  # a once in a key's life
    )
    summary = f"{counted(len(plan.keys), 'key')} at {format_instant(plan.at)}: {told}"
    console.print(Text(summary), soft_wrap=True)


def _line(planned: KeyPlan, version: PlannedVersion, width: int) -> Text:
    number = f"v{version.version.number}"
    line = Text(f"{planned.key.id:<{width}}  {number:<4} ")
    line.append(f"{version.action:<10}", style=_STYLES[version.action])
    line.append(f" {version.state:<11}  ends {format_instant(version.ends)}  {version.why}")
    return line


def as_json(plan: Plan) -> str:
    """The plan for programs."""
    return json.dumps(
        {
            "format_version": 1,
            "at": format_instant(plan.at),
            "keys": [_key(planned) for planned in plan.keys],
        },
        indent=2,
    )


def _key(planned: KeyPlan) -> dict[str, Any]:
    revocation = planned.revocation
    return {
        "id": planned.key.id,
        "kind": planned.key.kind,
        "owner": planned.key.owner,
        "service": planned.key.service,
        "current": planned.current.version.number if planned.current else None,
        "revocation": revocation.model_dump(mode="json") if revocation else None,
        "waiting": planned.waiting,
        "versions": [
            {
                "number": version.version.number,
                "action": version.action,
                "state": version.state,
                "birth": format_instant(version.version.birth),
                "expiry": format_instant(version.version.expiry),
                "ends": format_instant(version.ends),
                "cause": version.version.cause,
                "why": version.why,
            }
            for version in planned.versions
        ],
    }
