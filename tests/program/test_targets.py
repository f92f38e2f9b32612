"""Keys and deliveries in targets: which provider each resource is made with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pulumi
import pytest

from keylife.errors import UsageError
from keylife.model.ledger import Ledger
from keylife.model.target import read_targets
from keylife.program import deploy as program
from keylife.program.deploy import deploy
from keylife.program.instant import Instants
from keylife.program.ledger import parse_ledger
from keylife.program.targets import Providers
from tests.program.declared import declare, key
from tests.program.engine import ACCESS_KEY, KV, SECRET, SECRET_VALUE, TOKEN, Engine, Registered

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROLE = "arn:aws:iam::123456789012:role/keylife"
AWS, VAULT = "pulumi:providers:aws", "pulumi:providers:vault"
TARGETS = {
    "pay": {"aws": {"assumeRole": ROLE}},
    "far": {"aws": {"region": "ap-south-1"}, "vault": {"namespace": "far"}},
    "team": {"vault": {"namespace": "team", "tokenVariable": "VAULT_TOKEN_TEAM"}},
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: targets\nruntime: python\n")
    monkeypatch.chdir(tmp_path)  # the project's store is beside its Pulumi.yaml
    monkeypatch.setenv("VAULT_TOKEN_TEAM", "canary-token")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "VAULT_ADDR", "VAULT_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)


class Stack:
    """One deploy in an engine in memory."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.engine = Engine()

    def deploy(self, *keys: Any, ledger: Ledger | None = None, **config: str) -> Engine:
        self.engine = Engine()
        self._monkeypatch.setattr(program, "read_ledger", lambda _stack: ledger or Ledger())
        settings = {"keylife:targets": json.dumps(TARGETS), **config}

        def run() -> Any:
            pulumi.runtime.set_all_config({k.replace("__", ":"): v for k, v in settings.items()})
            at = Instants(NOON, NOON, simulated=False)
            return deploy(declare(*keys), at, clock=lambda: NOON, sink=_Nowhere())

        try:
            self.engine.run(run)
        finally:
            pulumi.runtime.set_all_config({})
        return self.engine


class _Nowhere:
    def append(self, event: Any) -> None:
        """Forget it."""


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stack:
    return Stack(monkeypatch)


def provider_of(resource: Registered) -> str:
    """The name of the provider a resource was registered with; empty for the stack's own."""
    return resource.provider.split("::")[-2] if resource.provider else ""


def delivering(**places: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [{name.replace("_", "-"): settings} for name, settings in places.items()]


def test_key_and_delivery_are_each_in_their_own_target(stack: Stack) -> None:
    places = delivering(
        vault_kv={"mount": "secret", "path": "a"},
        secrets_manager={"name": "a", "target": "far"},
    )
    engine = stack.deploy(key(id="a", target="pay", deliver=places))

    assert provider_of(engine.one(ACCESS_KEY, "a-v1")) == "keylife-pay"
    assert provider_of(engine.one("aws:iam/user:User", "a-v1-user")) == "keylife-pay"
    assert provider_of(engine.one(KV, "a/vault-kv/secret/a")) == ""
    for kind, name in ((SECRET, "#secret"), (SECRET_VALUE, "")):
        place = f"a/secrets-manager/a@far{name}"
        assert provider_of(engine.one(kind, place)) == "keylife-far"
    assert set(engine.names(AWS)) == {"keylife-pay", "keylife-far"}
    assert engine.names(VAULT) == []  # nobody uses the target's other side


def test_a_provider_is_what_the_config_says_and_else_the_stack_s_own(stack: Stack) -> None:
    engine = stack.deploy(
        key(id="a", target="pay"),
        key(id="b", kind="vault-token", target="team"),
        key(id="c", kind="vault-token", target="far"),
        aws__region="eu-west-1",
        vault__address="https://vault.example.com",
    )

    pay, team, far = (
        engine.one(AWS, "keylife-pay"),
        engine.one(VAULT, "keylife-team"),
        engine.one(VAULT, "keylife-far"),
    )
    assert pay.inputs["region"] == "eu-west-1"
    assert json.loads(pay.inputs["assumeRoles"]) == [{"roleArn": ROLE, "sessionName": "keylife"}]
    assert (team.inputs["address"], team.inputs["namespace"]) == (
        "https://vault.example.com",
        "team",
    )
    assert team.inputs["token"] == "canary-token" and "token" in team.secret_inputs
    assert far.inputs["namespace"] == "far" and "token" not in far.inputs
    assert provider_of(engine.one(TOKEN, "b-v1")) == "keylife-team"


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        pytest.param({"target": "nowhere"}, "`aws:` under keylife:targets, nowhere", id="of a key"),
        pytest.param(
            {"target": "team"},
            "`aws:` under keylife:targets, team",
            id="of a key, with a Vault only, for a kind of AWS",
        ),
        pytest.param(
            {"deliver": delivering(vault_kv={"mount": "m", "path": "p", "target": "pay"})},
            "`vault:` under keylife:targets, pay",
            id="of a delivery, with an account only, for a Vault",
        ),
    ],
)
def test_a_target_that_is_not_there_is_refused_before_anything_is_registered(
    stack: Stack, declared: Any, told: str
) -> None:
    with pytest.raises(pulumi.RunError, match=told):
        stack.deploy(key(id="good"), key(id="lost", **declared))

    assert stack.engine.registered == []


def test_a_token_that_is_not_in_the_environment_is_refused(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VAULT_TOKEN_TEAM")

    with pytest.raises(pulumi.RunError, match="VAULT_TOKEN_TEAM is not set"):
        stack.deploy(key(id="a", kind="vault-token", target="team"))


def test_what_is_deleted_in_a_target_is_deleted_with_the_token_of_today(stack: Stack) -> None:
    """A provider in the state whose last key was revoked is declared again all the same."""
    standing = Ledger(providers=frozenset({("team", "vault"), ("gone", "aws")}))

    engine = stack.deploy(key(id="a"), ledger=standing)

    assert engine.names(VAULT) == ["keylife-team"]
    assert engine.names(AWS) == []  # the config has no such target any more


def test_the_ledger_tells_which_targets_have_a_provider_in_the_state() -> None:
    def provider(package: str, name: str) -> dict[str, Any]:
        kind = f"pulumi:providers:{package}"
        return {"type": kind, "urn": f"urn:pulumi:dev::keylife::{kind}::{name}"}

    state = {
        "version": 3,
        "deployment": {
            "resources": [
                provider("aws", "keylife-pay"),
                provider("vault", "keylife-pay"),
                provider("aws", "default_7_51_1"),
            ]
        },
    }

    assert parse_ledger(state).providers == {("pay", "aws"), ("pay", "vault")}


def test_a_target_is_no_provider_of_other_packages() -> None:
    with pytest.raises(UsageError, match="`github:`"):
        Providers(read_targets(TARGETS)).of("pay", "github")
