"""Issuers and places of the sandbox, as an operator reaches them, and an unreliable way there."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from keylife.orphan import Clients
from keylife.sandbox.lifecycle import Sandbox
from tests.systems.lossy import Lossy, lossy


@pytest.fixture
def clients(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """Connections as commands make them: from the environment."""
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    return Clients()


@pytest.fixture
def name() -> str:
    """Of a key that no other test has."""
    return f"sys-{secrets.token_hex(4)}"


@pytest.fixture
def vault_way(sandbox: Sandbox) -> Iterator[Lossy]:
    """A way to Vault on which answers can be lost."""
    with lossy(sandbox.environment()["VAULT_ADDR"]) as way:
        yield way


@pytest.fixture
def aws_way(sandbox: Sandbox) -> Iterator[Lossy]:
    """A way to AWS on which answers can be lost."""
    with lossy(sandbox.environment()["AWS_ENDPOINT_URL"]) as way:
        yield way


@pytest.fixture
def through_vault_way(
    clients: Clients, vault_way: Lossy, monkeypatch: pytest.MonkeyPatch
) -> Clients:
    """The same operator, on that way."""
    monkeypatch.setenv("VAULT_ADDR", vault_way.url)
    return Clients()


@pytest.fixture
def through_aws_way(clients: Clients, aws_way: Lossy, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """The same operator, on that way."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_way.url)
    return Clients()
