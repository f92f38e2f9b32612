"""Whoever asks a worker for an order that it is at work on waits for the same work."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import CancelledError
from datetime import UTC, datetime

import pytest

from keylife.revocation.course import Course
from keylife.revocation.progress import Phase, Progress
from keylife.revocation.worker import BookUnavailableError, Order, OrderId, Worker
from keylife.systems.system import Holding
from tests.store.builders import holding

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
ID = OrderId("r1", 1, "aws-iam/A")


class Book:
    """Has one order, settled from the moment on at which the test says so."""

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self.goes_on = threading.Event()
        self.closed = 0

    def fetch(self, id: OrderId) -> Order:
        self.asked.release()
        assert self.goes_on.wait(10)
        done = Progress(asked=NOW, due=NOW, phase=Phase.PROVEN)
        return Order(id, holding("aws-iam/A"), done, 0)

    def save(self, order: Order, progress: Progress) -> Order:
        raise BookUnavailableError

    def tell(self, order: Order) -> None:
        raise AssertionError

    def close(self, order: Order) -> None:
        self.closed += 1


def nobody(held: Holding) -> Course:
    raise AssertionError


def test_an_order_is_worked_on_once_however_many_ask() -> None:
    book = Book()
    worker = Worker(book, nobody, lambda: NOW, lambda: 0.0)
    first = worker.begin(ID)
    assert book.asked.acquire(timeout=10)
    assert worker.begin(ID) is first

    async def joins() -> None:
        joined = asyncio.ensure_future(worker.carry_out(ID))
        await asyncio.sleep(0)
        book.goes_on.set()
        await joined

    asyncio.run(joins())
    assert first.done()
    assert book.closed == 1
    worker.begin(ID).result(10)
    assert book.closed == 2, "what is asked for later is looked at anew"
    worker.close()


def test_a_worker_that_is_closed_drops_what_it_is_at() -> None:
    book = Book()
    worker = Worker(book, nobody, lambda: NOW, lambda: 0.0)
    begun = worker.begin(ID)
    assert book.asked.acquire(timeout=10)
    worker.close()
    book.goes_on.set()
    with pytest.raises(CancelledError):
        begun.result(10)
    assert book.closed == 0
