"""What a create of AWS's further kinds may have left is told from what is somebody else's."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import pytest

from keylife.orphan import Clients, Pending, destroy_orphans
from keylife.program.strays import finders
from keylife.sandbox.lifecycle import Sandbox

CREDENTIAL = "aws:iam/serviceSpecificCredential:ServiceSpecificCredential"
API_KEY, PLACE = "aws:apigateway/apiKey:ApiKey", "aws:apigateway/usagePlanKey:UsagePlanKey"
PARAMETER = "aws:ssm/parameter:Parameter"
BEDROCK = "bedrock.amazonaws.com"
TAGS = {
    "keylife:key": "k",
    "keylife:version": "1",
    "keylife:birth": "2027-01-01T00:00:00Z",
    "keylife:expiry": "2027-01-31T00:00:00Z",
}


@pytest.fixture
def clients(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """Connections as `keylife recover` makes them: from the environment."""
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    return Clients()


@pytest.fixture
def name() -> str:
    return f"stray-{secrets.token_hex(4)}"


def ended(clients: Clients, kind: str, inputs: Mapping[str, Any], *known: str) -> list[str]:
    """What is found and ended of a cut-off create."""
    pending = Pending("creating", "urn:x", kind, "k-v1", inputs, frozenset(known))
    return [orphan.what for orphan in destroy_orphans(finders()[kind], pending, clients)]


def test_of_a_versions_service_credentials_only_the_one_in_the_state_stays(
    clients: Clients, name: str
) -> None:
    iam = clients.aws("iam")
    inputs = {"userName": name, "serviceName": BEDROCK}
    assert ended(clients, CREDENTIAL, inputs) == []
    iam.create_user(UserName=name)
    mine, lost = (
        iam.create_service_specific_credential(UserName=name, ServiceName=BEDROCK)[
            "ServiceSpecificCredential"
        ]["ServiceSpecificCredentialId"]
        for _ in range(2)
    )
    known = f"{BEDROCK}:{name}:{mine}"

    assert ended(clients, CREDENTIAL, inputs, known) == [
        f"credential {lost} for {BEDROCK} of the IAM user {name}"
    ]
    assert ended(clients, CREDENTIAL, inputs, known) == []
    left = iam.list_service_specific_credentials(UserName=name)["ServiceSpecificCredentials"]
    assert [entry["ServiceSpecificCredentialId"] for entry in left] == [mine]


def test_of_gateway_keys_only_those_of_this_very_version_are_ended(
    clients: Clients, name: str
) -> None:
    gateway = clients.aws("apigateway")
    another = {**TAGS, "keylife:birth": "2027-01-01T00:00:01Z"}
    mine, lost, theirs, raw = (
        gateway.create_api_key(name=name, enabled=True, tags=told)["id"]
        for told in (TAGS, TAGS, another, {})
    )
    longer = gateway.create_api_key(name=f"{name}1", tags=TAGS)["id"]

    assert ended(clients, API_KEY, {"name": name, "tags": TAGS}, mine) == [
        f"API Gateway key {lost} named {name}"
    ]
    left = {key["id"] for key in gateway.get_api_keys(nameQuery=name)["items"]}
    assert left == {mine, theirs, raw, longer}


def test_a_place_in_a_plan_is_given_up_to_be_given_again(clients: Clients, name: str) -> None:
    gateway = clients.aws("apigateway")
    plan, other = (gateway.create_usage_plan(name=name)["id"] for _ in range(2))
    key = gateway.create_api_key(name=name, enabled=True)["id"]
    inputs = {"usagePlanId": plan, "keyId": key, "keyType": "API_KEY"}
    assert ended(clients, PLACE, inputs) == []
    for each in (plan, other):
        gateway.create_usage_plan_key(usagePlanId=each, keyId=key, keyType="API_KEY")

    # the place in the other plan, which the state knows, has the same id
    assert ended(clients, PLACE, inputs, key) == [
        f"place of the API Gateway key {key} in the usage plan {plan}"
    ]
    assert gateway.get_usage_plan_keys(usagePlanId=plan)["items"] == []
    assert len(gateway.get_usage_plan_keys(usagePlanId=other)["items"]) == 1


def test_a_parameter_of_this_version_is_ended_and_any_other_stays(
    clients: Clients, name: str
) -> None:
    ssm = clients.aws("ssm")
    inputs = {"name": f"/{name}", "tags": TAGS}
    assert ended(clients, PARAMETER, inputs) == []
    pairs = [{"Key": tag, "Value": value} for tag, value in TAGS.items()]
    ssm.put_parameter(Name=f"/{name}", Value="x", Type="SecureString", Tags=pairs)

    another = {**TAGS, "keylife:expiry": "2027-01-31T00:00:01Z"}
    assert ended(clients, PARAMETER, {**inputs, "tags": another}) == []
    assert ended(clients, PARAMETER, inputs, f"/{name}") == []
    assert ended(clients, PARAMETER, inputs) == [f"parameter /{name}"]
    assert ended(clients, PARAMETER, inputs) == []
