"""Check and ``opa eval``, whole processes, in turns; both have to find the same."""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

from benchmarks.check import peer
from benchmarks.check.declared import AT
from benchmarks.machine import Run, middle, run
from benchmarks.memory import peak
from benchmarks.result import Figure, Result
from keylife.compliance.rules import RULES

REPOSITORY = Path(__file__).resolve().parents[2]
KEYLIFE = Path(sys.executable).with_name("keylife")
CHECK = (KEYLIFE, "check", "stacks", "--at", AT, "--format", "json")
SIZES = (1_000, 10_000, 100_000)
BLOCK = 500
"""In so many keys each rule finds something in one or two: about one key in twenty."""

MOST_MEMORY = 500
"""MiB, at the largest size."""

Finding = tuple[str, str, str]
"""Rule, severity, subject."""


def measure(
    folder: Path, *, full: bool, sizes: tuple[int, ...] = SIZES, turns: int | None = None
) -> Result:
    """Check declarations of some sizes with both.

    Args:
        folder: an empty one.
        full: five turns of each size; else three, and two of the largest.
        sizes: how many keys; whole blocks, the smallest first.
        turns: how often, whatever the size.
    """
    opa = peer.build()
    ours: dict[int, list[Run]] = {}
    theirs: dict[int, list[Run]] = {}
    memory: dict[int, float] = {}
    found: set[Finding] = set()
    for size in sizes:
        place = folder / str(size)
        write_declared(place, size, BLOCK)
        if size == sizes[0]:
            run_keylife(place)  # Python compiles it, as `pip install` does
        often = turns or (5 if full else 2 if size == sizes[-1] else 3)
        ours[size], theirs[size], found = compare(place, opa, often)
        memory[size] = peak_of_keylife(place)
    return _result(ours, theirs, memory, found)


def write_declared(folder: Path, count: int, block: int) -> None:
    """Write the same declarations for both.

    By a process of its own: a child's peak is never below what its parent held when it began.
    """
    run(
        [sys.executable, "-m", "benchmarks.check.declared", folder, str(count), str(block)],
        folder=REPOSITORY,
        environment=os.environ,
    )


def compare(folder: Path, opa: Path, often: int) -> tuple[list[Run], list[Run], set[Finding]]:
    """Run both on one folder, in turns.

    Returns:
        keylife's runs, OPA's, and what either of them found.

    Raises:
        FailedError: one of them failed.
    """
    runs: dict[str, list[Run]] = defaultdict(list)
    found: dict[str, set[Finding]] = {}
    for _ in range(often):
        for name in ("keylife", "OPA"):
            done = run_keylife(folder) if name == "keylife" else run_opa(opa, folder)
            told = json.loads(done.output)
            found[name] = findings_of(told["findings"] if name == "keylife" else told)
            runs[name].append(replace(done, output=""))
    differing = found["keylife"] ^ found["OPA"]
    assert not differing, f"only one of the two found {sorted(differing)[:10]}"
    return runs["keylife"], runs["OPA"], found["keylife"]


def run_keylife(folder: Path) -> Run:
    """`keylife check`, as anybody runs it who installed it: from bytecode."""
    return run(CHECK, folder=folder, environment=_installed(folder), exit_code=1)


def peak_of_keylife(folder: Path) -> float:
    """What all of its processes have of memory at once, in MiB, in a run that is not timed."""
    return peak(CHECK, folder=folder, environment=_installed(folder))


def _installed(folder: Path) -> dict[str, str]:
    bytecode = {"PYTHONPYCACHEPREFIX": str(folder.parent / "bytecode")}
    written = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return written | bytecode


def run_opa(opa: Path, folder: Path) -> Run:
    """`opa eval`, in its faster way to be asked."""
    return run(peer.command(opa, folder / "data.json"), folder=folder, environment=os.environ)


def findings_of(told: Iterable[Mapping[str, Any]]) -> set[Finding]:
    """What was found, without the words for it."""
    return {(f["rule"], f["severity"], f["subject"]) for f in told}


def _result(
    ours: Mapping[int, list[Run]],
    theirs: Mapping[int, list[Run]],
    memory: Mapping[int, float],
    found: set[Finding],
) -> Result:
    result = Result(
        name="check",
        title="keylife check and opa eval, whole processes",
        columns=("keys", "keylife, s", "CPU s", "MiB", "OPA, s", "CPU s", "MiB"),
    )
    for size in ours:
        told = [
            text
            for runs, mebibytes in (
                (ours[size], f"{memory[size]:.0f}"),
                (theirs[size], _peak(theirs[size])),
            )
            for text in (
                f"{middle([r.seconds for r in runs]):.2f}",
                f"{middle([r.cpu for r in runs]):.2f}",
                mebibytes,
            )
        ]
        result.rows.append((f"{size:,}", *told))
    smallest, largest = min(ours), max(ours)
    result.figures = [
        Figure(f"{largest:,} keys, keylife / OPA", _ratio(ours, theirs, largest), 1 / 3),
        Figure(f"{smallest:,} keys, keylife / OPA", _ratio(ours, theirs, smallest), 3.0),
        Figure(
            f"{largest:,} keys, peak / {MOST_MEMORY} MiB",
            memory[largest] / MOST_MEMORY,
            1.0,
        ),
        *_growth(ours),
    ]
    rules = {rule for rule, _, _ in found}
    silent = sorted(rule.id for rule in RULES if rule.id not in rules)
    result.notes = [
        f"Both found the same {len(found):,} things by {len(rules)} rules, with severity.",
        f"keylife asks {len(silent)} more, which no declaration can break: {', '.join(silent)}.",
        f"keylife's memory is that of all its processes together ({os.cpu_count()} cores).",
        "keylife reads YAML and validates it, and tells for each finding its words, its file and"
        " its line; OPA reads JSON as it is.",
    ]
    return result


def _peak(runs: list[Run]) -> str:
    """The largest; where it cannot be told from this process's own, that it is no larger."""
    peak, own = max(r.peak for r in runs), getrusage(RUSAGE_SELF).ru_maxrss / 1024
    return f"{peak:.0f}" if peak > own else f"< {own:.0f}"


def _ratio(ours: Mapping[int, list[Run]], theirs: Mapping[int, list[Run]], size: int) -> float:
    """The median of the turns' ratios."""
    pairs = zip(ours[size], theirs[size], strict=True)
    return middle([one.seconds / other.seconds for one, other in pairs])


def _growth(ours: Mapping[int, list[Run]]) -> list[Figure]:
    """How far from a straight line: what a key more takes at the top, and further down."""
    if len(ours) < 3:  # two points are always on one
        return []
    low, mid, high = sorted(ours)[-3:]
    cpu = {size: middle([r.cpu for r in runs]) for size, runs in ours.items()}
    lower, upper = (cpu[mid] - cpu[low]) / (mid - low), (cpu[high] - cpu[mid]) / (high - mid)
    return [
        Figure(
            "CPU time for one key more, last step / step before",
            upper / lower,
            1.25,
            "(1 is linear)",
        )
    ]
