"""Two keys in five places and a gateway: from the request to the last acceptance, and to proof."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.deploy.benchmark import PROGRAMS as DEPLOYS
from benchmarks.deploy.benchmark import now as deployed_at
from benchmarks.machine import FailedError, middle, run
from benchmarks.result import Figure, Result
from benchmarks.revoke.clock import now
from benchmarks.revoke.declared import CACHE_AGE, keys_of, write_declarations
from benchmarks.revoke.edge import edge
from benchmarks.stack import Stack
from keylife.sandbox.lifecycle import Sandbox

BEYOND = 1.0
"""Seconds beyond each place's window, at most."""


Dead = dict[str, tuple[float, float]]
"""By place: its window, and when its last probe was refused, in seconds from the start."""


@dataclass(frozen=True)
class Place:
    """What became of a key in one place; in seconds from the start of the process."""

    window: float
    accepted: float
    """When its consumer was let in last."""

    proven: float


@dataclass(frozen=True)
class Killed:
    """What one program did."""

    reading: float
    """Seconds in which the Pulumi CLI alone reads the stack's state, with its secrets."""

    places: dict[str, Place]

    @property
    def proven(self) -> float:
        """When the last place was proven."""
        return max(place.proven for place in self.places.values())

    @property
    def accepted(self) -> float:
        """When any place let a consumer in last."""
        return max(place.accepted for place in self.places.values())


def measure(folder: Path, *, full: bool, turns: int | None = None) -> Result:
    """Have both programs kill keys that are their own, some times.

    Args:
        folder: an empty one.
        full: three turns instead of one.
        turns: how often; by default as ``full`` says.
    """
    sandbox = Sandbox(folder / "sandbox")
    sandbox.up()
    try:
        killed: dict[str, list[Killed]] = {program: [] for program in PROGRAMS}
        for _ in range(turns or (3 if full else 1)):
            for name, found in killed.items():
                found.append(kill(folder, sandbox, name))
    finally:
        sandbox.down()
    return told(killed["keylife"], killed["plain"])


def kill(folder: Path, sandbox: Sandbox, program: str) -> Killed:
    """Deploy two keys that nobody has yet, and have them killed while a consumer uses them.

    Args:
        folder: where the project is to be made.
        sandbox: what to deploy to.
        program: ``keylife`` or ``plain``.
    """
    name = f"r{secrets.token_hex(3)}"
    place = folder / name
    with edge(sandbox.environment()["VAULT_ADDR"], CACHE_AGE) as url:
        write_declarations(place / "declared", name, url)
        config = {"benchmark:declarations": str(place / "declared"), "keylife:at": deployed_at()}
        stack = Stack(place, sandbox, name, DEPLOYS / "keylife_program", config)
        stack.up()
        return _killed(stack, program)


def _killed(stack: Stack, program: str) -> Killed:
    reading = stack.pulumi("stack", "export", "--show-secrets", "--stack", stack.name).seconds
    watching = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.revoke.watcher", stack.name, *keys_of(stack.name)],
        cwd=stack.folder,
        env=stack.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout is not None
    with watching:
        if watching.stdout.readline() != "ready\n":
            raise FailedError("the watcher found a key that is not accepted")
        since = now()
        killed = PROGRAMS[program](stack, since)
        last = json.loads(watching.communicate()[0])
    return Killed(
        reading,
        {
            _plain(at, stack.name): Place(window, last[at] - since, proven)
            for at, (window, proven) in killed.items()
        },
    )


def _by_keylife(stack: Stack, since: float) -> Dead:
    """The command itself, from its start."""
    why = ("--reason", "cessationOfOperation", "--ref", "INC-1", "--by", "bo@example.com")
    done = run(
        [
            *("keylife", "revoke", "--service", "shop", "--now", "--yes"),
            *(*why, "--stack", stack.name, "--format", "json"),
            *("--declarations", stack.folder / "declared"),
        ],  # no leak: a leak also asks every role
        folder=stack.folder,
        environment=stack.environment,
    )
    told = json.loads(done.output[done.output.index("{") :])
    orders = [order for revocation in told["revocations"] for order in revocation["orders"]]
    return {o["place"]: (o["window"], _last_probe(o["progress"]) - since) for o in orders}


def _last_probe(progress: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(progress["probes"][-1]["at"]).timestamp()


def _by_script(stack: Stack, since: float) -> Dead:
    script = (sys.executable, "-m", "benchmarks.revoke.plain_program")
    done = run(
        [*script, stack.name, *keys_of(stack.name)],
        folder=stack.folder,
        environment=stack.environment,
    )
    told = json.loads(done.output.splitlines()[-1])
    return {at: (window, proven - since) for at, (window, proven) in told.items()}


PROGRAMS: Mapping[str, Callable[[Stack, float], Dead]] = {
    "keylife": _by_keylife,
    "plain": _by_script,
}


def _plain(place: str, stack: str) -> str:
    """A place by what is the same in each stack."""
    system, _, rest = place.partition("/")
    key = rest.rpartition(f"{stack}/")[2].partition("@")[0]
    return f"{system} {key}" if key in ("billing", "metrics") else system


def told(ours: list[Killed], theirs: list[Killed]) -> Result:
    """The figures of what keylife and the script did, turn by turn."""
    columns = ("place", "window, s", "keylife: accepted", "proven", "script: accepted", "proven")
    result = Result("revoke", "Seconds from the start of a revoke to …", columns)
    for place, first in ours[0].places.items():
        row = [place, f"{first.window:g}"]
        for done in (ours, theirs):
            row.append(f"{middle([k.places[place].accepted for k in done]):.1f}")
            row.append(f"{middle([k.places[place].proven for k in done]):.1f}")
        result.rows.append(tuple(row))
    reading = f"{middle([k.reading for k in ours + theirs]):.1f}"
    result.rows.append(("the Pulumi CLI reads the state", "", "", reading, "", reading))
    result.figures = [
        Figure("to the last acceptance, s, worst place", middle([k.accepted for k in ours]), None),
        Figure("of it beyond the place's window, s", _late(ours), BEYOND),
        Figure("to proof, s beyond the place's window, worst place", _slow(ours), BEYOND),
        Figure("the same without the CLI's reading of the state", _slow(ours, bare=True), BEYOND),
        Figure(
            "last acceptance, keylife / the script",
            middle([k.accepted / other.accepted for k, other in zip(ours, theirs, strict=True)]),
            None,
        ),
        Figure(
            "last proof, keylife / the script",
            middle([k.proven / other.proven for k, other in zip(ours, theirs, strict=True)]),
            None,
        ),
    ]
    result.notes = [
        "accepted: when a consumer who goes on using it was let in last; proven: the last probe",
        f"the gateway remembers a key for {CACHE_AGE} s, and is purged; what it says counts once"
        " the token's own place refused",
    ]
    return result


def _late(done: list[Killed]) -> float:
    return middle([max(p.accepted - p.window for p in k.places.values()) for k in done])


def _slow(done: list[Killed], *, bare: bool = False) -> float:
    return middle(
        [
            max(p.proven - p.window for p in k.places.values()) - (k.reading if bare else 0)
            for k in done
        ]
    )
