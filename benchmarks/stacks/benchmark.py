"""A ladder of sizes in one stack, how its time grows, and ten stacks of a tenth each."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.deploy.benchmark import PROGRAMS, deploy, now
from benchmarks.deploy.declared import write_keys
from benchmarks.machine import run
from benchmarks.result import Figure, Result
from benchmarks.stack import Stack
from keylife.sandbox.lifecycle import Sandbox

LADDER = (10, 20, 40, 60)
"""Keys of one stack; the last of them also in ten stacks."""

KEYS = 2_000
STACKS = 10


def measure(
    folder: Path,
    *,
    full: bool,
    ladder: Sequence[int] = LADDER,
    stacks: int = STACKS,
) -> Result:
    """Bring up stacks of growing size, then the largest size in ten stacks.

    Args:
        folder: an empty one.
        full: 2,000 keys in one stack, and in ten, too; it takes hours.
        ladder: numbers of keys, ascending; at least three, for the curve.
        stacks: into how many the largest number is shared out.
    """
    sandbox = Sandbox(folder / "sandbox")
    sandbox.up()
    try:
        sizes = [*ladder, KEYS] if full else [*ladder]
        one = {size: deploy(folder, sandbox, "keylife", size, now()).up.seconds for size in sizes}
        shared = {
            size: _in_stacks(folder / f"shared-{size}", sandbox, size, stacks)
            for size in ([ladder[-1], KEYS] if full else [ladder[-1]])
        }
    finally:
        sandbox.down()
    return told(ladder, one, shared, stacks)


def _in_stacks(folder: Path, sandbox: Sandbox, keys: int, stacks: int) -> float:
    """Seconds for ``keylife up --all`` of the keys, shared out."""
    declared = folder / "stacks"
    names = [f"s{secrets.token_hex(3)}" for _ in range(stacks)]
    config = {"benchmark:declarations": str(declared)}
    made = [Stack(folder, sandbox, name, PROGRAMS / "keylife_program", config) for name in names]
    for name in names:
        write_keys(declared, name, name, keys // stacks)
    done = run(
        ["keylife", "up", "--all", "--format", "json"],
        folder=folder,
        environment=made[0].environment,
    )
    runs = json.loads(done.output[done.output.index("{") :])
    assert runs, "keylife up says what became of each stack"
    return done.seconds


def curve(points: Mapping[int, float]) -> tuple[float, float, float]:
    """The parabola ``a + b n + c n²`` that is nearest to the points, by least squares.

    Without its middle term where that would be negative: no key makes a deploy quicker, other work
    on the machine does.
    """
    whole = _nearest(points, (0, 1, 2))
    if whole[1] >= 0:
        return whole[0], whole[1], whole[2]
    fixed, square = _nearest(points, (0, 2))
    return fixed, 0.0, square


def _nearest(points: Mapping[int, float], powers: Sequence[int]) -> list[float]:
    """A factor for each power of ``n``: the normal equations, solved by Gauss and Jordan."""
    size = len(powers)
    table = [
        [
            *(sum(float(n) ** (row + column) for n in points) for column in powers),
            sum(float(n) ** row * value for n, value in points.items()),
        ]
        for row in powers
    ]
    for i in range(size):
        pivot = max(range(i, size), key=lambda row: abs(table[row][i]))
        table[i], table[pivot] = table[pivot], table[i]
        table[i] = [value / table[i][i] for value in table[i]]
        for other in range(size):
            if other != i:
                factor = table[other][i]
                table[other] = [
                    value - factor * own for value, own in zip(table[other], table[i], strict=True)
                ]
    return [row[-1] for row in table]


def told(
    ladder: Sequence[int], one: dict[int, float], shared: dict[int, float], stacks: int
) -> Result:
    """What seconds by numbers of keys say, in one stack and shared out."""
    fixed, each, square = curve({size: one[size] for size in ladder})

    def expected(keys: int) -> float:
        return fixed + each * keys + square * keys**2

    result = Result(
        name="stacks",
        title=f"pulumi up of new keys in one stack, and in {stacks}",
        columns=("keys", "one stack, s", f"{stacks} stacks, s"),
    )
    for size, seconds in one.items():
        result.rows.append(
            (f"{size:,}", f"{seconds:.1f}", f"{shared[size]:.1f}" if size in shared else "")
        )
    for size in (200, KEYS):
        if size not in one:
            in_ten = f"~{stacks * expected(size // stacks):,.0f} one after the other"
            result.rows.append((f"{size:,}, extrapolated", f"~{expected(size):,.0f}", in_ten))
    largest = max(shared)
    result.figures = [
        Figure(
            f"{largest:,} keys measured, {stacks} stacks / one",
            shared[largest] / one[largest],
            None,
        )
    ]
    if largest != KEYS:
        result.figures.append(
            Figure(
                f"{KEYS:,} keys extrapolated, {stacks} stacks one after the other / one",
                stacks * expected(KEYS // stacks) / expected(KEYS),
                None,
            )
        )
    result.notes = [
        f"One stack grows as {fixed:.1f} s + {1000 * each:.0f} ms n + {1000 * square:.2f} ms n²"
        " (n keys; fitted to the rows up to"
        f" {ladder[-1]}).",
        f"The {stacks} stacks were brought up by `keylife up --all`, as many at a time as there"
        " are cores.",
    ]
    return result
