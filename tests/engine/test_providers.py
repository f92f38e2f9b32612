"""The issuers that recovery asks are those that the stack's providers speak to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from keylife.engine.providers import connection_of, provider_of
from keylife.engine.stack import Stack
from keylife.engine.tokens import StackOfToday
from keylife.model.target import Target, VaultTarget
from keylife.orphan import Connection


def provider(package: str, name: str, **inputs: Any) -> dict[str, Any]:
    kind = f"pulumi:providers:{package}"
    return {"urn": f"urn:pulumi:d::p::{kind}::{name}", "type": kind, "id": "1", "inputs": inputs}


STATE = {
    "deployment": {
        "resources": [
            provider("aws", "default_7_51_1", region="eu-central-1"),
            provider("aws", "keylife-prod-us", region="us-east-2"),
            provider(
                "aws",
                "keylife-prod",
                region="eu-west-1",
                assumeRoles='[{"roleArn":"arn:aws:iam::123456789012:role/x"}]',
            ),
            provider("aws", "keylife-prod-eu", region="eu-north-1"),
            provider("aws", "keylife-pro", region="eu-north-1"),
            provider("vault", "default_7_14_0", token="old"),
            provider(
                "vault", "keylife-prod", address="https://v", namespace="team", token={"a": "b"}
            ),
        ]
    }
}


def secrets(urn: str) -> Mapping[str, str]:
    return {"token": f"of {urn.rpartition('::')[2]}"}


@pytest.mark.parametrize(
    ("kind", "target", "connection"),
    [
        ("aws:iam/user:User", None, Connection(region="eu-central-1")),
        (
            "aws:iam/user:User",
            "prod",
            Connection(region="eu-west-1", role="arn:aws:iam::123456789012:role/x"),
        ),
        ("vault:index/token:Token", None, Connection()),
        (
            "vault:index/token:Token",
            "prod",
            Connection(address="https://v", namespace="team", token="of keylife-prod"),
        ),
        ("gcp:x:Y", None, Connection()),
    ],
)
def test_a_target_is_reached_as_its_provider_reaches_it(
    kind: str, target: str | None, connection: Connection
) -> None:
    assert connection_of(STATE, provider_of(STATE, kind, target), secrets) == connection


VAULT = VaultTarget(namespace="team", token_variable="VAULT_TOKEN_TEAM")


@pytest.mark.parametrize(
    ("environment", "token"),
    [({"VAULT_TOKEN_TEAM": "today's"}, "today's"), ({}, "the run's"), ({"X": "y"}, "the run's")],
)
def test_a_target_s_token_is_today_s(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], token: str
) -> None:
    monkeypatch.setattr(Stack, "secrets", lambda _self, _urn: {"token": "the run's"})
    stack = StackOfToday("dev", {"team": Target(vault=VAULT)}, environment)

    assert stack.secrets("urn:pulumi:d::p::pulumi:providers:vault::keylife-team") == {
        "token": token
    }
    assert stack.secrets("urn:pulumi:d::p::pulumi:providers:vault::keylife-else") == {
        "token": "the run's"
    }


def test_no_token_is_shown() -> None:
    assert "canary" not in repr(Connection(token="canary"))
