"""One entry of the log: the event, its number, and what it follows."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any

from pydantic import ValidationError

from keylife.audit.canonical import canonical
from keylife.evidence.event import Event, What
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
    facts = vars(event)
    told = [
        begin + _WRITERS[type(value)](value)
        for name, begin in _BEGINS
        if (value := facts[name]) is not None
    ]
    return f"{{{','.join(told)}}}".encode()


_BEGINS = tuple((name, f'"{name}":') for name in sorted(Event.model_fields))
"""Each field as it begins, in canonical order: a log of many events is bound by how fast they are
written, and a JSON encoder that sorts and looks at what it is given takes three times as long."""


# the same for all events of a moment, or of a run
@lru_cache(maxsize=64)
def _write_instant(at: datetime) -> str:
    return f'"{at.isoformat()[:19]}Z"'  # an instant is in whole seconds, UTC


@lru_cache(maxsize=8)
def _write_source(source: Source) -> str:
    return canonical(source.model_dump(mode="json", exclude_none=True)).decode()


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    What: encode_basestring,
    int: str,
    datetime: _write_instant,
    Source: _write_source,
}
"""How a field of an event is written: it can hold nothing else."""


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
