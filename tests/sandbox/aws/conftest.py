from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.aws.running import Sandbox, sandbox


@pytest.fixture
def aws() -> Iterator[Sandbox]:
    running = sandbox()
    yield running
    running.move_clock(None)
    running.ask("faults", [])
