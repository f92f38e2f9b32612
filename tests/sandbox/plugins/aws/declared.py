"""Words the tests of the AWS stand-in share: types, policies, and what a diff says."""

from __future__ import annotations

import json
from typing import Any

from keylife.sandbox.plugins.aws.access_key import AccessKey
from keylife.sandbox.plugins.aws.api_key import ApiKey
from keylife.sandbox.plugins.aws.iam_policy import Policy
from keylife.sandbox.plugins.aws.parameter import Parameter
from keylife.sandbox.plugins.aws.secret import Secret
from keylife.sandbox.plugins.aws.secret_version import SecretVersion
from keylife.sandbox.plugins.aws.service_specific_credential import ServiceSpecificCredential
from keylife.sandbox.plugins.aws.usage_plan_key import UsagePlanKey
from keylife.sandbox.plugins.aws.user import User
from keylife.sandbox.plugins.aws.user_policy import UserPolicy
from keylife.sandbox.plugins.aws.user_policy_attachment import UserPolicyAttachment
from tests.sandbox.aws.running import Key, Sandbox
from tests.sandbox.plugins.engine import Deployed, Engine

USER, ACCESS_KEY = User.token, AccessKey.token
USER_POLICY, ATTACHMENT, POLICY = UserPolicy.token, UserPolicyAttachment.token, Policy.token
SECRET, VERSION = Secret.token, SecretVersion.token
SERVICE_CREDENTIAL, PARAMETER = ServiceSpecificCredential.token, Parameter.token
API_KEY, PLAN_KEY = ApiKey.token, UsagePlanKey.token

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
REGION = "eu-central-1"
ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def configuration(aws: Sandbox, key: Key | None = None) -> dict[str, str]:
    """The provider's configuration for the sandbox's AWS; by default as its admin."""
    key = key or Key("", aws.access.access_key_id, aws.access.secret_access_key)
    endpoints = dict.fromkeys(("apigateway", "iam", "secretsmanager", "ssm", "sts"), aws.url)
    return {
        "region": REGION,
        "accessKey": key.id,
        "secretKey": key.secret,
        "endpoints": json.dumps([endpoints]),
    }


def differences(engine: Engine, it: Deployed, **news: Any) -> tuple[list[str], list[str]]:
    """The properties that new inputs change, and those of them that replace."""
    found = engine.diff(it, **news)
    return list(found.diffs), list(found.replaces)
