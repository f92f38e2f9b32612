from __future__ import annotations

from collections.abc import Iterator

import pytest

from keylife.sandbox.plugins.aws.provider import AwsProvider
from tests.conformance.replay import served
from tests.sandbox.aws.running import Sandbox, sandbox
from tests.sandbox.plugins.aws.declared import configuration
from tests.sandbox.plugins.engine import Engine


@pytest.fixture
def aws() -> Iterator[Sandbox]:
    running = sandbox()
    yield running
    running.ask("faults", [])


@pytest.fixture
def unconfigured() -> Iterator[Engine]:
    with served(AwsProvider()) as plugin:
        yield Engine(plugin)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """Configured as the sandbox's admin; a program's plugin serves all of its resources too."""
    with served(AwsProvider()) as plugin:
        engine = Engine(plugin)
        engine.configure(**configuration(sandbox()))
        yield engine
