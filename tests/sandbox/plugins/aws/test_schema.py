"""What the AWS stand-in takes and refuses before anything is done, against the SDK's own types."""

from __future__ import annotations

import inspect
import re
from importlib import metadata
from typing import Any

import grpc  # type: ignore[import-untyped]  # no stubs among the locked packages
import pulumi_aws as sdk
import pytest

from keylife.sandbox.plugins.aws.provider import TYPES, AwsProvider
from keylife.sandbox.plugins.values import UNKNOWN, Values
from tests.sandbox.aws.running import Sandbox, error_of
from tests.sandbox.plugins.aws.declared import (
    ACCESS_KEY,
    API_KEY,
    ATTACHMENT,
    PARAMETER,
    PLAN_KEY,
    POLICY,
    READ_ONLY,
    SECRET,
    SERVICE_CREDENTIAL,
    USER,
    USER_POLICY,
    VERSION,
)
from tests.sandbox.plugins.engine import Engine, RefusedInputsError

BEDROCK: Values = {"userName": "u", "serviceName": "bedrock.amazonaws.com"}


def test_the_input_tables_agree_with_the_sdk() -> None:
    classes: dict[str, Any] = {
        USER: sdk.iam.UserArgs,
        ACCESS_KEY: sdk.iam.AccessKeyArgs,
        USER_POLICY: sdk.iam.UserPolicyArgs,
        ATTACHMENT: sdk.iam.UserPolicyAttachmentArgs,
        POLICY: sdk.iam.PolicyArgs,
        SECRET: sdk.secretsmanager.SecretArgs,
        VERSION: sdk.secretsmanager.SecretVersionArgs,
        SERVICE_CREDENTIAL: sdk.iam.ServiceSpecificCredentialArgs,
        API_KEY: sdk.apigateway.ApiKeyArgs,
        PLAN_KEY: sdk.apigateway.UsagePlanKeyArgs,
        PARAMETER: sdk.ssm.ParameterArgs,
    }
    assert {type_.token for type_ in TYPES} == classes.keys()
    for type_ in TYPES:
        parameters = inspect.signature(classes[type_.token].__init__).parameters
        expected = {_camel(name) for name in parameters if name != "__self__"}
        needed = {
            _camel(name)
            for name, parameter in parameters.items()
            if parameter.default is inspect.Parameter.empty and name != "__self__"
        }
        inputs = {name: field for name, field in type_.fields.items() if field.is_input}
        required = {name for name, f in inputs.items() if f.required and not f.autoname}

        assert (type_.token, set(inputs)) == (type_.token, expected)
        assert (type_.token, required) == (type_.token, needed)


def test_the_output_tables_agree_with_the_sdk() -> None:
    for type_ in TYPES:
        module, name = re.fullmatch(r"aws:(\w+)/\w+:(\w+)", type_.token).groups()  # type: ignore[union-attr]
        resource = getattr(getattr(sdk, module), name)
        outputs = {
            _camel(member)
            for member, value in vars(resource).items()
            if isinstance(value, property) and not member.startswith("_")
        }

        assert (type_.token, outputs) == (type_.token, set(type_.fields))


def test_the_configuration_agrees_with_the_sdk() -> None:
    parameters = inspect.signature(sdk.ProviderArgs.__init__).parameters
    named = {_camel(name) for name in parameters if name != "__self__"}

    assert set(AwsProvider.config) == named
    assert AwsProvider.version == metadata.version("pulumi_aws")


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


@pytest.mark.parametrize(
    ("type_", "news", "failure"),
    [
        (ACCESS_KEY, {}, 'The argument "user" is required'),
        (ACCESS_KEY, {"user": "u", "status": "Asleep"}, "expected status to be one of"),
        (ACCESS_KEY, {"user": "u", "secret": "s"}, "Invalid or unknown key"),
        (USER, {"name": "no spaces"}, "invalid value for name"),
        (USER, {"forceDestroy": "yes"}, "expected boolean type, got string type"),
        (USER, {"colour": "red"}, "Invalid or unknown key"),
        (USER_POLICY, {"user": "u"}, 'The argument "policy" is required'),
        (USER_POLICY, {"user": "u", "policy": "no json"}, "contains an invalid JSON policy"),
        (USER_POLICY, {"user": "u", "policy": "{}", "name": "a", "namePrefix": "b"}, "conflicts"),
        (ATTACHMENT, {"user": "u", "policyArn": "ReadOnly"}, "is an invalid ARN"),
        (SECRET, {"recoveryWindowInDays": 3}, "expected recovery_window_in_days"),
        (VERSION, {"secretString": "x"}, 'The argument "secret_id" is required'),
        (VERSION, {"secretId": "s", "secretString": "x", "secretBinary": "eA=="}, "conflicts"),
        (VERSION, {"secretId": "s", "secretBinary": "§"}, "is not base64"),
        (SERVICE_CREDENTIAL, {"userName": "u"}, 'The argument "service_name" is required'),
        (SERVICE_CREDENTIAL, {**BEDROCK, "credentialAgeDays": 0}, "expected credential_age_days"),
        (SERVICE_CREDENTIAL, {**BEDROCK, "status": "Asleep"}, "expected status to be one of"),
        (SERVICE_CREDENTIAL, {**BEDROCK, "userName": "u" * 65}, "expected length of user_name"),
        (API_KEY, {"value": "too short"}, "expected length of value"),
        (PLAN_KEY, {"keyId": "k", "keyType": "API_KEY"}, '"usage_plan_id" is required'),
        (PARAMETER, {"type": "SecureString"}, "must be specified"),
        (PARAMETER, {"type": "String", "value": "x", "insecureValue": "y"}, "must be specified"),
        (PARAMETER, {"type": "Whisper", "value": "x"}, "expected type to be one of"),
        (PARAMETER, {"type": "String", "value": "x", "tier": "Free"}, "expected tier"),
        (PARAMETER, {"type": "String", "value": "x", "policies": "[]"}, "Invalid or unknown key"),
    ],
)
def test_a_fault_in_the_inputs_is_told(
    engine: Engine, type_: str, news: Values, failure: str
) -> None:
    with pytest.raises(RefusedInputsError) as refused:
        engine.check(type_, news)

    assert len(refused.value.args) == 1
    assert failure in refused.value.args[0]


