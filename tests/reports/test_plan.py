"""A plan in words: a line a version, what it adds up to, and the same for programs."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

from rich.console import Console

from keylife.model.ledger import Ledger
from keylife.planning import Plan
from keylife.program.ledger import parse_ledger
from keylife.program.planned import plan_for
from keylife.reports.plan import as_json, print_plan
from tests.program.declared import declare, key
from tests.program.states import state

ROTATED = datetime(2026, 12, 15, 6, 0, tzinfo=UTC)
TOMBSTONE = {
    "at": "2026-12-15T08:00:00Z",
    "reason": "cessationOfOperation",
    "by": "oncall@example.com",
    "ref": "OPS-1",
}
BILLING = key(id="billing-deploy")
METRICS = {"id": "metrics-reader", "kind": "vault-token", "ttl": "14d", "rotate_every": "7d"}


def rotation() -> Plan:
    """One version in grace, its successor, and a token that is revoked."""
    declared = declare(BILLING, key(**METRICS, revoked=TOMBSTONE))
    at = ROTATED + timedelta(hours=2)
    return plan_for(declared, parse_ledger(state("in-rotation")), at)


def printed(plan: Plan, *, width: int = 40, color: bool = False) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width, highlight=False, force_terminal=color)
    print_plan(plan, console)
    return file.getvalue()


def test_each_version_is_a_line_however_narrow_the_terminal() -> None:
    lines = printed(rotation()).splitlines()

    assert lines == [
        "billing-deploy  v1   retain     active       ends 2026-12-23T06:00:00Z  "
        "in grace until 2026-12-23T06:00:00Z: version 2 is the current one",
        "billing-deploy  v2   retain     active       ends 2027-01-14T06:00:00Z  "
        "current until its rotation at 2027-01-05T06:00:00Z",
        "metrics-reader  v2   destroy    destroyed    ends 2026-12-15T08:00:00Z  "
        "revoked (cessationOfOperation, OPS-1)",
        "2 keys at 2026-12-15T08:00:00Z: 0 to issue, 2 to retain, 0 to deactivate, 1 to destroy",
    ]


def test_a_revoked_key_of_which_nothing_is_left_is_still_told() -> None:
    ended = [
        key(id="billing-deploy", revoked={**TOMBSTONE, "reason": "superseded", "ref": "OPS-2"}),
        key(**METRICS, revoked=TOMBSTONE),
    ]
    plan = plan_for(declare(*ended), parse_ledger(state("only-tombstones")), ROTATED)

    assert printed(plan, width=20).splitlines()[:2] == [
        "billing-deploy  --   revoked, no version is left",
        "metrics-reader  --   revoked, no version is left",
    ]


def test_a_plan_of_nothing_adds_up_to_nothing() -> None:
    assert printed(plan_for(declare(), Ledger(), ROTATED)).startswith(
        "0 keys at 2026-12-15T06:00:00Z: 0 to issue"
    )


def test_what_is_destroyed_stands_out_on_a_terminal() -> None:
    assert "\x1b[31mdestroy" in printed(rotation(), color=True)


def test_for_programs_it_carries_its_version_and_every_version() -> None:
    answer = json.loads(as_json(rotation()))

    assert answer["format_version"] == 1
    assert answer["at"] == "2026-12-15T08:00:00Z"
    billing, metrics = answer["keys"]
    assert (billing["id"], billing["current"], billing["revocation"]) == ("billing-deploy", 2, None)
    assert [(v["number"], v["action"], v["state"]) for v in billing["versions"]] == [
        (1, "retain", "active"),
        (2, "retain", "active"),
    ]
    assert billing["waiting"] is None
    assert metrics["current"] is None
    assert metrics["revocation"] == {
        "kind": "vault-token",
        "at": "2026-12-15T08:00:00Z",
        "reason": "cessationOfOperation",
        "by": "oncall@example.com",
        "ref": "OPS-1",
        "versions": [2],
    }
    [version] = metrics["versions"]
    assert version == {
        "number": 2,
        "action": "destroy",
        "state": "destroyed",
        "birth": "2026-12-15T06:00:00Z",
        "expiry": "2026-12-29T06:00:00Z",
        "ends": "2026-12-15T08:00:00Z",
        "cause": "expired",
        "why": "revoked (cessationOfOperation, OPS-1)",
    }
