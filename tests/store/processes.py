"""The same work by several processes at once, each with its own connection."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any

from keylife.store.database import Database, open_database


def at_once(url: str, workers: int, work: Callable[[Database, int], Any]) -> list[Any]:
    """What each of so many processes answers that all begin when the last one is ready."""
    context = multiprocessing.get_context("fork")  # each opens its own; a fork costs nothing
    barrier, answers = context.Barrier(workers), context.SimpleQueue()

    def run(number: int) -> None:
        database = open_database(url)
        barrier.wait(60)
        try:
            answers.put((number, work(database, number)))
        except Exception as error:
            answers.put((number, error))
        finally:
            database.close()

    processes = [context.Process(target=run, args=(n,)) for n in range(workers)]
    for process in processes:
        process.start()
    found = dict(answers.get() for _ in processes)
    for process in processes:
        process.join()
    assert len(found) == workers
    return [found[number] for number in range(workers)]
