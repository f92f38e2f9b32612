"""What the store's tests keep in it, so that a test states only what matters to it."""

from __future__ import annotations

from typing import Any

from keylife.model.ledger import IssuedVersion, KeyRecord
from keylife.store.claims import Holder
from keylife.store.revocations import Revocation
from keylife.store.tombstones import Death
from keylife.systems.system import Holding
from tests.store.instants import HOUR, NOON

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


def holder(stack: str = STACK, repository: str = "git.example.com/payments") -> Holder:
    """The stack that has `billing-deploy`."""
    return Holder(stack, repository)


def death(key: str = "billing-deploy", **fields: Any) -> Death:
    """How a key was revoked in an emergency."""
    asked: dict[str, Any] = {
        "key": key,
        "stack": STACK,
        "repository": "git.example.com/payments",
        "at": NOON,
        "reason": "keyCompromise",
        "by": "oncall@example.com",
        "ref": "INC-7",
        "emergency": True,
        **fields,
    }
    return Death.model_validate(asked)


def version(number: int = 1, **fields: Any) -> IssuedVersion:
    """A version as the ledger has it: 30 days, rotated after 21."""
    known: dict[str, Any] = {
        "number": number,
        "birth": NOON,
        "expiry": NOON + 30 * 24 * HOUR,
        "rotation_due": NOON + 21 * 24 * HOUR,
        "grace": 9 * 24 * HOUR,
        "cause": "the first version",
        "owner": "team-payments",
        "service": "billing",
        "scope": {"policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]},
        **fields,
    }
    return IssuedVersion.model_validate(known)


def record(*versions: IssuedVersion, **fields: Any) -> KeyRecord:
    """A key as the ledger has it."""
    known: dict[str, Any] = {
        "id": "billing-deploy",
        "kind": "aws-access-key",
        "versions": versions,
        **fields,
    }
    return KeyRecord.model_validate(known)
