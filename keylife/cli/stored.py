"""The store, as commands open it that do not make one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from keylife.cli.options import stack_name
from keylife.cli.stack_config import stack_config
from keylife.errors import UsageError
from keylife.project import project_folder

if TYPE_CHECKING:
    from keylife.store.database import Database


def named_store(stack: str | None) -> str:
    """The URL of this project's store.

    Args:
        stack: whose config may name the store; by default the one that is selected. It is not
            asked for where the environment names the store.

    Raises:
        UsageError: what names it cannot be a store.
    """
    from keylife.store.location import CONFIG, ENVIRONMENT, store_url

    named = os.environ.get(ENVIRONMENT)
    configured = None if named else stack_config(stack_name(stack)).get(CONFIG)
    return store_url(os.environ, configured, project_folder(Path.cwd()))


@contextmanager
def existing_store(stack: str | None) -> Iterator[Database]:
    """This project's store, which is there already.

    Args:
        stack: as of `named_store`.

    Raises:
        UsageError: there is no store yet, or what names it cannot be one.
        StoreError: it cannot be used.
    """
    from keylife.store.database import open_database
    from keylife.store.location import file_of, is_yet_to_be_made

    url = named_store(stack)
    if is_yet_to_be_made(url):
        raise UsageError(
            f"there is no store yet: {file_of(url)} does not exist",
            "`pulumi up` makes it; KEYLIFE_STORE or the stack's config `keylife:store` names it",
        )
    database = open_database(url)
    try:
        yield database
    finally:
        database.close()
