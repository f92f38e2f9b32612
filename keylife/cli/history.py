"""`keylife history`: what happened to a key, who and what caused it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keylife.cli.audited import audit_log
from keylife.cli.options import Format, OutputFormat, Stack, short_name, stack_name
from keylife.errors import UsageError
from keylife.project import event_log_path, project_folder

if TYPE_CHECKING:
    from keylife.evidence.event import Event


def history(
    key: Annotated[str, typer.Argument(help="The key's id.")],
    stack: Stack = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """Print what the audit log and the event log of this machine say of a key, oldest first.

    Exit code 1 if they say nothing: an unknown key is not a key without history.
    """
    from rich.console import Console

    from keylife.evidence.log import EventLog
    from keylife.reports.history import as_json, merged, print_history

    name = stack_name(stack)
    path = event_log_path(project_folder(Path.cwd()), short_name(name))
    record = EventLog(path).read()
    local = [event for event in record.events if event.key == key]
    events = merged(_logged(key, name), local)
    if record.unreadable:
        typer.echo(
            f"{path}: {record.unreadable} lines cannot be read, such as a crash leaves", err=True
        )
    if not events:
        typer.echo(f"nothing is recorded of `{key}` in {path} or the audit log", err=True)
        raise typer.Exit(1)
    if output is Format.JSON:
        print(as_json(key, events, record.unreadable))
    else:
        print_history(events, Console(highlight=False))


def _logged(key: str, stack: str) -> Sequence[Event]:
    """What the audit log says of a key in a stack; nothing where there is no store yet."""
    from keylife.audit.entry import read_event
    from keylife.audit.rows import Rows

    try:
        with audit_log(stack) as log:
            found: Iterable[Event] = [
                read_event(row.entry) for row in Rows(log.database).of_key(key)
            ]
    except UsageError:
        return ()
    return [event for event in found if short_name(event.stack) == short_name(stack)]
