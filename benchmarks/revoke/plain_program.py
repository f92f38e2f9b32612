"""Kills the keys that are named by the same calls, one place after the other.

``python -m benchmarks.revoke.plain_program STACK KEY…``, in the project's folder; prints by place
its window and the instant of the last refusal. It writes nothing down, asks no one twice, and ends
where a call fails.
"""

from __future__ import annotations

import json
import sys
import time

from benchmarks.revoke.clock import now
from keylife.engine.stack import Stack
from keylife.revocation.proof import AT_LEAST
from keylife.revocation.reach import Reach
from keylife.systems.system import Answer, Holding, Verdict
from keylife.systems.table import SYSTEMS


def main(stack: str, keys: list[str]) -> None:
    """Revoke and look, place by place."""
    reach = Reach(Stack(stack))
    held = [holding for key in keys for holding in reach.holdings(key)]
    for holding in held:
        reach.material(holding)
    print(json.dumps({holding.place: (holding.window, _kill(reach, holding)) for holding in held}))


def _kill(reach: Reach, holding: Holding) -> float:
    """When it was refused last, over the whole window."""
    _look(reach, holding)
    for step in SYSTEMS[holding.system].steps:
        step.do(holding, reach.clients(holding))
    refusals: list[float] = []
    while len(refusals) < AT_LEAST:
        if refusals:
            time.sleep(max(holding.window / (AT_LEAST - 1), 0.2))
        refused = _look(reach, holding).verdict is Verdict.REFUSED
        refusals = [*refusals, now()] if refused else []
    if not holding.second_hand:
        SYSTEMS[holding.system].look(holding, reach.clients(holding))
    return refusals[-1]


def _look(reach: Reach, holding: Holding) -> Answer:
    system = SYSTEMS[holding.system]
    issued = system.issues or holding.second_hand
    material = (reach.material(holding) or {}) if issued else {}
    return system.use(holding, material, reach.clients(holding))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
