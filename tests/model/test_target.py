"""What a stack's config may say of its targets."""

from __future__ import annotations

from typing import Any

import pytest

from keylife.errors import UsageError
from keylife.model.target import provider_name, read_targets, target_of

ROLE = "arn:aws:iam::123456789012:role/keylife"


def test_nothing_said_is_no_target() -> None:
    assert read_targets(None) == {}
    assert read_targets({}) == {}


def test_a_target_is_read_as_the_config_writes_it() -> None:
    targets = read_targets(
        {
            "pay": {"aws": {"region": "eu-central-1", "profile": "pay", "assumeRole": ROLE}},
            "team": {
                "vault": {
                    "address": "https://vault.example.com",
                    "namespace": "team",
                    "tokenVariable": "VAULT_TOKEN_TEAM",
                }
            },
        }
    )

    aws, vault = targets["pay"].aws, targets["team"].vault
    assert aws is not None and vault is not None
    assert (aws.region, aws.profile, aws.assume_role) == ("eu-central-1", "pay", ROLE)
    assert (vault.address, vault.namespace) == ("https://vault.example.com", "team")
    assert vault.token_variable == "VAULT_TOKEN_TEAM"
    assert targets["pay"].vault is None


@pytest.mark.parametrize(
    ("config", "told"),
    [
        pytest.param({"pay": {}}, "pay: a target says where", id="a target that is nowhere"),
        pytest.param({"Pay": {"aws": {}}}, "Pay", id="a name with a capital"),
        pytest.param(
            {"pay": {"aws": {"assumeRole": "keylife"}}},
            "pay.aws.assumeRole: not a role's ARN",
            id="a role by its name",
        ),
        pytest.param(
            {"pay": {"aws": {"assumeRole": ROLE.replace(":role/", ":user/")}}},
            "pay.aws.assumeRole",
            id="a user in the place of a role",
        ),
        pytest.param({"pay": {"aws": {"regoin": "x"}}}, "pay.aws.regoin", id="an unknown field"),
        pytest.param({"pay": {"vault": {"token": "s.x"}}}, "pay.vault.token", id="a token itself"),
        pytest.param(
            {"pay": {"vault": {"tokenVariable": "vault-token"}}},
            "pay.vault.tokenVariable: not the name of an environment variable",
            id="a variable no shell has",
        ),
        pytest.param(["pay"], "keylife:targets", id="a list"),
        pytest.param({"pay": {"aws": {"region": ""}}}, "pay.aws.region", id="an empty region"),
    ],
)
def test_what_is_no_target_is_refused(config: Any, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_targets(config)

    assert told in str(refused.value)


def test_no_value_of_the_config_is_repeated() -> None:
    with pytest.raises(UsageError) as refused:
        read_targets({"pay": {"vault": {"token": "s.canary"}}})

    assert "canary" not in f"{refused.value!r} {refused.value}"


def test_all_faults_are_told_together() -> None:
    with pytest.raises(UsageError) as refused:
        read_targets({"one": {}, "two": {"aws": {"assumeRole": "x"}}})

    assert "one" in str(refused.value) and "two.aws.assumeRole" in str(refused.value)


def test_a_target_is_known_by_its_provider_and_no_other_is() -> None:
    assert target_of(provider_name("pay")) == "pay"
    assert target_of("default_7_51_1") is None
