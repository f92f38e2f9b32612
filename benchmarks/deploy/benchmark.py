"""``pulumi up`` of keylife's program and of the hand-written one, in turns."""

from __future__ import annotations

import secrets
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.deploy.declared import write_keys
from benchmarks.machine import Run, middle, run
from benchmarks.result import Figure, Result
from benchmarks.stack import Stack, cloud_resources
from keylife.sandbox.lifecycle import Sandbox

PROGRAMS = Path(__file__).parent
KEYS = 100
_READ_LEDGER = (
    "import sys, time; from keylife.program.ledger import read_ledger;"
    " begin = time.perf_counter(); read_ledger(sys.argv[1]); print(time.perf_counter() - begin)"
)


@dataclass
class Deployed:
    """One program's deploy of keys that are its own, on a stack that was empty."""

    stack: Stack
    up: Run
    cloud: Counter[str]
    """What it made at AWS and Vault."""

    components: int
    frames: int
    """Frames of the program's stack that the state holds of a resource, at most."""


def measure(folder: Path, *, full: bool, keys: int = KEYS, turns: int | None = None) -> Result:
    """Deploy ``keys`` new keys by each program, some times.

    Args:
        folder: an empty one.
        full: three turns instead of one.
        keys: how many.
        turns: how often; by default as ``full`` says.
    """
    at = now()
    sandbox = Sandbox(folder / "sandbox")
    sandbox.up()
    try:
        done: dict[str, list[Deployed]] = {"keylife": [], "plain": []}
        for _ in range(turns or (3 if full else 1)):
            for name, deployed in done.items():
                deployed.append(deploy(folder, sandbox, name, keys, at))
        bare = [
            deploy(folder, sandbox, name, keys, at, extra={"PULUMI_SKIP_CHECKPOINTS": "true"})
            for name in done
        ]
        ledger = [_read_ledger(deployed.stack) for deployed in done["keylife"]]
    finally:
        sandbox.down()
    assert done["keylife"][0].cloud == done["plain"][0].cloud, "both are to make the same"
    return _result(keys, done, bare, middle(ledger))


def now() -> str:
    """The time, as ``keylife:at`` takes it; a benchmark is a program of its own."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"  # noqa: TID251


def deploy(
    folder: Path,
    sandbox: Sandbox,
    program: str,
    keys: int,
    at: str,
    *,
    extra: dict[str, str] | None = None,
) -> Deployed:
    """Deploy ``keys`` keys that nobody has yet by ``keylife_program`` or ``plain_program``.

    Args:
        folder: where the project is to be made.
        sandbox: what to deploy to.
        program: ``keylife`` or ``plain``.
        keys: how many.
        at: the instant of their birth.
        extra: variables besides the sandbox's.
    """
    prefix = f"b{secrets.token_hex(3)}"
    place = folder / prefix
    write_keys(place / "declared", prefix, prefix, keys)
    stack = Stack(
        place,
        sandbox,
        prefix,
        PROGRAMS / f"{program}_program",
        {
            "keylife:at": at,
            "keylife:simulatedClock": "true",  # the turns may take longer than an hour
            "benchmark:prefix": prefix,
            "benchmark:keys": str(keys),
            "benchmark:declarations": str(place / "declared"),
        },
    )
    up = stack.up(extra)
    made = stack.resources()
    cloud = cloud_resources(made, prefix)
    return Deployed(
        stack,
        up,
        cloud,
        components=len(made) - cloud.total(),
        frames=max(len(resource.get("stackTrace", ())) for resource in made),
    )


def _read_ledger(stack: Stack) -> float:
    """Seconds that a program waits for the ledger of a stack in which all keys stand."""
    name = f"organization/keylife-benchmark/{stack.name}"
    done = run(
        [sys.executable, "-c", _READ_LEDGER, name],
        folder=stack.folder,
        environment=stack.environment,
    )
    return float(done.output)


def _result(
    keys: int, done: dict[str, list[Deployed]], bare: list[Deployed], ledger: float
) -> Result:
    first = {name: deployed[0] for name, deployed in done.items()}
    seconds = {name: middle([d.up.seconds for d in deployed]) for name, deployed in done.items()}
    cpu = {name: middle([d.up.cpu for d in deployed]) for name, deployed in done.items()}
    result = Result(
        name="deploy",
        title=f"pulumi up of {keys} new keys: half AWS access keys, half Vault tokens",
        columns=(
            "program",
            "AWS and Vault",
            "components",
            "up, s",
            "CPU, s",
            "without checkpoints, s",
        ),
        rows=[
            (
                name,
                str(first[name].cloud.total()),
                str(first[name].components),
                f"{seconds[name]:.1f}",
                f"{cpu[name]:.1f}",
                f"{without.up.seconds:.1f}",
            )
            for name, without in zip(done, bare, strict=True)
        ],
    )
    result.figures = [
        Figure("up, keylife / plain", seconds["keylife"] / seconds["plain"], 1.15),
        Figure("the same by processor time", cpu["keylife"] / cpu["plain"], None),
        Figure(
            "the same without the engine's checkpoints",
            bare[0].up.seconds / bare[1].up.seconds,
            None,
            "(not for keys: a killed run would forget what it made)",
        ),
    ]
    result.notes = [
        "Both made the same resources with the same inputs (compared, secrets left out).",
        f"Median of {len(done['plain'])}, in turns; without checkpoints once each.",
        "CPU is of the CLI and what it waited for.",
        f"The ledger of the {keys} keys is read back in {ledger:.1f} s; an up does it once.",
        "What dominates: the engine writes its whole state before and after each step, and"
        " keylife's ledger is three components a key in that state.",
    ]
    return result
