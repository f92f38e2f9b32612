"""Roles that are assumed, in the sandbox's own account and in its other one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from keylife.sandbox.aws.account import OTHER_ACCOUNT
from tests.sandbox.aws.running import Key, Sandbox, error_of

ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}
OWN = "arn:aws:iam::123456789012:root"


def _trust(**more: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": OWN},
        "Action": "sts:AssumeRole",
        **more,
    }


def _role(aws: Sandbox, trust: object, *statements: dict[str, Any]) -> str:
    name = aws.fresh_name()
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    made = aws.iam().create_role(RoleName=name, AssumeRolePolicyDocument=document)
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    aws.iam().put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=policy)
    return made["Role"]["Arn"]


def test_a_session_may_what_its_role_may(aws: Sandbox) -> None:
    readers = {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}
    lent = aws.session(_role(aws, _trust(), readers))

    assert error_of(aws.iam(lent).list_users) is None
    assert error_of(aws.iam(lent).create_user, UserName="any") == "AccessDenied"


def test_what_is_made_in_the_other_account_is_there_and_nowhere_else(aws: Sandbox) -> None:
    lent = aws.session(aws.access.other_account_role)
    name, own = aws.fresh_name(), aws.sts(_admin(aws)).get_caller_identity()["Account"]

    made = aws.iam(lent).create_user(UserName=name)["User"]
    secret = aws.secrets(lent).create_secret(Name=name, SecretString="canary")["ARN"]

    assert made["Arn"] == f"arn:aws:iam::{OTHER_ACCOUNT}:user/{name}"
    assert f":{OTHER_ACCOUNT}:" in secret
    assert aws.sts(lent).get_caller_identity()["Account"] == OTHER_ACCOUNT != own
    assert error_of(aws.iam().get_user, UserName=name) == "NoSuchEntity"
    assert error_of(aws.secrets().get_secret_value, SecretId=name) == "ResourceNotFoundException"


def test_a_key_made_in_the_other_account_works_there_under_its_policies(aws: Sandbox) -> None:
    iam, name = aws.iam(aws.session(aws.access.other_account_role)), aws.fresh_name()
    iam.create_user(UserName=name)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    key = Key(name, made["AccessKeyId"], made["SecretAccessKey"])

    assert aws.sts(key).get_caller_identity()["Account"] == OTHER_ACCOUNT
    assert error_of(aws.iam(key).list_users) == "AccessDenied"
    document = json.dumps({"Version": "2012-10-17", "Statement": ALLOW})
    iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=document)
    assert [u["UserName"] for u in aws.iam(key).list_users()["Users"]] == [
        u["UserName"] for u in iam.list_users()["Users"]
    ]


def test_a_session_ends_by_the_sandbox_s_clock(aws: Sandbox) -> None:
    aws.move_clock("2027-01-01T00:00:00Z")
    lent = aws.session(aws.access.other_account_role, DurationSeconds=900)

    aws.move_clock("2027-01-01T00:14:50Z")
    assert error_of(aws.iam(lent).list_users) is None
    aws.move_clock("2027-01-01T00:15:01Z")
    assert error_of(aws.iam(lent).list_users) == "ExpiredToken"


def test_a_session_is_told_by_when_it_was_issued(aws: Sandbox) -> None:
    old = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2027-01-01T00:00:00Z"}},
    }
    role = _role(aws, _trust(), ALLOW, old)

    aws.move_clock("2026-12-31T23:59:00Z")
    assert error_of(aws.iam(aws.session(role)).list_users) == "AccessDenied"
    aws.move_clock("2027-01-01T00:01:00Z")
    assert error_of(aws.iam(aws.session(role)).list_users) is None


@pytest.mark.parametrize("token", [None, "", "another"])
def test_a_session_s_key_is_nothing_without_its_token(aws: Sandbox, token: str | None) -> None:
    lent = replace(aws.session(aws.access.other_account_role), token=token)

    assert error_of(aws.iam(lent).list_users) == "InvalidClientTokenId"


@pytest.mark.parametrize(
    "trust",
    [
        pytest.param(_trust(Principal={"AWS": "210987654321"}), id="another account"),
        pytest.param(_trust(Principal={"Service": "ec2.amazonaws.com"}), id="a service"),
        pytest.param(_trust(Action="sts:TagSession"), id="something else"),
        pytest.param(_trust(Condition={"Bool": {"aws:SecureTransport": "true"}}), id="if"),
        pytest.param([_trust(), _trust(Effect="Deny")], id="and is denied"),
    ],
)
def test_who_is_not_trusted_assumes_nothing(aws: Sandbox, trust: object) -> None:
    role = _role(aws, trust, ALLOW)

    assert error_of(lambda: aws.session(role)) == "AccessDenied"
    assert aws.session(_role(aws, [_trust(), _trust(Principal={"AWS": "1"})], ALLOW))


def test_a_role_that_does_not_exist_is_not_assumed(aws: Sandbox) -> None:
    assert error_of(lambda: aws.session("arn:aws:iam::123456789012:role/none")) == "AccessDenied"
    assert error_of(lambda: aws.session("no-arn-and-no-role-at-all")) == "AccessDenied"


def test_the_caller_s_own_policies_have_to_allow_it(aws: Sandbox) -> None:
    role, other = _role(aws, _trust(), ALLOW), _role(aws, _trust(), ALLOW)
    only = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}

    assert error_of(lambda: aws.session(role, aws.key_with(only))) is None
    assert error_of(lambda: aws.session(other, aws.key_with(only))) == "AccessDenied"


def test_what_the_sandbox_cannot_judge_of_a_session_is_refused(aws: Sandbox) -> None:
    role = aws.access.other_account_role
    lent = aws.session(role)

    assert error_of(lambda: aws.session(role, ExternalId="partner")) == "NotImplemented"
    assert error_of(lambda: aws.session(role, Policy="{}")) == "NotImplemented"
    assert error_of(lambda: aws.session(role, lent)) == "NotImplemented"
    assert error_of(lambda: aws.session(role, DurationSeconds=7200)) == "ValidationError"


def _admin(aws: Sandbox) -> Key:
    return Key("", aws.access.access_key_id, aws.access.secret_access_key)
