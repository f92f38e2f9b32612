"""OPA, built from the Go module that is pinned beside its rules."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.machine import run

REPOSITORY = Path(__file__).resolve().parents[2]
MODULE = Path(__file__).parent / "opa"
RULES = MODULE / "rules.rego"


def build() -> Path:
    """The executable; building it takes minutes the first time, and a second from then on.

    Raises:
        FailedError: it cannot be built.
    """
    cache = REPOSITORY / ".cache"
    built = cache / "opa" / "opa"
    environment = dict(os.environ)
    if "HOME" not in environment:  # Go wants one for its caches
        environment |= {"GOPATH": str(cache / "go/path"), "GOCACHE": str(cache / "go/build")}
    run(
        ["go", "build", "-ldflags", "-s -w", "-o", built, "github.com/open-policy-agent/opa"],
        folder=MODULE,
        environment=environment,
    )
    return built


def command(opa: Path, data: Path) -> list[str | Path]:
    """How it is asked for all findings.

    As input the document is parsed once into what OPA computes with; as ``--data`` it takes longer.

    Args:
        opa: the executable.
        data: the declarations in JSON.
    """
    asked = "data.keylife.findings"
    return [opa, "eval", "--format", "raw", "--input", data, "--data", RULES, asked]
