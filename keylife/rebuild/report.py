"""A rebuilt ledger in words."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.text import Text

from keylife.model.instant import format_instant
from keylife.rebuild.plan import RebuiltKey
from keylife.rebuild.rebuild import Rebuilt


def print_rebuilt(rebuilt: Rebuilt, console: Console) -> None:
    """Write one line a version, then what cannot be rebuilt."""
    for key in rebuilt.keys:
        for line in _lines(key):
            console.print(Text(line), soft_wrap=True)
    for title, names in (
        ("is nowhere, the next deploy makes it", rebuilt.missing),
        ("says it is keylife's, and is of no key that this stack declares", rebuilt.strangers),
        (
            "is not looked for: end what is left of it first",
            rebuilt.not_looked_for,
        ),
        ("so no deploy goes on from this before it is ended by hand", rebuilt.unclear),
    ):
        for name in names:
            console.print(Text(f"{name}: {title}"), soft_wrap=True)


def _lines(key: RebuiltKey) -> list[str]:
    own = key.plan.key.id
    lines = [
        f"{own}  v{number}  destroyed: the store remembers it, and its issuer has nothing of it"
        for number in key.gone
    ]
    if key.imagined:
        number = key.plan.destroyed_through
        return [*lines, f"{own}  no version is left; numbering goes on after v{number}"]
    for planned in key.plan.versions:
        version = planned.version
        told = "" if version.exists else ", without its credential"
        if version.number == key.delivered:
            told += ", delivered"
        if key.due and planned is key.plan.versions[-1]:
            told += ", its secret is in no delivery: the next deploy rotates"
        lines.append(
            f"{own}  v{version.number}  {planned.state}  born {format_instant(version.birth)}"
            f"  expires {format_instant(version.expiry)}{told}"
        )
    return lines


def as_json(rebuilt: Rebuilt) -> str:
    """The rebuilt ledger for programs, without the state and its secrets."""
    return json.dumps(
        {
            "format_version": 1,
            "keys": [_key(key) for key in rebuilt.keys],
            "missing": list(rebuilt.missing),
            "strangers": list(rebuilt.strangers),
            "not_looked_for": list(rebuilt.not_looked_for),
            "unclear": list(rebuilt.unclear),
        },
        indent=2,
    )


def _key(key: RebuiltKey) -> dict[str, Any]:
    return {
        "id": key.plan.key.id,
        "delivered": key.delivered,
        "rotation_due": key.due,
        "destroyed_through": key.plan.destroyed_through,
        "gone": list(key.gone),
        "revoked": key.plan.revocation is not None,
        "versions": [
            {
                "number": planned.version.number,
                "state": planned.state,
                "birth": format_instant(planned.version.birth),
                "expiry": format_instant(planned.version.expiry),
                "exists": planned.version.exists,
            }
            for planned in ([] if key.imagined else key.plan.versions)
        ],
    }
