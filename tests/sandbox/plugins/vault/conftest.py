"""One OpenBao for these tests, and a plugin in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import hvac
import pytest

from keylife.sandbox.plugins.vault.provider import VaultProvider
from tests.conformance.replay import served
from tests.openbao import running_openbao
from tests.sandbox.plugins.engine import Engine

MakeEngine = Callable[..., Engine]


@pytest.fixture(scope="session")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[hvac.Client]:
    with running_openbao(tmp_path_factory.mktemp("openbao")) as client:
        yield client


@pytest.fixture
def make_engine(vault: hvac.Client) -> Iterator[MakeEngine]:
    """Start a plugin with this configuration, as each deploy does."""
    with ExitStack() as running:

        def make(**config: str) -> Engine:
            provider = VaultProvider(clock=lambda: datetime.now(UTC), environment={})
            engine = Engine(running.enter_context(served(provider)))
            engine.configure(**{"address": vault.url, "token": vault.token, **config})
            return engine

        yield make


@pytest.fixture
def engine(make_engine: MakeEngine) -> Engine:
    return make_engine()
