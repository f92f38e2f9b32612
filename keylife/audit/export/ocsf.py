"""The log as OCSF events: class Entity Management (3004), the entity being the key.

Source: Open Cybersecurity Schema Framework 1.7.0, class `entity_management` and the objects
`managed_entity`, `metadata`, `actor`, `user`, `product`. Account Change (3001) speaks of a user's
account and API Activity (6003) of a call; a key is neither. What has no place there stands under
``unmapped``, by the log's own names.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from keylife.audit.entry import read_event
from keylife.audit.rows import Row
from keylife.audit.tree import leaf_hash
from keylife.evidence.event import Event, What
from keylife.model.instant import format_instant

SCHEMA = "1.7.0"
_CATEGORY = (3, "Identity & Access Management")
_CLASS = (3004, "Entity Management")


class _Activity(NamedTuple):
    number: int
    name: str


_CREATE = _Activity(1, "Create")
_UPDATE = _Activity(3, "Update")
_DELETE = _Activity(4, "Delete")
_ENROLL = _Activity(6, "Enroll")
_DISABLE = _Activity(9, "Disable")
_DEACTIVATE = _Activity(11, "Deactivate")
_OTHER = 99

_ACTIVITIES = {
    What.ISSUED: _CREATE,
    What.ADOPTED: _ENROLL,
    What.ROTATED: _UPDATE,
    What.EXTENDED: _UPDATE,
    What.DEACTIVATED: _DEACTIVATE,
    What.REVOKED: _DISABLE,
    What.DESTROYED: _DELETE,
    What.ORPHAN_DESTROYED: _DELETE,
}
"""What OCSF has a word for; anything else is Other, named by the log's own word."""

_FAILED = frozenset({What.REFUSED, What.DENIED})
_SEVERITY = {What.REFUSED: 3, What.DENIED: 3, What.REVOKED: 2}
"""1 informational, 2 low, 3 medium."""


def as_ocsf(entries: Iterable[Row]) -> Iterator[str]:
    """A line an entry, JSON."""
    for row in entries:
        yield json.dumps(_event(row), ensure_ascii=False, separators=(",", ":"))


def _event(row: Row) -> dict[str, Any]:
    event = read_event(row.entry)
    activity = _ACTIVITIES.get(event.what, _Activity(_OTHER, event.what.capitalize()))
    severity = _SEVERITY.get(event.what, 1)
    failed = event.what in _FAILED
    return _known(
        {
            "activity_id": activity.number,
            "activity_name": activity.name,
            "actor": _actor(event),
            "category_name": _CATEGORY[1],
            "category_uid": _CATEGORY[0],
            "class_name": _CLASS[1],
            "class_uid": _CLASS[0],
            "comment": event.detail,
            "entity": _entity(event),
            "message": _message(event),
            "metadata": _metadata(row, event),
            "severity": ("Informational", "Low", "Medium")[severity - 1],
            "severity_id": severity,
            "status": "Failure" if failed else "Success",
            "status_id": 2 if failed else 1,
            "time": _milliseconds(event.recorded),
            "type_name": f"{_CLASS[1]}: {activity.name}",
            "type_uid": _CLASS[0] * 100 + activity.number,
            "unmapped": _unmapped(event),
        }
    )


def _entity(event: Event) -> dict[str, Any]:
    return _known(
        {
            "name": event.key,
            "type": "key",
            "type_id": _OTHER,
            "uid": event.urn or f"{event.stack}::{event.key}",
            "version": None if event.version is None else str(event.version),
        }
    )


def _actor(event: Event) -> dict[str, Any] | None:
    who = event.source.caller or event.source.actor
    if who is None:
        return None
    return {"app_name": "keylife", "user": {"name": who, "type_id": 0}}


def _metadata(row: Row, event: Event) -> dict[str, Any]:
    return {
        "event_code": str(event.what),
        "log_name": "keylife audit log",
        "original_time": format_instant(event.recorded),
        "product": {"name": "keylife", "vendor_name": "keylife"},
        "sequence": row.sequence,
        "uid": leaf_hash(row.entry).hex(),
        "version": SCHEMA,
    }


def _message(event: Event) -> str:
    version = "" if event.version is None else f" version {event.version}"
    place = "" if event.place is None else f" at {event.place}"
    return f"{event.key}{version} {event.what}{place}"


def _unmapped(event: Event) -> dict[str, Any]:
    facts = event.model_dump(mode="json", exclude_none=True, exclude={"detail", "what"})
    return {**facts, **facts.pop("source")}


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp()) * 1000


def _known(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}
