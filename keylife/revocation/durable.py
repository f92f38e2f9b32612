"""Durable execution: each order is begun once and worked on by one process at a time, to its end.

DBOS does that, on the store's own database (docs/decisions/0019): an order that was handed over
survives the process that took it, and is taken up by the next one that comes. How far an order has
come stands in the store's book and not in DBOS's journal, so that it can be asked for, and so that
an order which waits for days costs no journal, and of the process that waits with it 20 KiB.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Self

import psutil  # type: ignore[import-untyped]
from dbos import DBOS, SetWorkflowID, WorkflowStatus
from sqlalchemy import Connection, text

from keylife.revocation.worker import OrderId, Worker
from keylife.store.database import Database

_LAYOUT = "1"
"""Of what stands in DBOS's tables; orders of another layout are not taken up. It changes when the
workflow below does."""


_PORTION = 500
"""Names of one question to the database."""


class Foreman:
    """Hands orders to a worker, in this process, and takes over those of processes that died.

    One at a time in a process: DBOS is one for the whole process.
    """

    def __init__(self, database: Database, worker: Worker) -> None:
        self._database = database
        self._worker = worker
        self._name = _own_name()
        self._alive: Connection | None = None

    def __enter__(self) -> Self:
        if not self._database.is_sqlite:
            self._alive = self._database.engine.connect().execution_options(
                isolation_level="AUTOCOMMIT"
            )
            self._alive.execute(_HOLD, {"name": self._name})
        DBOS(
            config={
                "name": "keylife",
                "system_database_url": self._database.url,
                "sys_db_pool_size": 2,
                "console_log_level": "CRITICAL",  # its lines are not for who runs a command
                "executor_id": self._name,
                "application_version": _LAYOUT,
                "use_listen_notify": False,
            }
        )
        worker = self._worker

        @DBOS.workflow(name="keylife-carry-out", max_recovery_attempts=None)
        async def carry_out(revocation: str, version: int, place: str) -> None:
            id = OrderId(revocation, version, place)
            await DBOS.run_step_async({"name": "carry out"}, worker.carry_out, id)

        self._carry_out: Any = carry_out
        DBOS.launch()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        DBOS.destroy(workflow_completion_timeout_sec=1)  # what is as good as done gets done
        self._worker.close()
        if self._alive is not None:
            self._alive.close()

    def attend(self, orders: Iterable[OrderId]) -> None:
        """See to it that somebody works on each order that is not settled.

        One that nobody began is begun here; one whose process is gone goes on in a process that is
        there. To be called now and then: that a process is gone is seen some time after it went.

        Args:
            orders: those that the book has as not settled.
        """
        gone: dict[str, bool] = {}
        asked, number = list(orders), 0
        while asked:
            runs = _runs([_run(id, number) for id in asked])
            ended = []
            for id in asked:
                run = runs.get(_run(id, number))
                if run is None:
                    with SetWorkflowID(_run(id, number)):
                        DBOS.start_workflow(self._carry_out, id.revocation, id.version, id.place)
                elif run.status not in ("PENDING", "ENQUEUED"):
                    ended.append(id)  # with its process, in the middle: DBOS took that for its end
                else:
                    executor = run.executor_id or ""
                    if executor not in gone:
                        gone[executor] = self._is_gone(executor)
                    if run.status == "PENDING" and gone[executor]:
                        DBOS.resume_workflow(run.workflow_id)
            asked, number = ended, number + 1

    def _is_gone(self, executor: str) -> bool:
        """Whether a process has ended: on one machine that can be seen; of others a server tells,
        at which each holds a lock of its own name for as long as it is connected."""
        if executor == self._name:
            return False
        if self._database.is_sqlite:
            return _has_ended(executor)
        with self._database.engine.connect() as connection:
            got = bool(connection.execute(_TRY, {"name": executor}).scalar())
            connection.invalidate()  # and the lock with it
        return got


_HOLD = text("SELECT pg_advisory_lock(hashtextextended('keylife ' || :name, 0))")
_TRY = text("SELECT pg_try_advisory_lock(hashtextextended('keylife ' || :name, 0))")


def _run(id: OrderId, number: int) -> str:
    """What a run of an order is called; the first is 0, and each begins once the last one ended."""
    return f"{id.revocation}/{id.version}/{id.place}#{number}"


def _runs(names: Sequence[str]) -> dict[str, WorkflowStatus]:
    """Those that there are, by their whole names: parts of names would be looked for in all."""
    return {
        run.workflow_id: run
        for start in range(0, len(names), _PORTION)
        for run in DBOS.list_workflows(
            workflow_ids=list(names[start : start + _PORTION]),
            load_input=False,
            load_output=False,
        )
    }


def _own_name() -> str:
    own = psutil.Process(os.getpid())
    return f"{socket.gethostname()}/{own.pid}/{own.create_time()}"


def _has_ended(executor: str) -> bool:
    """Whether a process of this machine has ended; its pid may be somebody else's by now."""
    host, pid, born = (executor or "//").rsplit("/", 2)
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        return str(psutil.Process(int(pid)).create_time()) != born
    except psutil.NoSuchProcess:
        return True
