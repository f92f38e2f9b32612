"""A PostgreSQL that is farther away than its socket: what is said arrives later, both ways."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_SOCKET = ".s.PGSQL.5432"


@contextmanager
def far(server: Path, away: float) -> Iterator[Path]:
    """The folder of a socket behind which a server is.

    Args:
        server: the folder of its own socket.
        away: seconds that a question and its answer are on the way together.
    """
    with (
        tempfile.TemporaryDirectory(prefix="keylife-far-") as folder,
        socket.socket(socket.AF_UNIX) as listening,
    ):
        listening.bind(f"{folder}/{_SOCKET}")
        listening.listen()
        threading.Thread(target=_let_in, args=(listening, server, away), daemon=True).start()
        yield Path(folder)
        listening.shutdown(socket.SHUT_RDWR)


def _let_in(listening: socket.socket, server: Path, away: float) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return  # it is over
        there = socket.socket(socket.AF_UNIX)
        there.connect(f"{server}/{_SOCKET}")
        for one, other in ((client, there), (there, client)):
            threading.Thread(target=_carry, args=(one, other, away / 2), daemon=True).start()


def _carry(source: socket.socket, to: socket.socket, delay: float) -> None:
    with suppress(OSError):
        while said := source.recv(1 << 16):
            time.sleep(delay)
            to.sendall(said)
        to.shutdown(socket.SHUT_WR)