@pytest.mark.parametrize(
    ("type_", "news"),
    [
        (ACCESS_KEY, {"user": UNKNOWN, "status": UNKNOWN}),
        (USER, {"name": UNKNOWN}),
        (USER_POLICY, {"user": UNKNOWN, "policy": UNKNOWN}),
        (ATTACHMENT, {"user": UNKNOWN, "policyArn": UNKNOWN}),
        (SECRET, {"recoveryWindowInDays": UNKNOWN}),
        (VERSION, {"secretId": UNKNOWN, "secretString": UNKNOWN, "versionStages": UNKNOWN}),
        (SERVICE_CREDENTIAL, {"userName": UNKNOWN, "serviceName": UNKNOWN, "status": UNKNOWN}),
        (API_KEY, {"value": UNKNOWN, "enabled": UNKNOWN}),
        (PLAN_KEY, {"keyId": UNKNOWN, "keyType": UNKNOWN, "usagePlanId": UNKNOWN}),
        (PARAMETER, {"type": UNKNOWN, "value": UNKNOWN, "tier": UNKNOWN}),
    ],
)
def test_what_only_the_deploy_will_know_is_no_fault(
    engine: Engine, type_: str, news: Values
) -> None:
    inputs = engine.check(type_, news)

    assert {name: inputs[name] for name in news} == news


def test_defaults_and_names_are_filled_in_and_stay(engine: Engine) -> None:
    inputs = engine.check(USER, {})

    assert re.fullmatch(r"it-[0-9a-f]{7}", inputs["name"])
    assert inputs["path"] == "/"
    assert engine.check(USER, {}, inputs | {"name": "it-0000000"})["name"] == "it-0000000"
    assert engine.check(ACCESS_KEY, {"user": "u"})["status"] == "Active"
    assert engine.check(SECRET, {})["recoveryWindowInDays"] == 30
    assert "name" not in engine.check(SECRET, {"namePrefix": "keys/"})
    assert engine.check(API_KEY, {})["enabled"] is True
    assert engine.check(SERVICE_CREDENTIAL, BEDROCK)["status"] == "Active"


def test_a_preview_knows_what_is_declared_and_nothing_more(engine: Engine, aws: Sandbox) -> None:
    name = aws.fresh_name()
    user = engine.create(USER, preview=True, name=name, tags={"team": "a"})
    key = engine.create(ACCESS_KEY, preview=True, user=name)

    assert (user["name"], user["tagsAll"], user["arn"]) == (name, {"team": "a"}, UNKNOWN)
    assert (key["status"], key["secret"], key["id"]) == ("Active", UNKNOWN, UNKNOWN)
    assert error_of(aws.iam().get_user, UserName=name) == "NoSuchEntity"


@pytest.mark.parametrize(
    ("type_", "news"),
    [
        (USER, {"permissionsBoundary": READ_ONLY}),
        (ACCESS_KEY, {"user": "u", "pgpKey": "keybase:me"}),
        (SECRET, {"policy": "{}"}),
        (SECRET, {"replicas": [{"region": "us-east-1"}]}),
        (VERSION, {"secretId": "s", "secretStringWo": "x", "secretStringWoVersion": 1}),
        (PARAMETER, {"type": "SecureString", "valueWo": "x", "valueWoVersion": 1}),
    ],
)
def test_what_the_sandbox_cannot_honour_is_refused(
    engine: Engine, type_: str, news: Values
) -> None:
    with pytest.raises(grpc.RpcError, match="cannot honour"):
        engine.create(type_, **news)
