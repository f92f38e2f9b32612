"""The audit log, as commands open it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from keylife.cli.options import stack_name
from keylife.cli.stack_config import stack_config
from keylife.errors import UsageError
from keylife.project import project_folder

if TYPE_CHECKING:
    from keylife.audit.log import Log


@contextmanager
def audit_log(stack: str | None) -> Iterator[Log]:
    """The audit log in the store of this project, which is there already.

    Args:
        stack: whose config may name the store; by default the one that is selected. It is not
            asked for where the environment names the store.

    Raises:
        UsageError: there is no store yet, or what names it cannot be one.
        StoreError: it cannot be used.
    """
    from keylife.audit.opening import file_of, open_log
    from keylife.store.database import open_database
    from keylife.store.location import CONFIG, ENVIRONMENT, store_url

    folder = project_folder(Path.cwd())
    named = os.environ.get(ENVIRONMENT)
    configured = None if named else stack_config(stack_name(stack)).get(CONFIG)
    url = store_url(os.environ, configured, folder)
    file = file_of(url)
    if file is not None and not file.exists():
        raise UsageError(
            f"there is no store yet: {file} does not exist",
            "`pulumi up` makes it; KEYLIFE_STORE or the stack's config `keylife:store` names it",
        )
    database = open_database(url)
    try:
        yield open_log(
            database,
            folder,
            os.environ,
            clock=time.monotonic,
            warn=lambda what: typer.echo(what, err=True),
        )
    finally:
        database.close()
