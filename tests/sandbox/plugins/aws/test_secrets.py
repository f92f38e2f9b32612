"""Secrets, their values and staging labels, as the AWS stand-in handles them."""

from __future__ import annotations

import base64

import grpc  # type: ignore[import-untyped]  # no stubs among the locked packages
import pytest

from keylife.sandbox.plugins.values import Secret, Values
from tests.sandbox.aws.running import Sandbox
from tests.sandbox.plugins.aws.declared import REGION, SECRET, VERSION, differences
from tests.sandbox.plugins.engine import Engine


def test_a_secret_from_birth_to_death(engine: Engine, aws: Sandbox) -> None:
    name = aws.fresh_name()
    made = engine.create(SECRET, name=name, description="words", tags={"key": "k"})

    assert made.id == made["arn"]
    assert (made["region"], made["recoveryWindowInDays"], made["tags"]) == (
        REGION,
        30,
        {"key": "k"},
    )
    assert differences(engine, made, name=name, description="words", tags={"key": "k"}) == ([], [])
    assert differences(engine, made, name=name + "x")[1] == ["name"]

    changed = engine.update(made, name=name, recoveryWindowInDays=7)
    assert (changed["description"], changed["tags"]) == ("", None)
    engine.delete(changed)
    assert engine.refresh(changed) is None
    assert aws.secrets().describe_secret(SecretId=name)["DeletedDate"] is not None
    with pytest.raises(grpc.RpcError, match="already scheduled for deletion"):
        engine.create(SECRET, name=name)


def test_a_secret_without_recovery_is_gone_at_once(engine: Engine, aws: Sandbox) -> None:
    name = aws.fresh_name()
    made = engine.create(SECRET, name=name, recoveryWindowInDays=0)
    engine.delete(made)

    engine.delete(engine.create(SECRET, name=name, recoveryWindowInDays=0))
    engine.delete(made)


def test_versions_of_a_secret_follow_each_other(engine: Engine, aws: Sandbox) -> None:
    secret = engine.create(SECRET, name=aws.fresh_name())
    one = engine.create(VERSION, secretId=secret.id, secretString=Secret("first"))
    two = engine.create(VERSION, secretId=secret.id, secretString=Secret("second"))

    assert one.outputs["secretString"] == Secret("first")
    assert (one["versionStages"], two["versionStages"]) == (["AWSCURRENT"], ["AWSCURRENT"])
    seen = engine.refresh(one)
    assert seen is not None
    assert seen["versionStages"] == ["AWSPREVIOUS"]
    assert differences(engine, seen, secretId=secret.id, secretString=Secret("first")) == ([], [])
    assert differences(engine, one, secretId=secret.id, secretString=Secret("other"))[1] == [
        "secretString"
    ]

    engine.delete(seen)
    engine.delete(two)
    stages = aws.secrets().describe_secret(SecretId=secret.id)["VersionIdsToStages"]
    assert stages[two["versionId"]] == ["AWSCURRENT"]
    assert not stages.get(one["versionId"])
    assert aws.secrets().get_secret_value(SecretId=secret.id)["SecretString"] == "second"


def test_stages_are_moved_in_place(engine: Engine, aws: Sandbox) -> None:
    secret = engine.create(SECRET, name=aws.fresh_name())
    one = engine.create(VERSION, secretId=secret.id, secretString="first")
    two = engine.create(VERSION, secretId=secret.id, secretString="second", versionStages=["next"])
    assert aws.secrets().get_secret_value(SecretId=secret.id)["SecretString"] == "first"

    news: Values = {"secretId": secret.id, "secretString": "second"}
    assert differences(engine, two, **news, versionStages=["AWSCURRENT"]) == (["versionStages"], [])
    two = engine.update(two, **news, versionStages=["AWSCURRENT"])
    assert two["versionStages"] == ["AWSCURRENT"]
    seen = engine.refresh(one)
    assert seen is not None
    assert seen["versionStages"] == ["AWSPREVIOUS"]


def test_an_earlier_value_is_made_current_again(engine: Engine, aws: Sandbox) -> None:
    secret = engine.create(SECRET, name=aws.fresh_name())
    one = engine.create(VERSION, secretId=secret.id, secretString="first")
    engine.create(VERSION, secretId=secret.id, secretString="second")
    seen = engine.refresh(one)
    assert seen is not None

    back = engine.update(
        seen, secretId=secret.id, secretString="first", versionStages=["AWSCURRENT"]
    )
    assert back["versionStages"] == ["AWSCURRENT"]
    assert aws.secrets().get_secret_value(SecretId=secret.id)["SecretString"] == "first"


def test_a_version_may_hold_bytes(engine: Engine, aws: Sandbox) -> None:
    secret = engine.create(SECRET, name=aws.fresh_name())
    encoded = base64.b64encode(b"\x00\xff").decode()
    made = engine.create(VERSION, secretId=secret.id, secretBinary=encoded)

    assert made.outputs["secretBinary"] == Secret(encoded)
    assert aws.secrets().get_secret_value(SecretId=secret.id)["SecretBinary"] == b"\x00\xff"


def test_versions_of_a_deleted_secret_are_gone(engine: Engine, aws: Sandbox) -> None:
    secret = engine.create(SECRET, name=aws.fresh_name())
    made = engine.create(VERSION, secretId=secret.id, secretString="x", versionStages=["blue"])
    engine.delete(secret)

    assert engine.refresh(made) is None
    engine.delete(made)


def test_no_failure_tells_a_secret(engine: Engine, aws: Sandbox) -> None:
    canary = "canary-\N{SNOWMAN}-value"
    secret = engine.create(SECRET, name=aws.fresh_name())
    aws.ask(
        "faults",
        [
            {
                "service": "secretsmanager",
                "action": "PutSecretValue",
                "kind": "error-before",
                "times": 9,
            }
        ],
    )
    with pytest.raises(grpc.RpcError) as refused:
        engine.create(VERSION, secretId=secret.id, secretString=Secret(canary))
    with pytest.raises(grpc.RpcError) as malformed:
        engine.create(VERSION, secretId="", secretString=Secret(canary))

    assert canary not in str(refused.value) + str(malformed.value)
