"""The audit log, as commands open it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from keylife.cli.options import short_name
from keylife.cli.stored import existing_store, named_store
from keylife.project import event_log_path, project_folder

if TYPE_CHECKING:
    from keylife.audit.log import Log
    from keylife.evidence.log import EventSink


@contextmanager
def audit_log(stack: str | None) -> Iterator[Log]:
    """The audit log in the store of this project, which is there already.

    Args:
        stack: as of `named_store`.

    Raises:
        UsageError: there is no store yet, or what names it cannot be one.
        StoreError: it cannot be used.
    """
    from keylife.audit.opening import open_log

    with existing_store(stack) as database:
        yield open_log(
            database,
            project_folder(Path.cwd()),
            os.environ,
            clock=time.monotonic,
            warn=lambda what: typer.echo(what, err=True),
        )


def full_name(stack: str) -> str:
    """A stack's name as its events have it: organization, project, stack."""
    from ruamel.yaml import YAML

    folder = project_folder(Path.cwd())
    file = next(path for path in (folder / "Pulumi.yaml", folder / "Pulumi.yml") if path.is_file())
    parts = stack.split("/")
    organization = parts[0] if len(parts) > 1 else "organization"
    project = parts[1] if len(parts) > 2 else YAML(typ="safe").load(file)["name"]
    return f"{organization}/{project}/{short_name(stack)}"


@contextmanager
def event_sink(stack: str) -> Iterator[EventSink]:
    """Where a command records what it did: the audit log, or the local one where there is no
    store yet; where it cannot be used, the local one and the reserve.

    Raises:
        UsageError: what names the store cannot be one.
    """
    from keylife.audit.opening import reserve_of
    from keylife.audit.sink import WithoutLog
    from keylife.evidence.log import EventLog
    from keylife.store.errors import StoreError
    from keylife.store.location import file_of, is_yet_to_be_made

    folder = project_folder(Path.cwd())
    local = EventLog(event_log_path(folder, short_name(stack)))
    url = named_store(stack)
    if is_yet_to_be_made(url):
        yield local
        return
    with ExitStack() as opened:
        sink: EventSink
        try:
            log = opened.enter_context(audit_log(stack))
        except StoreError as error:
            typer.echo(f"{error}; {error.hint}", err=True)
            sink = WithoutLog(local, reserve_of(file_of(url), folder))
        else:
            opened.callback(log.close)
            sink = log
        yield sink
