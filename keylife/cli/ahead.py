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
        """As the Pulumi CLI is to be asked for it. Nobody waits for it to ask the others: where no
        stack is named, they are of the one that is selected, too."""

        self.config: Future[Mapping[str, str]] = threads.submit(stack_config, stack)
        self.state: Future[dict[str, Any]] | None = None
        if with_state:
            self.state = threads.submit(_state, stack)
        threads.shutdown(wait=False)


def _state(stack: str | None) -> dict[str, Any]:
    from keylife.engine.stack import Stack

    return Stack(stack or "").export_in_the_clear()
