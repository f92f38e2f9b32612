"""A key's history in words."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from keylife.evidence.event import Event
from keylife.model.instant import format_instant
from keylife.reports.plain import plain


def merged(logged: Sequence[Event], local: Sequence[Event]) -> Sequence[Event]:
    """The events of the audit log and of a local one in the order they were recorded, each once.

    What was recorded in both, because the log could not be written at first, is the log's: that
    may know of its update, too.
    """
    known = {_without_update(event) for event in logged}
    more = [event for event in local if _without_update(event) not in known]
    return sorted([*logged, *more], key=lambda event: event.recorded)


def _without_update(event: Event) -> str:
    source = event.source.model_copy(update={"update": None})
    return event.model_copy(update={"source": source}).model_dump_json()


def print_history(events: Sequence[Event], console: Console) -> None:
    """Write one line an event, oldest first; below it its cause, where that is another."""
    before: str | None = None
    for event in events:
        subject = "" if event.version is None else f"v{event.version}"
        proof = event.certificate and f"certificate {event.certificate[:12]}"
        about = " ".join(part for part in (event.place, event.detail, proof) if part)
        line = f"{format_instant(event.at)}  {event.what:<15} {subject:<4} {about}"
        console.print(Text(plain(line.rstrip())), soft_wrap=True)
        cause = _cause(event)
        if cause != before:
            told = f"{cause}, recorded {format_instant(event.recorded)}".lstrip(", ")
            console.print(Text(plain(f"{'':<20}  {told}"), style="dim"), soft_wrap=True)
        before = cause


def _cause(event: Event) -> str:
    source = event.source
    told = [
        f"by {source.actor}" if source.actor else None,
        f"commit {source.commit[:10]}" if source.commit else None,
        "with uncommitted changes" if source.clean is False else None,
        f"of {source.author}" if source.author else None,
        f"on {source.branch}" if source.branch else None,
        f"pull request {source.pull_request}" if source.pull_request else None,
        f"run {source.run}" if source.run else None,
        f"update {source.update}" if source.update else None,
        f"asked by {source.asked_by}" if source.asked_by else None,
        f"approved by {source.approved_by}" if source.approved_by else None,
        f"caller {source.caller}" if source.caller else None,
        f"at {source.endpoint}" if source.endpoint else None,
    ]
    return ", ".join(part for part in told if part)


def as_json(key: str, events: Sequence[Event], unreadable: int) -> str:
    """The history for programs."""
    return json.dumps(
        {
            "format_version": 1,
            "key": key,
            "unreadable_lines": unreadable,
            "events": [event.model_dump(mode="json") for event in events],
        },
        indent=2,
    )
