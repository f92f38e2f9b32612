"""So many revokes with faults, on SQLite and PostgreSQL, and handed over by DBOS."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.machine import run
from benchmarks.result import Figure, Result
from benchmarks.revoke_many.program import FAULTS
from benchmarks.stack import REPOSITORY
from tests.postgres import PostgresServer

CALLS = 1.2
"""Calls made for each that would do if nothing failed, at most."""

GROWTH = 1.1
"""Memory at the end beside memory when a tenth was settled, at most."""


def measure(folder: Path, *, full: bool, count: int | None = None) -> Result:
    """Revoke, in a process of its own for each engine and database.

    Args:
        folder: an empty one.
        full: 10,000 revokes on either database, and 1,000 handed over by DBOS; else a tenth of it.
        count: how many on either database, whatever ``full`` says.
    """
    many = count or (10_000 if full else 1_000)
    few = max(many // 10, 10)
    server = PostgresServer(Path(tempfile.mkdtemp(prefix="keylife-pg-")))
    server.initialise()
    try:
        found = {
            f"SQLite, {many:,}": revoke(folder / "one", None, many, "worker"),
            f"PostgreSQL, {many:,}": revoke(folder / "two", server, many, "worker"),
            f"SQLite, by DBOS, {few:,}": revoke(folder / "three", None, few, "foreman"),
            f"PostgreSQL, by DBOS, {few:,}": revoke(folder / "four", server, few, "foreman"),
        }
    finally:
        server.stop()
        shutil.rmtree(server.folder)
    return _result(found)


def revoke(folder: Path, server: PostgresServer | None, count: int, how: str) -> dict[str, Any]:
    """Revoke so many in a process of its own.

    Args:
        folder: is made.
        server: where the store is to be; SQLite if there is none.
        count: how many.
        how: ``worker`` or ``foreman``.

    Returns:
        What that printed, with ``count``.
    """
    folder.mkdir()
    url = f"sqlite:///{folder / 'store.db'}" if server is None else server.prepared_database()
    program = (sys.executable, "-m", "benchmarks.revoke_many.program")
    done = run(
        [*program, url, folder, str(count), how],
        folder=folder,
        environment={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    told: dict[str, Any] = json.loads(done.output)
    return {**told, "count": count}


def _result(found: dict[str, dict[str, Any]]) -> Result:
    columns = ("revokes", "accepted/s", "dead/s", "CPU ms each", "MiB before, at 1/10, 1/2, end")
    title = f"Revokes in made-up systems, {FAULTS:.0%} of the calls failing"
    result = Result("revoke-many", title, columns)
    for name, told in found.items():
        count, memory = told["count"], list(told["memory"].values())
        rates = (f"{count / told[part]:,.0f}" for part in ("accepted", "carried_out"))
        kept = " ".join(f"{memory[at]:.0f}" for at in (0, 1, 5, 10))
        cpu = f"{1000 * told['cpu'] / count:.1f}"
        result.rows.append((name, *rates, cpu, kept))
    for name, told in found.items():
        memory = list(told["memory"].values())
        result.figures += [
            Figure(f"{name}: calls made / calls needed", told["calls"], CALLS),
            Figure(f"{name}: memory at the end / at a tenth", memory[-1] / memory[1], GROWTH),
        ]
    result.notes = [
        "each in one system with a window of 1 s, which answers at once; all asked for before the"
        " first is begun",
        "of each the world itself was asked whether it is dead, and the store for its certificate",
    ]
    return result
