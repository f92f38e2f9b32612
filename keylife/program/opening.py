"""The store being opened while the ledger is read: both take a while, and apart."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi

if TYPE_CHECKING:
    from keylife.program.central import Opened
    from keylife.store.errors import StoreError


class Opening:
    """A store that is on its way; nothing of it goes on when the block is left.

    Args:
        folder: the Pulumi project's.
        stack: fully qualified.
    """

    def __init__(self, folder: Path, stack: str) -> None:
        configured = pulumi.Config("keylife").get("store")
        preview = pulumi.runtime.is_dry_run()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="keylife-store")
        self._answer = self._pool.submit(_open, folder, stack, configured, preview)

    def __enter__(self) -> Opening:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def wait(self) -> Opened | StoreError | None:
        """The store; or why it cannot be used; None for a preview of what has none yet.

        Raises:
            UsageError: what names it cannot be a store, or the keys to hash with cannot be read.
        """
        return self._answer.result()


def _open(
    folder: Path, stack: str, configured: str | None, preview: bool
) -> Opened | StoreError | None:
    from keylife.program.central import open_central  # noqa: PLC0415  # a third of a second that
    from keylife.store.errors import StoreError  # noqa: PLC0415  # the ledger's readers need not wait

    try:
        return open_central(folder, stack, configured, preview=preview)
    except StoreError as error:
        return error
