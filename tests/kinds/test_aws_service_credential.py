"""A credential for one service, ended by its user's policy and, for Bedrock, by its own age."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from pydantic import JsonValue, ValidationError

from keylife.kinds.aws_service_credential import (
    AwsServiceCredential,
    AwsServiceCredentialScope,
    ServiceName,
    age_days,
)
from keylife.kinds.aws_user import deny_from
from tests.kinds.issuances import BIRTH, READ_ONLY, TAGS, issuance, issued
from tests.program.engine import SERVICE_CREDENTIAL

BEDROCK: dict[str, JsonValue] = {"service": "bedrock", "policies": [READ_ONLY]}
DAY = timedelta(days=1)


def test_a_version_is_a_credential_of_a_user_of_its_own_that_ends_with_it() -> None:
    engine, material = issued(AwsServiceCredential(), issuance(BEDROCK))
    made = engine.one(SERVICE_CREDENTIAL, "billing-v3")
    end = engine.one("aws:iam/userPolicy:UserPolicy", "billing-v3-expiry")

    assert made.inputs == {
        "serviceName": "bedrock.amazonaws.com",
        "userName": "billing-v3",
        "credentialAgeDays": 30,
        "status": "Active",
    }
    assert engine.one("aws:iam/user:User", "billing-v3-user").inputs["tags"] == TAGS
    assert json.loads(end.inputs["policy"]) == deny_from(BIRTH + 30 * DAY)
    assert engine.leads_to(made, end)
    assert material == {"api_key": "canary-service-secret"}


@pytest.mark.parametrize(
    ("service", "name"),
    [("codecommit", "codecommit.amazonaws.com"), ("keyspaces", "cassandra.amazonaws.com")],
)
def test_the_other_services_have_a_user_and_a_password_and_no_age(service: str, name: str) -> None:
    scope: dict[str, JsonValue] = {"service": service, "policies": [READ_ONLY]}
    engine, material = issued(AwsServiceCredential(), issuance(scope))
    made = engine.one(SERVICE_CREDENTIAL, "billing-v3").inputs

    assert made["serviceName"] == name
    assert "credentialAgeDays" not in made
    assert material == {
        "user_name": "billing-at-123456789012",
        "password": "canary-service-password",
    }


def test_in_quarantine_it_is_inactive_before_anything_that_might_fail() -> None:
    engine, _ = issued(AwsServiceCredential(), issuance(BEDROCK, deactivated=True))
    made = engine.one(SERVICE_CREDENTIAL, "billing-v3")
    [name] = engine.names("aws:iam/userPolicyAttachment:UserPolicyAttachment")

    assert made.inputs["status"] == "Inactive"
    attachment = engine.one("aws:iam/userPolicyAttachment:UserPolicyAttachment", name)
    assert engine.leads_to(attachment, made)
    assert not engine.leads_to(
        made, engine.one("aws:iam/userPolicy:UserPolicy", "billing-v3-expiry")
    )


def test_a_version_keeps_the_service_it_was_issued_for() -> None:
    other: dict[str, JsonValue] = {"service": "codecommit", "policies": [READ_ONLY]}
    engine, _ = issued(AwsServiceCredential(), issuance(BEDROCK, declared=other))

    assert (
        engine.one(SERVICE_CREDENTIAL, "billing-v3").inputs["serviceName"]
        == "bedrock.amazonaws.com"
    )


@pytest.mark.parametrize(
    ("life", "days"),
    [
        pytest.param(timedelta(seconds=1), 1, id="a second counts as a day"),
        pytest.param(DAY, 1, id="a day is a day"),
        pytest.param(DAY + timedelta(seconds=1), 2, id="never less than the version's life"),
        pytest.param(3_650 * DAY, 3_650, id="ten years, and AWS takes a hundred"),
    ],
)
def test_the_age_is_the_life_in_whole_days(life: timedelta, days: int) -> None:
    assert age_days(issuance(BEDROCK, life=life).version, ServiceName.BEDROCK) == days


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"service": "s3", "policies": [READ_ONLY]},
        {"service": "bedrock", "policies": []},
        {"service": "bedrock"},
        {"policies": [READ_ONLY]},
        {**BEDROCK, "age": 3},
    ],
)
def test_a_scope_is_a_service_and_policies(given: dict[str, Any]) -> None:
    assert AwsServiceCredentialScope.model_validate(BEDROCK)
    with pytest.raises(ValidationError):
        AwsServiceCredentialScope.model_validate(given)
