"""Previews without a pack, with an empty one and with keylife's, in turns."""

from __future__ import annotations

from pathlib import Path

from benchmarks.machine import middle
from benchmarks.result import Figure, Result
from benchmarks.stack import REPOSITORY, Stack
from keylife.crossguard import policies
from keylife.sandbox.lifecycle import Sandbox

HERE = Path(__file__).parent
PACKS: dict[str, Path | None] = {
    "no pack": None,
    "one empty rule": HERE / "empty_pack",
    "as many empty rules": HERE / "empty_pack",
    "keylife's": REPOSITORY / "policies",
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
            result.figures.append(
                Figure(
                    f"{size:,} resources, keylife's / as many empty rules",
                    seconds["keylife's"] / seconds["as many empty rules"],
                    None,
                )
            )
    finally:
        sandbox.down()
    result.notes = [
        "ms a resource: what keylife's pack takes above the one empty rule.",
        f"keylife's pack is {_policies()} policies: the SDK converts a resource's inputs anew for"
        " each of them.",
    ]
    return result


def previews(folder: Path, sandbox: Sandbox, size: int, often: int) -> dict[str, float]:
    """By pack, the median of seconds."""
    stack = Stack(
        folder, sandbox, f"of-{size}", HERE / "program", {"benchmark:resources": str(size)}
    )
    seconds: dict[str, list[float]] = {name: [] for name in PACKS}
    for _ in range(often):
        for name, pack in PACKS.items():
            arguments = () if pack is None else ("--policy-pack", pack)
            rules = _policies() if name == "as many empty rules" else 1
            done = stack.preview(*arguments, extra={"EMPTY_RULES": str(rules)})
            seconds[name].append(done.seconds)
    return {name: middle(taken) for name, taken in seconds.items()}


def _policies() -> int:
    """How many policies this repository's pack is."""
    return len(policies(beside=REPOSITORY / "policies"))
