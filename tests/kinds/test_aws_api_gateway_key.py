"""A key of API Gateway that reaches consumers only once it opens something."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pydantic import JsonValue, ValidationError

from keylife.kinds.aws_api_gateway_key import AwsApiGatewayKey, AwsApiGatewayKeyScope
from tests.kinds.issuances import TAGS, issuance, issued
from tests.program.engine import API_KEY, Engine

PLAN_KEY = "aws:apigateway/usagePlanKey:UsagePlanKey"
SCOPE: dict[str, JsonValue] = {"usage_plans": ["abc123", "def456"]}


def test_a_version_is_a_key_in_its_usage_plans() -> None:
    engine, material = issued(AwsApiGatewayKey(), issuance(SCOPE))

    assert engine.one(API_KEY, "billing-v3").inputs == {
        "name": "billing-v3",
        "description": "version 3 of the key billing",
        "enabled": True,
        "tags": TAGS,
    }
    assert sorted(engine.names(PLAN_KEY)) == ["billing-v3-abc123", "billing-v3-def456"]
    assert engine.one(PLAN_KEY, "billing-v3-abc123").inputs == {
        "keyId": "billing-v3-id",
        "keyType": "API_KEY",
        "usagePlanId": "abc123",
    }
    assert material == {"api_key": "canary-api-key-value"}


def test_the_material_waits_for_every_place() -> None:
    engine = Engine()

    def program() -> None:
        [key] = AwsApiGatewayKey().issue(issuance(SCOPE), pulumi.ResourceOptions()).values()
        pulumi.CustomResource("acme:index:Place", "place", {"told": key})

    engine.run(program)

    place = engine.one("acme:index:Place", "place")
    for name in engine.names(PLAN_KEY):
        assert engine.leads_to(place, engine.one(PLAN_KEY, name))


def test_in_quarantine_it_is_disabled_and_stays_in_its_plans() -> None:
    engine, _ = issued(AwsApiGatewayKey(), issuance(SCOPE, deactivated=True))

    assert engine.one(API_KEY, "billing-v3").inputs["enabled"] is False
    assert len(engine.names(PLAN_KEY)) == 2


def test_a_key_that_no_state_has_is_known_by_the_name_and_tags_it_was_made_with() -> None:
    wanted = issuance(SCOPE)
    engine, _ = issued(AwsApiGatewayKey(), wanted)
    made = engine.one(API_KEY, "billing-v3").inputs
    traced = AwsApiGatewayKey().trace(wanted.key_id, wanted.version)

    assert traced["name"] == made["name"]
    assert isinstance(traced["tags"], dict)
    assert traced["tags"].items() <= made["tags"].items()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"usage_plans": []},
        {"usage_plans": ["abc123", "abc123"]},
        {"usage_plans": ["Not-an-id"]},
        {"usage_plans": ["abc\n"]},
        {"usage_plans": [f"plan{n}" for n in range(11)]},
        {**SCOPE, "stages": []},
    ],
)
def test_a_scope_is_one_to_ten_usage_plans(given: dict[str, Any]) -> None:
    assert AwsApiGatewayKeyScope.model_validate({"usage_plans": [f"plan{n}" for n in range(10)]})
    with pytest.raises(ValidationError):
        AwsApiGatewayKeyScope.model_validate(given)
