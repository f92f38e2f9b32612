"""A consumer that goes on using keys, and notes when each place accepted one last.

``python -m benchmarks.revoke.watcher STACK KEY…``, in the project's folder: prints ``ready`` once
every place has accepted its key; told to stop by the end of its input, it prints the instant of the
last acceptance by place.
"""

from __future__ import annotations

import json
import sys
import threading
import time

from benchmarks.revoke.clock import now
from keylife.engine.stack import Stack
from keylife.revocation.reach import Reach
from keylife.systems.system import Holding, Verdict
from keylife.systems.table import SYSTEMS

_EVERY = 0.2
"""Seconds between two uses at one place."""

_ALIVE_WITHIN = 30.0
"""Seconds."""


class Consumer(threading.Thread):
    """Uses one key at one place."""

    def __init__(self, reach: Reach, holding: Holding, stop: threading.Event) -> None:
        super().__init__()
        self.place = holding.place
        self.accepted = threading.Event()
        self.last = 0.0
        self._reach, self._holding, self._stop_now = reach, holding, stop

    def run(self) -> None:
        """Until it is told to stop. An acceptance counts from when it was asked for."""
        system, holding = SYSTEMS[self._holding.system], self._holding
        material = self._reach.material(holding) or {}
        while not self._stop_now.is_set():
            at = now()
            answer = system.use(holding, material, self._reach.clients(holding))
            if answer.verdict is Verdict.ACCEPTED:
                self.last = at
                self.accepted.set()
            time.sleep(_EVERY)


def main(stack: str, keys: list[str]) -> None:
    """Use, until told to stop."""
    reach, stop = Reach(Stack(stack)), threading.Event()
    held = [holding for key in keys for holding in reach.holdings(key)]
    consumers = [Consumer(reach, holding, stop) for holding in held]
    for consumer in consumers:
        consumer.start()
    if all(consumer.accepted.wait(_ALIVE_WITHIN) for consumer in consumers):
        print("ready", flush=True)
        sys.stdin.read()
    stop.set()
    for consumer in consumers:
        consumer.join()
    print(json.dumps({consumer.place: consumer.last for consumer in consumers}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
