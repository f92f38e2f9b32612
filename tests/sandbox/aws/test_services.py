"""Parameter Store, API Gateway and service-specific credentials as a client sees them."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.sandbox.aws.running import Sandbox, error_of

ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
EXPIRY = "2026-12-15T00:00:00Z"
DENY_AFTER: dict[str, Any] = {
    "Effect": "Deny",
    "Action": "*",
    "Resource": "*",
    "Condition": {"DateGreaterThanEquals": {"aws:CurrentTime": EXPIRY}},
}
BEDROCK, CODECOMMIT = "bedrock.amazonaws.com", "codecommit.amazonaws.com"


def test_a_parameter_is_read_by_whom_a_policy_names(aws: Sandbox) -> None:
    aws.client("ssm").put_parameter(Name="/team/a", Value="x", Type="SecureString")
    aws.client("ssm").put_parameter(Name="/team/b", Value="y", Type="SecureString")
    where = "arn:aws:ssm:eu-central-1:123456789012:parameter/team/a"
    reader = aws.client("ssm", aws.key_with({**ALLOW, "Resource": where}))

    told = reader.get_parameter(Name="/team/a", WithDecryption=True)["Parameter"]
    assert told["Value"] == "x"
    assert error_of(reader.get_parameter, Name="/team/b") == "AccessDeniedException"


def test_permissions_of_api_gateway_are_methods_on_paths(aws: Sandbox) -> None:
    key = aws.client("apigateway").create_api_key(name=aws.fresh_name(), tags={"a": "b"})["id"]
    statement = {
        "Effect": "Allow",
        "Action": "apigateway:GET",
        "Resource": f"arn:aws:apigateway:eu-central-1::/apikeys/{key}",
    }
    reader = aws.client("apigateway", aws.key_with(statement))

    assert reader.get_api_key(apiKey=key)["tags"] == {"a": "b"}
    assert error_of(reader.get_api_keys) == "AccessDeniedException"
    assert error_of(reader.delete_api_key, apiKey=key) == "AccessDeniedException"
    arn = f"arn:aws:apigateway:eu-central-1::/apikeys/{key}"
    aws.client("apigateway").tag_resource(resourceArn=arn, tags={"c": "d"})
    aws.client("apigateway").untag_resource(resourceArn=arn, tagKeys=["a"])
    assert reader.get_api_key(apiKey=key)["tags"] == {"c": "d"}


def test_no_value_is_shown_among_the_calls(aws: Sandbox) -> None:
    canary = "canary-0123456789-0123456789"
    aws.client("ssm").put_parameter(Name=aws.fresh_name(), Value=canary, Type="SecureString")
    aws.client("apigateway").create_api_key(name=aws.fresh_name(), value=canary)

    assert canary not in json.dumps(aws.ask("calls"))


def shown(aws: Sandbox, path: str, authorization: str) -> int:
    request = Request(f"{aws.url}{path}", headers={"Authorization": authorization})
    try:
        with urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except HTTPError as refused:
        return refused.code


def test_a_bedrock_key_works_until_its_age_and_while_active(aws: Sandbox) -> None:
    iam: Any = aws.iam()
    user = aws.key_with(ALLOW).user
    aws.move_clock("2026-12-01T00:00:00Z")
    made = iam.create_service_specific_credential(
        UserName=user, ServiceName=BEDROCK, CredentialAgeDays=7
    )["ServiceSpecificCredential"]
    bearer = f"Bearer {made['ServiceCredentialSecret']}"

    assert shown(aws, "/foundation-models", bearer) == 200
    assert shown(aws, "/foundation-models", bearer + "x") == 403
    credential = made["ServiceSpecificCredentialId"]
    for status, code in (("Inactive", 403), ("Active", 200)):
        iam.update_service_specific_credential(
            UserName=user, ServiceSpecificCredentialId=credential, Status=status
        )
        assert shown(aws, "/foundation-models", bearer) == code

    aws.move_clock("2026-12-08T00:00:01Z")
    assert shown(aws, "/foundation-models", bearer) == 403
    [listed] = iam.list_service_specific_credentials(UserName=user)["ServiceSpecificCredentials"]
    assert listed["Status"] == "Expired"
    aws.move_clock(None)


def test_what_a_service_allows_is_what_the_user_may_do(aws: Sandbox) -> None:
    user = aws.key_with(ALLOW, DENY_AFTER).user
    made = aws.iam().create_service_specific_credential(UserName=user, ServiceName=CODECOMMIT)
    told = made["ServiceSpecificCredential"]
    pair = f"{told['ServiceUserName']}:{told['ServicePassword']}"
    basic = f"Basic {b64encode(pair.encode()).decode()}"

    aws.move_clock("2026-12-14T23:00:00Z")
    assert shown(aws, "/v1/repos/billing/info/refs", basic) == 200
    aws.move_clock(EXPIRY)
    assert shown(aws, "/v1/repos/billing/info/refs", basic) == 403
    aws.move_clock(None)


@pytest.mark.parametrize("authorization", ["Basic §", "Basic eA==", "Bearer ", "Digest x"])
def test_nothing_else_opens_a_door(aws: Sandbox, authorization: str) -> None:
    assert shown(aws, "/v1/repos/x", authorization.encode().decode("latin-1")) == 403
    assert shown(aws, "/foundation-models", authorization.encode().decode("latin-1")) == 403


def test_the_sandbox_says_what_it_has_not(aws: Sandbox) -> None:
    ssm = aws.client("ssm")
    policies = json.dumps([{"Type": "Expiration", "Version": "1.0", "Attributes": {}}])
    refused = error_of(
        ssm.put_parameter,
        Name=aws.fresh_name(),
        Value="x",
        Type="String",
        Tier="Advanced",
        Policies=policies,
    )

    assert refused == "NotImplemented"
    assert error_of(aws.client("apigateway").get_rest_apis) == "InvalidAction"
