"""What the store's tests keep in it, so that a test states only what matters to it."""

from __future__ import annotations

from typing import Any

from keylife.store.revocations import Revocation
from keylife.systems.system import Holding
from tests.store.instants import NOON

STACK = "organization/payments/prod"


def revocation(id: str = "r1", **fields: Any) -> Revocation:
    """An emergency revocation of `billing-deploy`."""
    asked: dict[str, Any] = {
        "id": id,
        "key": "billing-deploy",
        "stack": STACK,
        "asked": NOON,
        "by": "oncall@example.com",
        "reason": "keyCompromise",
        "ref": "INC-7",
        "way": "emergency",
        **fields,
    }
    return Revocation.model_validate(asked)


def holding(place: str = "aws-iam/AKIA1", version: int = 1, **fields: Any) -> Holding:
    """What IAM holds of a version."""
    held: dict[str, Any] = {
        "system": place.partition("/")[0],
        "key": "billing-deploy",
        "version": version,
        "place": place,
        "facts": {"user": f"billing-deploy-v{version}"},
        "urn": "",
        "provider": "",
        "window": 10.0,
        **fields,
    }
    return Holding.model_validate(held)
