"""Issuers and places of the sandbox, as an operator reaches them, and an unreliable way there."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from keylife.orphan import Clients
from keylife.sandbox.lifecycle import Sandbox
from tests.systems.lossy import Lossy, lossy

SERVICES = ("apigateway", "iam", "secretsmanager", "ssm", "sts")


def connected(sandbox: Sandbox, **other: str) -> Clients:
    """Connections as commands make them, from the environment; once, because a client of AWS's
    takes a tenth of a second to make."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {**sandbox.environment(), **other}.items():
            environment.setenv(name, value)
        made = Clients()
        for service in SERVICES:
            made.aws(service)
        assert made.vault.url
    return made


@pytest.fixture(scope="session")
def operator(sandbox: Sandbox) -> Clients:
    """Whoever revokes."""
    return connected(sandbox)


@pytest.fixture
def clients(operator: Clients, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """The operator, and an environment of whom others can be made."""
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    return operator


@pytest.fixture
def name() -> str:
    """Of a key that no other test has."""
    return f"sys-{secrets.token_hex(4)}"


@pytest.fixture(scope="session")
def ways(sandbox: Sandbox) -> Iterator[tuple[Lossy, Lossy, Clients]]:
    """A way to Vault and one to AWS, and the operator on them."""
    there = sandbox.environment()
    with lossy(there["VAULT_ADDR"]) as vault, lossy(there["AWS_ENDPOINT_URL"]) as aws:
        on_them = connected(sandbox, VAULT_ADDR=vault.url, AWS_ENDPOINT_URL=aws.url)
        yield vault, aws, on_them


@pytest.fixture
def vault_way(ways: tuple[Lossy, Lossy, Clients]) -> Lossy:
    """A way to Vault on which answers can be lost; faultless as the test begins."""
    return ways[0].mended()


@pytest.fixture
def aws_way(ways: tuple[Lossy, Lossy, Clients]) -> Lossy:
    """A way to AWS on which answers can be lost; faultless as the test begins."""
    return ways[1].mended()


@pytest.fixture
def through_vault_way(ways: tuple[Lossy, Lossy, Clients], vault_way: Lossy) -> Clients:
    """The same operator, on that way."""
    return ways[2]


@pytest.fixture
def through_aws_way(ways: tuple[Lossy, Lossy, Clients], aws_way: Lossy) -> Clients:
    """The same operator, on that way."""
    return ways[2]
