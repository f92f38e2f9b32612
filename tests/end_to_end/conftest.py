"""Projects on the sandbox, and the oracle that looks at its issuers."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest

from keylife.sandbox.lifecycle import Sandbox
from tests.end_to_end.conservation import orphans
from tests.end_to_end.oracle import Oracle
from tests.end_to_end.project import PROGRAM, Project


class MakeProject(Protocol):
    """The fixture ``make_project``."""

    def __call__(
        self, program: str | Path = PROGRAM, *, config: Mapping[str, str] | None = None
    ) -> Project: ...


@pytest.fixture(scope="module")
def make_project(
    sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[MakeProject]:
    """Make a project with a fresh stack; its processes end with the module's tests."""
    made: list[Project] = []
    module = re.sub(r"[^a-z0-9]+", "-", Path(request.node.name).stem.lower()).strip("-")

    def make(program: str | Path = PROGRAM, *, config: Mapping[str, str] | None = None) -> Project:
        folder = tmp_path_factory.mktemp("pro ject")
        project = Project(folder / "repository", sandbox, f"{module}-{secrets.token_hex(3)}")
        made.append(project)
        project.create(program, config)
        return project

    yield make
    for project in made:
        project.end_processes()
    sandbox.set_clock(None)


@pytest.fixture
def project(
    make_project: MakeProject, oracle: Oracle, request: pytest.FixtureRequest
) -> Iterator[Project]:
    """A project of the test's own; what runs of it afterwards is litter, and ended.

    When the test is over, the issuers have nothing that its stack's state does not have, whatever
    was revoked, rotated, killed or broken meanwhile. One that has to leave something is marked
    ``leaves``, with what and why.
    """
    project = make_project()
    yield project
    project.end_processes()
    leaves = request.node.get_closest_marker("leaves")
    left = {
        what: ids
        for what, ids in orphans(project, oracle).items()
        if leaves is None or what not in leaves.args
    }
    assert left == {}


@pytest.fixture(scope="session")
def oracle(sandbox: Sandbox) -> Oracle:
    """Who logs in and counts."""
    return Oracle(sandbox)
