"""What searches are given, and what a store remembers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from keylife.model.key import Key
from keylife.model.ledger import IssuedVersion, KeyRecord
from keylife.orphan import Clients
from keylife.rebuild.searching import Search

BORN = datetime(2026, 11, 1, tzinfo=UTC)
LIFE = timedelta(days=30)


def search(
    clients: Clients, *keys: Key, remembered: KeyRecord | None = None, others: tuple[str, ...] = ()
) -> Search:
    """For these keys; ``others`` are declared as well."""
    kept = {} if remembered is None else {remembered.id: remembered}
    return Search(clients, {key.id: key for key in keys}, kept, others)


def record(kind: str, *births: datetime, scope: dict[str, Any] | None = None) -> KeyRecord:
    """Of the key ``billing``: versions of 30 days, from the first on."""
    return KeyRecord(
        id="billing",
        kind=kind,
        versions=tuple(
            IssuedVersion(
                number=number,
                birth=birth,
                expiry=birth + LIFE,
                rotation_due=birth + timedelta(days=21),
                grace=timedelta(days=9),
                cause="first",
                owner="team",
                service="billing",
                scope=scope or {},
            )
            for number, birth in enumerate(births, start=1)
        ),
    )


def labels(prefix: str, **changes: str) -> dict[str, str]:
    """The tags of the second version of ``billing``."""
    told = {
        "key": "billing",
        "version": "2",
        "owner": "team",
        "service": "billing",
        "birth": "2026-11-01T00:00:00Z",
        "expiry": "2026-12-01T00:00:00Z",
        **changes,
    }
    return {f"{prefix}{name}": value for name, value in told.items()}
