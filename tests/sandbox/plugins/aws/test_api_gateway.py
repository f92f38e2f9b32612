"""Keys of API Gateway and their usage plans as the AWS stand-in handles them."""

from __future__ import annotations

import grpc  # type: ignore[import-untyped]  # no stubs among the locked packages
import pytest

from keylife.sandbox.plugins.values import Secret
from tests.sandbox.aws.running import Sandbox
from tests.sandbox.plugins.aws.declared import API_KEY, PLAN_KEY, REGION, differences
from tests.sandbox.plugins.engine import Engine


def test_a_key_from_birth_to_death(engine: Engine, aws: Sandbox) -> None:
    name = aws.fresh_name()
    made = engine.create(API_KEY, name=name, tags={"key": "k", "owner": "a"})

    assert made["arn"] == f"arn:aws:apigateway:{REGION}::/apikeys/{made.id}"
    assert (made["enabled"], made["description"]) == (True, "Managed by Pulumi")
    assert isinstance(made.outputs["value"], Secret)
    assert len(made["value"]) >= 20
    assert differences(engine, made, name=name, tags={"key": "k", "owner": "a"}) == ([], [])
    assert differences(engine, made, name=name + "x", tags={"key": "k", "owner": "a"})[1] == [
        "name"
    ]

    stopped = engine.update(
        made, name=name, enabled=False, description="words", tags={"owner": "b"}
    )
    assert (stopped["enabled"], stopped["description"]) == (False, "words")
    assert (stopped["tags"], stopped["value"]) == ({"owner": "b"}, made["value"])
    seen = engine.refresh(stopped)
    assert seen is not None
    assert seen.outputs == stopped.outputs

    engine.delete(stopped)
    assert engine.refresh(stopped) is None
    engine.delete(stopped)


def test_a_key_may_be_made_disabled_and_with_a_value_of_its_own(
    engine: Engine, aws: Sandbox
) -> None:
    value = "0123456789" * 3
    made = engine.create(API_KEY, name=aws.fresh_name(), enabled=False, value=Secret(value))

    assert (made["enabled"], made["value"]) == (False, value)


def test_a_place_in_a_usage_plan(engine: Engine, aws: Sandbox) -> None:
    key = engine.create(API_KEY, name=aws.fresh_name())
    plans = [aws.client("apigateway").create_usage_plan(name=aws.fresh_name())["id"] for _ in "ab"]
    both = [
        engine.create(PLAN_KEY, keyId=key.id, keyType="API_KEY", usagePlanId=plan) for plan in plans
    ]

    assert [place.id for place in both] == [key.id, key.id]
    same = {"keyId": key.id, "keyType": "API_KEY", "usagePlanId": plans[0]}
    assert differences(engine, both[0], **same) == ([], [])
    assert differences(engine, both[0], **{**same, "usagePlanId": plans[1]})[1] == ["usagePlanId"]
    with pytest.raises(grpc.RpcError, match="ConflictException"):
        engine.create(PLAN_KEY, **same)

    engine.delete(both[0])
    assert engine.refresh(both[0]) is None
    assert engine.refresh(both[1]) is not None
    engine.delete(both[0])
    engine.delete(key)
    assert engine.refresh(both[1]) is None
    engine.delete(both[1])


def test_a_plan_that_is_not_there_is_refused(engine: Engine, aws: Sandbox) -> None:
    key = engine.create(API_KEY, name=aws.fresh_name())

    with pytest.raises(grpc.RpcError, match="NotFoundException"):
        engine.create(PLAN_KEY, keyId=key.id, keyType="API_KEY", usagePlanId="nowhere")
