"""What every test may ask for: a sandbox of its worker's own, and Pulumi projects on it."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from keylife.sandbox.lifecycle import Sandbox
from tests.litter import end_processes_with, processes_with
from tests.postgres import database, postgres, sqlite_store, store_url
from tests.workspace import MakeWorkspace, Workspace

__all__ = [
    "database",
    "postgres",
    "sqlite_store",
    "store_url",
]  # fixtures, kept where the server is

LONG = os.environ.get("KEYLIFE_LONG", "") not in ("", "0")

# `make test` draws the same examples each time, so that it answers for the change and not for
# its luck; `make test-long` draws others at every run.
settings.register_profile(
    "default",
    max_examples=1_000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)
settings.register_profile(
    "long", settings.get_profile("default"), max_examples=10_000, derandomize=False
)
settings.load_profile("long" if LONG else "default")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "end_to_end: runs the real Pulumi CLI on a sandbox")
    config.addinivalue_line("markers", "leaves(*what): what a test has to leave in no state")
    # A shell that puts this run into the background has it, and so every child, ignore
    # interrupts; tests that interrupt a command need them heard.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def long() -> bool:
    """Whether the big counts are wanted: `make test-long`."""
    return LONG


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox that is up, one for each worker; a space in its path, as people have them."""
    sandbox = Sandbox(tmp_path_factory.mktemp("sand box"))
    sandbox.up()
    yield sandbox
    sandbox.down()
    litter = processes_with(str(sandbox.folder))
    end_processes_with(str(sandbox.folder))
    assert litter == [], "the tests on this sandbox left processes behind"


@pytest.fixture
def make_workspace(
    sandbox: Sandbox, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[MakeWorkspace]:
    """Make a Pulumi project with a fresh stack from a program's text, or from its folder.

    Every process that its commands started is ended when the test ends.
    """
    made: list[Workspace] = []
    test = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:40].strip("-")

    def make(program: str | Path, *, config: dict[str, str] | None = None) -> Workspace:
        folder = tmp_path / f"project-{len(made) + 1}"
        workspace = Workspace(folder, sandbox, f"{test}-{len(made) + 1}")
        made.append(workspace)
        workspace.create(program, config or {})
        return workspace

    yield make
    for workspace in made:
        workspace.end_processes()
