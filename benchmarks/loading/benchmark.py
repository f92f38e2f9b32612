"""Load and plan, beside the peer, in turns."""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.loading.declared import spoil, write_declarations
from benchmarks.machine import Run, middle, run
from benchmarks.result import Figure, Result

REPOSITORY = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
KEYS = 100_000
FAULTY = 10_000
"""Keys beside which one fault is looked for."""


def measure(
    folder: Path, *, full: bool, keys: int = KEYS, faulty: int = FAULTY, turns: int | None = None
) -> Result:
    """Load and plan ``keys`` declared keys.

    Args:
        folder: an empty one.
        full: five turns instead of two, and one of the peer with its collector on.
        keys: how many.
        faulty: among how many keys one fault is looked for.
        turns: how often; by default as ``full`` says.
    """
    write_declarations(folder / "many", keys)
    write_declarations(folder / "faulty", faulty)
    spoil(folder / "faulty")
    runs: dict[str, list[tuple[Run, dict[str, Any]]]] = defaultdict(list)
    for turn in range(turns or (5 if full else 2)):
        runs["keylife"].append(run_program("keylife_program.py", folder / "many"))
        runs["CSafeLoader"].append(run_program("csafeloader_program.py", folder / "many"))
        if full or turn == 0:  # it takes minutes
            with_collector = run_program("csafeloader_program.py", folder / "many", "--collector")
            runs["CSafeLoader, collector on"].append(with_collector)
        runs["keylife, one fault"].append(run_program("keylife_program.py", folder / "faulty"))
    return _result(runs, keys, faulty)


def run_program(program: str, *arguments: Path | str) -> tuple[Run, dict[str, Any]]:
    """Run one of the programs beside this file; what it prints is read.

    Raises:
        FailedError: it found something wrong, or failed.
    """
    done = run(
        [sys.executable, HERE / program, *arguments],
        folder=REPOSITORY,
        environment={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    return done, json.loads(done.output)


def _result(runs: dict[str, list[tuple[Run, dict[str, Any]]]], keys: int, faulty: int) -> Result:
    counted = {told["keys"] for name in ("keylife", "CSafeLoader") for _, told in runs[name]}
    assert counted == {keys}, "both are to have read every key"
    assert {told["faults"] for _, told in runs["keylife, one fault"]} == {1}

    def cpu(name: str, phase: str = "load") -> float:
        return middle([told[phase] for _, told in runs[name]])

    result = Result(
        name="loading",
        title=f"Load, validate and plan {keys:,} declared keys",
        columns=("program", "load, CPU s", "plan, CPU s", "process, s", "peak, MiB"),
    )
    for name, done in runs.items():
        plan = f"{cpu(name, 'plan'):.2f}" if name == "keylife" else ""
        of = f" among {faulty:,} keys" if "fault" in name else ""
        result.rows.append(
            (
                name + of,
                f"{cpu(name):.2f}",
                plan,
                f"{middle([r.seconds for r, _ in done]):.1f}",
                f"{middle([r.peak for r, _ in done]):.0f}",
            )
        )
    plain = cpu("keylife") / cpu("CSafeLoader, collector on")
    result.figures = [
        Figure("load / CSafeLoader as one writes it", plain, 0.2),
        Figure(
            "load / CSafeLoader with the collector off too",
            cpu("keylife") / cpu("CSafeLoader"),
            0.2,
            "(the harder comparison: keylife's loader switches it off)",
        ),
        Figure("plan / load", cpu("keylife", "plan") / cpu("keylife"), 1.0),
    ]
    result.notes = [
        "The peer reads with yaml.CSafeLoader and does the same checks with the same models; it"
        " lets pass what PyYAML lets pass.",
        f"One fault among {faulty:,} keys is told with its line in"
        f" {cpu('keylife, one fault'):.2f} s.",
    ]
    return result
