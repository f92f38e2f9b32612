"""Previews without a pack, with an empty one and with keylife's, in turns."""

from __future__ import annotations

from pathlib import Path

from benchmarks.machine import middle
from benchmarks.result import Figure, Result
from benchmarks.stack import REPOSITORY, Stack
from keylife.sandbox.lifecycle import Sandbox

HERE = Path(__file__).parent
PACKS: dict[str, tuple[str | Path, ...]] = {
    "no pack": (),
    "one empty rule": ("--policy-pack", HERE / "empty_pack"),
    "keylife's": ("--policy-pack", REPOSITORY / "policies"),
}
SIZES = (1_000, 5_000)
FULL_SIZE = 5_000
"""What takes minutes is measured once, unless all is wanted."""


def measure(
    folder: Path, *, full: bool, sizes: tuple[int, ...] = SIZES, turns: int | None = None
) -> Result:
    """Preview programs of some sizes with each pack.

    Args:
        folder: an empty one.
        full: five turns instead of three; of the large size three instead of one.
        sizes: how many resources.
        turns: how often, whatever the size; by default as ``full`` says.
    """
    result = Result(
        name="pack",
        title="pulumi preview with a policy pack; one resource in ten is a credential",
        columns=("resources", *(f"{name}, s" for name in PACKS), "ms a resource"),
    )
    sandbox = Sandbox(folder / "sandbox")
    sandbox.up()
    try:
        for size in sizes:
            often = turns or (5 if full else 3)
            if turns is None and size >= FULL_SIZE:
                often = 3 if full else 1
            seconds = previews(folder / str(size), sandbox, size, often)
            each = (seconds["keylife's"] - seconds["one empty rule"]) / size * 1000
            told = [f"{seconds[name]:.1f}" for name in PACKS]
            result.rows.append((f"{size:,}", *told, f"{each:.2f}"))
            result.figures.append(
                Figure(
                    f"{size:,} resources, keylife's / one empty rule",
                    seconds["keylife's"] / seconds["one empty rule"],
                    1.2 if size == 1_000 else None,
                )
            )
    finally:
        sandbox.down()
    result.notes = ["A millisecond a resource is what keylife's pack takes above the empty one."]
    return result


def previews(folder: Path, sandbox: Sandbox, size: int, often: int) -> dict[str, float]:
    """By pack, the median of seconds."""
    stack = Stack(
        folder, sandbox, f"of-{size}", HERE / "program", {"benchmark:resources": str(size)}
    )
    seconds: dict[str, list[float]] = {name: [] for name in PACKS}
    for _ in range(often):
        for name, arguments in PACKS.items():
            seconds[name].append(stack.preview(*arguments).seconds)
    return {name: middle(taken) for name, taken in seconds.items()}
