"""The state is read as seldom as can be, and once more for what it does not know."""

from __future__ import annotations

from typing import Any

import pytest

from keylife.engine.stack import Stack
from keylife.errors import LedgerUnreadableError
from keylife.revocation.reach import Reach
from tests.store.builders import holding

SIGNATURE = "4dabf18193072939515e22adb298388d"
PROVIDER = "urn:pulumi:dev::p::pulumi:providers:aws::default_7_0_0"


class Fake(Stack):
    """A stack whose state a test writes, and that counts who asks."""

    def __init__(self, *resources: dict[str, Any], passphrase: bool = True) -> None:
        super().__init__("organization/payments/prod")
        self.resources = list(resources)
        self.passphrase = passphrase
        self.asked: list[str] = []

    def export(self) -> dict[str, Any]:
        self.asked.append("state")
        return {"deployment": {"resources": self.resources}}

    def export_in_the_clear(self) -> dict[str, Any]:
        self.asked.append("secrets")
        if not self.passphrase:
            raise LedgerUnreadableError("the passphrase is wrong")
        return {"deployment": {"resources": self.resources}}


def key_with(*versions: int) -> list[dict[str, Any]]:
    """What a state has of `billing-deploy` with these versions."""
    urn = "urn:pulumi:dev::p::"
    key: dict[str, Any] = {
        "urn": f"{urn}keylife:index:ManagedKey::billing-deploy",
        "type": "keylife:index:ManagedKey",
        "inputs": {"id": "billing-deploy"},
    }
    resources: list[dict[str, Any]] = [
        {"urn": PROVIDER, "type": "pulumi:providers:aws", "custom": True},
        key,
    ]
    for number in versions:
        name = f"billing-deploy-v{number}"
        version = {
            "urn": f"{urn}keylife:index:Version::{name}",
            "type": "keylife:index:Version",
            "parent": key["urn"],
            "inputs": {"key": "billing-deploy", "version": number},
        }
        credential = {
            "urn": f"{urn}aws:iam/accessKey:AccessKey::{name}",
            "type": "aws:iam/accessKey:AccessKey",
            "custom": True,
            "parent": version["urn"],
            "id": f"AKIA{number}",
            "provider": f"{PROVIDER}::1",
            "inputs": {"user": name, "status": "Active"},
            "outputs": {
                "user": name,
                "secret": {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"canary"'},
            },
        }
        resources += [version, credential]
    return resources


def held(version: int = 1) -> Any:
    return holding(f"aws-iam/AKIA{version}", version=version, provider=f"{PROVIDER}::1")


def test_one_look_at_the_state_serves_everything() -> None:
    stack = Fake(*key_with(1))
    reach = Reach(stack)
    [found] = reach.holdings("billing-deploy")
    reach.read_secrets([found])
    assert reach.material(found) == {"access_key_id": "AKIA1", "secret_access_key": "canary"}
    assert reach.clients(found) is reach.clients(found)
    assert stack.asked == ["secrets"]
    assert "canary" not in repr(reach)


def test_a_version_that_is_younger_than_the_look_is_looked_for_once_more() -> None:
    stack = Fake(*key_with(1))
    reach = Reach(stack)
    assert len(reach.holdings("billing-deploy")) == 1
    stack.resources = key_with(1, 2)
    assert reach.material(held(2)) == {"access_key_id": "AKIA2", "secret_access_key": "canary"}
    assert reach.material(held(3)) is None
    assert reach.material(held(3)) is None
    assert stack.asked == ["secrets"] * 3


def test_without_a_passphrase_a_key_can_die_but_not_be_used() -> None:
    stack = Fake(*key_with(1), passphrase=False)
    [secret] = [r["outputs"] for r in stack.resources if "outputs" in r]
    secret["secret"] = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}
    reach = Reach(stack)
    [found] = reach.holdings("billing-deploy")
    assert found.place == "aws-iam/AKIA1"
    assert reach.material(found) is None


def test_a_state_that_cannot_be_read_is_an_error_and_not_an_empty_one() -> None:
    class Broken(Fake):
        def export(self) -> dict[str, Any]:
            raise LedgerUnreadableError("the backend is away")

    with pytest.raises(LedgerUnreadableError, match="the backend is away"):
        Reach(Broken(passphrase=False)).holdings("billing-deploy")
