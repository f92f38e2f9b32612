"""One entry of the log: the event, its number, and what it follows."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from keylife.audit.canonical import canonical
from keylife.evidence.event import Event
from keylife.evidence.source import Source

FORMAT = 1
"""Fixes how entries are written and hashed (canonical JSON, SHA-256, RFC 6962) and heads are signed
(Ed25519). An entry of another format is never taken for one of this: there is no way down."""

FIRST = bytes(32)
"""What the first entry follows."""


def link(leaf: bytes, signature: bytes | None) -> bytes:
    """What an entry says it follows: the hash of the entry before it, and of the signature that
    was set under the log there, if one was. So a signature that is changed later is seen, too."""
    return sha256(leaf + (signature or b"")).digest()


def tail(origin: str, sequence: int, previous: bytes, once: str | None = None) -> bytes:
    """How the bytes of the entry at that place end, whatever its event."""
    named = "" if once is None else f',"once":{canonical(once).decode()}'
    return (
        f',"format":{FORMAT},"log":"{origin}"{named},"previous":"{previous.hex()}"'
        f',"sequence":{sequence}}}'
    ).encode()


def write_event(event: Event) -> bytes:
    """The event's canonical bytes; what is not known is left out.

    Raises:
        ValueError: it holds text that is no Unicode.
    """
    facts = {name: _plain(value) for name, value in vars(event).items() if value is not None}
    text = _ENCODER.encode(facts)
    # the source is the same object for all of a run's events, and half of their text
    source = f'"source":{_write_source(event.source)},"stack":'
    return text.replace('"source":0,"stack":', source, 1).encode()


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
"""Writes what has no floats as `canonical` does; a field of an event can hold none."""


def _plain(value: Any) -> Any:
    if type(value) is datetime:
        return f"{value.isoformat()[:19]}Z"  # an instant is in whole seconds, UTC
    return 0 if type(value) is Source else value


@lru_cache(maxsize=8)
def _write_source(source: Source) -> str:
    return canonical(source.model_dump(mode="json", exclude_none=True)).decode()


def write_entry(
    event: bytes, origin: str, sequence: int, previous: bytes, once: str | None = None
) -> bytes:
    """The bytes of an entry, which are canonical JSON if those of its event are.

    Args:
        event: its canonical bytes.
        origin: which log.
        sequence: 1 for the first.
        previous: what it follows, see `link`; FIRST for the first.
        once: the name by which it is recorded once, if it has one.
    """
    return b'{"event":' + event + tail(origin, sequence, previous, once)


def read_event(entry: bytes) -> Event:
    """The event of an entry.

    Raises:
        ValueError: it is no entry, or has a field that nobody allowed.
    """
    try:
        found = json.loads(entry)
        event = Event.model_validate_json(json.dumps(found["event"]))
    except (UnicodeDecodeError, KeyError, TypeError, ValidationError, RecursionError) as error:
        raise ValueError(f"it is no entry: {type(error).__name__}") from None
    if {*found} - {"once"} != {"event", "format", "log", "previous", "sequence"}:
        raise ValueError("it is no entry: its fields are others")
    if canonical(found) != entry or write_event(event) != canonical(found["event"]):
        raise ValueError("it is not in canonical form")
    return event
