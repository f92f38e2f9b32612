"""A key's history in words."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from keylife.evidence.event import Event
from keylife.model.instant import format_instant
from keylife.reports.plain import plain


def print_history(events: Sequence[Event], console: Console) -> None:
    """Write one line an event, oldest first; below it its cause, where that is another."""
    before: str | None = None
    for event in events:
        subject = "" if event.version is None else f"v{event.version}"
        about = " ".join(part for part in (event.place, event.detail) if part)
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
