from __future__ import annotations

import json

import pytest

from keylife.compliance.credential import Absence, Grant, Scope
from keylife.compliance.grants import GRANTS
from keylife.compliance.unknown import UNKNOWN
from tests.compliance.builders import credential, key, violations, warnings

RULE = "least-scope"


def grant(type_token: str, inputs: dict[str, object]) -> Grant:
    what, read = GRANTS[type_token]
    return Grant("urn", what, type_token, read(inputs))


def iam(*statements: object) -> dict[str, object]:
    return {"policy": json.dumps({"Version": "2012-10-17", "Statement": list(statements)})}


def allow(action: object, resource: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


@pytest.mark.parametrize(
    ("policies", "refused"),
    [
        ((READ_ONLY,), False),
        ((READ_ONLY, ADMIN), True),
        (("arn:aws-cn:iam::aws:policy/AdministratorAccess",), True),
        (("arn:aws:iam::aws:policy/IAMFullAccess",), True),
        (("arn:aws:iam::123456789012:policy/NotAdministratorAccess",), False),
        (("root",), True),
        (("metrics-read",), False),
        ((), False),
    ],
)
def test_a_keys_policies(policies: tuple[str, ...], refused: bool) -> None:
    assert bool(violations(RULE, key(scope=Scope(policies)))) is refused


@pytest.mark.parametrize(
    ("inputs", "refused"),
    [
        (iam(allow("s3:GetObject", "arn:aws:s3:::b/*")), False),
        (iam(allow("s3:*")), False),
        (iam(allow("*")), True),
        (iam(allow(["s3:GetObject", "*"])), True),
        (iam(allow("*:*", "arn:aws:s3:::b")), True),
        (iam(allow("iam:*")), True),
        (iam(allow("iam:*", "arn:aws:iam::1:user/me")), False),
        (iam({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}), True),
        (iam({"Effect": "Deny", "Action": "*", "Resource": "*"}), False),
        ({"policy": json.dumps({"Statement": allow("*")})}, True),
        ({"policy": "no JSON"}, True),
        ({"policy": json.dumps({"Statement": ["odd"]})}, True),
        ({}, False),
    ],
)
def test_an_inline_policy(inputs: dict[str, object], refused: bool) -> None:
    assert bool(violations(RULE, grant("aws:iam/userPolicy:UserPolicy", inputs))) is refused
    assert bool(violations(RULE, grant("aws:iam/groupPolicy:GroupPolicy", inputs))) is refused


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ('path "secret/*" { capabilities = ["read"] }', False),
        ('path "*" { capabilities = ["read", "list"] }', False),
        ('path "*" { capabilities = ["create", "sudo"] }', True),
        ('# path "*" { capabilities = ["sudo"] }\npath "a" { capabilities = ["sudo"] }', False),
        ('path "*" {\n  capabilities = ["update"]\n  allowed_parameters = { "a" = [] }\n}', True),
        ('path "*" { capabilities = ["deny", "update"] }', False),
        ("anything else", True),
    ],
)
def test_a_policy_of_vaults(text: str, refused: bool) -> None:
    found = grant("vault:index/policy:Policy", {"policy": text})

    assert bool(violations(RULE, found)) is refused


ATTACHED = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
MANY = "aws:iam/policyAttachment:PolicyAttachment"
ALL = "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive"


@pytest.mark.parametrize(
    ("type_token", "inputs", "refused"),
    [
        (ATTACHED, {"policyArn": ADMIN}, True),
        (ATTACHED, {"policyArn": READ_ONLY}, False),
        (ATTACHED, {"policyArn": UNKNOWN}, False),
        (MANY, {"policyArn": ADMIN, "users": ["u"]}, True),
        (MANY, {"policyArn": ADMIN, "roles": ["r"]}, False),
        (ALL, {"policyArns": [READ_ONLY, ADMIN]}, True),
        (ALL, {"policyArns": [READ_ONLY]}, False),
    ],
)
def test_an_attachment(type_token: str, inputs: dict[str, object], refused: bool) -> None:
    assert bool(violations(RULE, grant(type_token, inputs))) is refused


@pytest.mark.parametrize(
    ("scope", "refused"),
    [(Absence.UNSTATED, False), (Absence.COMPUTED, True), (Absence.UNREADABLE, True)],
)
def test_what_cannot_be_seen_of_a_key(scope: Absence, refused: bool) -> None:
    assert bool(violations(RULE, key(scope=scope))) is refused
    assert bool(violations(RULE, credential(scope=scope))) is refused


def test_a_policy_that_is_computed_is_judged_by_the_deploy() -> None:
    found = grant("aws:iam/userPolicy:UserPolicy", {"policy": UNKNOWN})

    assert (violations(RULE, found), len(warnings(RULE, found))) == ([], 1)
