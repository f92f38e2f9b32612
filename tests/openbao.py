"""A real OpenBao for one test or for many, without the rest of the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hvac

from keylife.sandbox import openbao
from keylife.sandbox.loopback import address


@contextmanager
def running_openbao(folder: Path) -> Iterator[hvac.Client]:
    """A fresh server with its files in ``folder``, and a client with its root token."""
    port = openbao.free_port()
    process = openbao.launch(folder, folder, port)
    try:
        token = openbao.prepare(process, folder, port)
        yield hvac.Client(address(port), token=token)
    finally:
        process.stop()
