"""What somebody asked for and may not have: refused by a command, and recorded."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import typer

from keylife.cli.audited import event_sink, full_name
from keylife.errors import KeylifeError
from keylife.project import project_folder


def record_denied(stack: str, keys: Iterable[str], what: str, at: datetime) -> None:
    """Record that a request was denied, one event a key. It never raises: what is denied stays
    denied, with or without a record.

    Args:
        stack: as the Pulumi CLI knows it.
        keys: which it was about.
        what: was asked for, and why not, in words; no secrets.
        at: now, in whole seconds.
    """
    from keylife.evidence.event import Event, What
    from keylife.evidence.source import source_of

    try:
        source, own = source_of(project_folder(Path.cwd()), os.environ), full_name(stack)
        with event_sink(stack) as log:
            for key in keys:
                log.append(
                    Event(
                        recorded=at,
                        at=at,
                        what=What.DENIED,
                        key=key,
                        detail=what,
                        stack=own,
                        urn="",
                        source=source,
                    )
                )
    except KeylifeError as error:
        typer.echo(f"that this was denied is not recorded: {error}", err=True)
