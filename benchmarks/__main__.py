"""``python -m benchmarks [NAME …] [--format text|json] [--full]``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Protocol

from rich.console import Console

from benchmarks import audit
from benchmarks.check import benchmark as check
from benchmarks.deploy import benchmark as deploy
from benchmarks.loading import benchmark as loading
from benchmarks.machine import load_average
from benchmarks.pack import benchmark as pack
from benchmarks.result import Result, show, write_json
from benchmarks.revoke import benchmark as revoke
from benchmarks.revoke_many import benchmark as revoke_many
from benchmarks.stacks import benchmark as stacks


class Benchmark(Protocol):
    """Measures one thing in an empty folder."""

    def __call__(self, folder: Path, *, full: bool) -> Result:
        """What was found; ``full`` takes the sizes that take long."""
        ...


BENCHMARKS: dict[str, Benchmark] = {
    "loading": loading.measure,
    "check": check.measure,
    "deploy": deploy.measure,
    "stacks": stacks.measure,
    "pack": pack.measure,
    "audit": audit.measure,
    "revoke": revoke.measure,
    "revoke-many": revoke_many.measure,
}


def main() -> None:
    """Run the benchmarks that are named, or all, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--full", action="store_true", help="the sizes that take long, too")
    options = parser.parse_args()
    for name in options.name:
        if name not in BENCHMARKS:
            parser.error(f"there is no benchmark `{name}`; there are {', '.join(BENCHMARKS)}")
    console = Console(stderr=options.format == "json", width=None if sys.stdout.isatty() else 110)
    results = []
    for name in options.name or BENCHMARKS:
        results.append(_measured(BENCHMARKS[name], full=options.full))
        show(results[-1], console)
    if options.format == "json":
        print(write_json(results))


def _measured(benchmark: Benchmark, *, full: bool) -> Result:
    before = load_average()
    with tempfile.TemporaryDirectory(prefix="keylife-bench-") as folder:
        result = benchmark(Path(folder), full=full)
    result.load = (before, load_average())
    return result


if __name__ == "__main__":
    main()
