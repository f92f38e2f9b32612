"""keylife: every machine credential as a line of reviewed code.

In a Pulumi program of your own::

    from datetime import UTC, datetime

    import keylife

    def clock() -> datetime:
        return datetime.now(UTC)

    keys = keylife.run("stacks", clock=clock)

``keys`` holds, by key id, the current version's material as outputs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keylife.declarations import load
    from keylife.errors import KeylifeError
    from keylife.model.key import DeliverySpec, Key
    from keylife.model.registry import Declarations, Owner, Service
    from keylife.model.revocation import Reason, RotationRequest, Tombstone
    from keylife.program.run import run

__all__ = [
    "Declarations",
    "DeliverySpec",
    "Key",
    "KeylifeError",
    "Owner",
    "Reason",
    "RotationRequest",
    "Service",
    "Tombstone",
    "load",
    "run",
]

_HOMES = {
    "Declarations": "keylife.model.registry",
    "DeliverySpec": "keylife.model.key",
    "Key": "keylife.model.key",
    "KeylifeError": "keylife.errors",
    "Owner": "keylife.model.registry",
    "Reason": "keylife.model.revocation",
    "RotationRequest": "keylife.model.revocation",
    "Service": "keylife.model.registry",
    "Tombstone": "keylife.model.revocation",
    "load": "keylife.declarations",
    "run": "keylife.program.run",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: the models must not wait for Pulumi."""
    if name not in _HOMES:
        raise AttributeError(f"module `keylife` has no attribute `{name}`")
    return getattr(import_module(_HOMES[name]), name)
