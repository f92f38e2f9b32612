"""The first and the last second of everything, one row each: random instants meet them rarely.

The key has a TTL of 10 seconds and a rotation period of 6, so a grace of 4, and a quarantine of
3. Its versions are written as they were born; what a deploy makes of them is written as one word
a version: the cause for a new one, else what becomes of it.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from keylife.model.key import Key
from keylife.model.ledger import IssuedVersion, KeyRecord, Ledger
from keylife.model.revocation import Reason, RotationRequest, Tombstone
from keylife.planning import Action, PlannedVersion
from tests.planning.held import held_plan
from tests.planning.strategies import PLACES, SCOPES, SECOND, TRAITS, declare, instant


def born(number: int, second: int, **facts: object) -> IssuedVersion:
    """A version born on schedule at this second, which exists."""
    known: dict[str, object] = {
        "number": number,
        "birth": instant(second),
        "expiry": instant(second + 10),
        "rotation_due": instant(second + 6),
        "grace": 4 * SECOND,
        "cause": "scheduled",
        "owner": "team-a",
        "service": "billing",
        "scope": SCOPES[0],
        "exists": True,
    }
    return IssuedVersion.model_validate({**known, **facts})


def key(**facts: object) -> Key:
    known: dict[str, object] = {
        "id": "a",
        "kind": "deactivates-in-place",
        "service": "billing",
        "owner": "team-a",
        "purpose": "deploys the billing API",
        "scope": SCOPES[0],
        "ttl": 10 * SECOND,
        "rotate_every": 6 * SECOND,
        "quarantine": 3 * SECOND,
        "deliver": PLACES,
    }
    return Key.model_validate({**known, **facts})


def ask(second: int, reason: Reason = Reason.SUPERSEDED) -> dict[str, object]:
    return {"rotations": (RotationRequest(at=instant(second), reason=reason),)}


LEAK = Reason.KEY_COMPROMISE
V1, V2 = born(1, 0), born(2, 6)
IN_QUARANTINE = born(1, 0, deactivated=instant(10))
SERVED = {"delivered": 2, "delivered_since": instant(6)}
"""The second version was in every delivery from its birth on."""

ON_REQUEST = (V1, born(2, 2))
"""The first version ends at second 6, its expiry is at 10."""

GRAVE = Tombstone(at=instant(0), reason=Reason.SUPERSEDED, by="oncall", ref="PAY-1")

SHORTER = {"rotate_every": 4 * SECOND}
LONGER = {"rotate_every": 8 * SECOND}
ELSEWHERE = {"scope": SCOPES[1]}
REISSUES = {"kind": "deactivates-reissues"}


@pytest.mark.parametrize(
    ("versions", "served", "declared", "at", "expected"),
    [
        pytest.param((V1,), {}, {}, 5, "retain", id="not rotated a second early"),
        pytest.param((V1,), {}, {}, 6, "retain scheduled", id="rotated when it is due"),
        pytest.param((V1,), {}, SHORTER, 3, "retain", id="not due by a shorter period either"),
        pytest.param((V1,), {}, SHORTER, 4, "retain scheduled", id="due by a shorter period"),
        pytest.param((V1,), {}, LONGER, 6, "retain scheduled", id="a longer period waits"),
        pytest.param((V1,), {}, {}, 9, "retain scheduled", id="late, in its last second"),
        pytest.param((V1,), {}, {}, 10, "deactivate expired", id="expired at its expiry"),
        pytest.param((V1,), {}, ask(3), 2, "retain", id="a request of the future waits"),
        pytest.param((V1,), {}, ask(3), 3, "retain requested", id="a request counts at once"),
        pytest.param((V1,), {}, ask(0), 3, "retain", id="a birth meets a request of its second"),
        pytest.param((V1,), {}, ask(3), 10, "deactivate expired", id="expiry before requests"),
        pytest.param((V1,), {}, ask(3, LEAK), 3, "destroy compromised", id="a leak ends at once"),
        pytest.param((V1,), {}, ask(0, LEAK), 3, "retain", id="born in the second of the leak"),
        pytest.param((V1,), {}, ask(3, LEAK), 10, "destroy compromised", id="leak before expiry"),
        pytest.param((V1,), {}, ELSEWHERE, 3, "retain", id="a scope changed in place"),
        pytest.param(
            (V1,), {}, ELSEWHERE | REISSUES, 3, "retain scope-changed", id="a scope issued anew"
        ),
        pytest.param((V1, V2), SERVED, {}, 9, "retain retain", id="in the last second of grace"),
        pytest.param((V1, V2), SERVED, {}, 10, "deactivate retain", id="after the grace"),
        pytest.param(ON_REQUEST, {}, {}, 6, "retain retain", id="held: nothing is in service"),
        pytest.param(
            ON_REQUEST,
            {"delivered": 1, "delivered_since": instant(0)},
            {},
            6,
            "retain retain",
            id="held: only it is in service",
        ),
        pytest.param(
            ON_REQUEST,
            {"delivered": 2, "delivered_since": instant(6)},
            {},
            6,
            "retain retain",
            id="held: its successor came into service in this very second",
        ),
        pytest.param(
            ON_REQUEST,
            {"delivered": 2, "delivered_since": instant(5)},
            {},
            6,
            "deactivate retain",
            id="not held: its successor was in service a second ago",
        ),
        pytest.param(
            (V1, born(2, 5)), {}, {}, 10, "deactivate retain", id="never held past its expiry"
        ),
        pytest.param(
            (V1, born(2, 3, grace=timedelta(0))), {}, {}, 4, "destroy retain", id="a leak recorded"
        ),
        pytest.param((V1, V2), SERVED, ask(6, LEAK), 7, "destroy retain", id="a leak met late"),
        pytest.param(
            (IN_QUARANTINE, V2), SERVED, LONGER, 11, "retain retain", id="kept in quarantine"
        ),
        pytest.param(
            (IN_QUARANTINE, born(2, 10)), {}, {}, 12, "retain retain", id="its last second there"
        ),
        pytest.param(
            (IN_QUARANTINE, born(2, 10)), {}, {}, 13, "destroy retain", id="after the quarantine"
        ),
        pytest.param(
            (V1, born(2, 6, exists=False)), {}, {}, 7, "retain issue", id="created by a rerun"
        ),
        pytest.param(
            (V1, born(2, 6, exists=False)),
            {},
            {},
            12,
            "deactivate destroy scheduled",
            id="never created, and due again",
        ),
        pytest.param((V1,), {}, {"revoked": GRAVE}, 3, "deactivate", id="revoked"),
        pytest.param(
            (born(1, 0, deactivated=instant(3)),), {}, {"revoked": GRAVE}, 5, "retain", id="over"
        ),
        pytest.param(
            (born(1, 0, deactivated=instant(3)),), {}, {"revoked": GRAVE}, 6, "destroy", id="gone"
        ),
    ],
)
def test_what_a_deploy_makes_of_every_version(
    *,
    versions: tuple[IssuedVersion, ...],
    served: dict[str, object],
    declared: dict[str, object],
    at: int,
    expected: str,
) -> None:
    key_now = key(**declared)
    record = KeyRecord.model_validate(
        {"id": "a", "kind": key_now.kind, "versions": versions, **served}
    )

    plan = held_plan(declare(key_now), Ledger(keys={"a": record}), instant(at), TRAITS)

    known = {version.number for version in versions}
    assert " ".join(_word(v, known) for v in plan.keys[0].versions) == expected


def _word(planned: PlannedVersion, known: set[int]) -> str:
    if planned.version.number not in known:
        assert planned.action is Action.ISSUE
        return planned.version.cause
    return planned.action.value
