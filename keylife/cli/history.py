"""`keylife history`: what happened to a key, who and what caused it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keylife.cli.options import Format, OutputFormat, Stack, short_name, stack_name
from keylife.project import event_log_path, project_folder


def history(
    key: Annotated[str, typer.Argument(help="The key's id.")],
    stack: Stack = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """Print what the event log of this machine says of a key, oldest first.

    Exit code 1 if it says nothing: an unknown key is not a key without history.
    """
    from rich.console import Console

    from keylife.evidence.log import EventLog
    from keylife.reports.history import as_json, print_history

    path = event_log_path(project_folder(Path.cwd()), short_name(stack_name(stack)))
    record = EventLog(path).read()
    events = [event for event in record.events if event.key == key]
    if record.unreadable:
        typer.echo(
            f"{path}: {record.unreadable} lines cannot be read, such as a crash leaves", err=True
        )
    if not events:
        typer.echo(f"nothing is recorded of `{key}` in {path}", err=True)
        raise typer.Exit(1)
    if output is Format.JSON:
        print(as_json(key, events, record.unreadable))
    else:
        print_history(events, Console(highlight=False))
