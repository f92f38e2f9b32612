"""What the Pulumi CLI is asked first: it takes as long as loading everything that kills a key."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from keylife.cli.options import stack_name
from keylife.cli.stack_config import stack_config


class Ahead:
    """A stack's name, config and state, on their way since this was made.

    Args:
        stack: as it was named on the command line, if it was.
        with_state: whether its state is asked for, too; with its secrets, in memory only.
    """

    def __init__(self, stack: str | None, *, with_state: bool) -> None:
        threads = ThreadPoolExecutor(3, "keylife-ahead")
        self.name: Future[str] = threads.submit(stack_name, stack)
        """As the Pulumi CLI is to be asked for it."""

        self.config: Future[Mapping[str, str]] = threads.submit(
            lambda: stack_config(self.name.result())
        )
        self.state: Future[dict[str, Any]] | None = (
            threads.submit(self._state) if with_state else None
        )
        threads.shutdown(wait=False)

    def _state(self) -> dict[str, Any]:
        from keylife.engine.stack import Stack

        return Stack(self.name.result()).export_in_the_clear()
