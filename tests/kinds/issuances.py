"""Versions to be issued, as the tests of the kinds want them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pulumi
from pydantic import JsonValue

from keylife.kinds.kind import Issuance, Kind
from keylife.model.ledger import IssuedVersion
from tests.program.engine import Engine, value_of

BIRTH = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
TAGS = {
    "keylife:key": "billing",
    "keylife:version": "3",
    "keylife:owner": "team-payments",
    "keylife:service": "billing",
    "keylife:birth": "2026-11-23T09:00:00Z",
    "keylife:expiry": "2026-12-23T09:00:00Z",
}


def issuance(
    scope: Mapping[str, JsonValue],
    *,
    declared: Mapping[str, JsonValue] | None = None,
    deactivated: bool = False,
    life: timedelta = timedelta(days=30),
) -> Issuance:
    """Version 3 of the key ``billing``.

    Args:
        scope: what it was issued with.
        declared: what is declared now, where that is another scope.
        deactivated: whether it is in quarantine.
        life: its TTL.
    """
    version = IssuedVersion(
        number=3,
        birth=BIRTH,
        expiry=BIRTH + life,
        rotation_due=BIRTH,
        grace=life,
        cause="first",
        owner="team-at-birth",
        service="billing",
        scope=scope,
    )
    return Issuance(
        key_id="billing",
        version=version,
        scope=scope if declared is None else declared,
        owner="team-payments",
        service="billing",
        at=BIRTH,
        deactivated=deactivated,
    )


def issued(kind: Kind, wanted: Issuance) -> tuple[Engine, Mapping[str, str]]:
    """What is registered for a version, and its material in the clear."""
    engine = Engine()

    def program() -> Any:
        material = kind.issue(wanted, pulumi.ResourceOptions())
        return {name: value_of(output) for name, output in material.items()}

    asked = engine.run(program)
    return engine, {name: ask() for name, ask in asked.items()}
