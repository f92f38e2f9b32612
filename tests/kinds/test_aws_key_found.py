"""What is found out about an access key before it is imported, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from keylife.errors import NotImportableError
from keylife.kinds.aws_key_found import look
from tests.sandbox.aws.running import sandbox

POLICY = "arn:aws:iam::123456789012:policy/read"
INLINE = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "iam:List*", "Resource": "*"}],
    }
)
KEY, USER = "aws:iam/accessKey:AccessKey", "aws:iam/user:User"
ATTACHMENT = "aws:iam/userPolicyAttachment:UserPolicyAttachment"


@pytest.fixture
def iam(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        client = boto3.client("iam", region_name="us-east-1")
        client.create_user(UserName="ci")
        client.create_policy(PolicyName="read", PolicyDocument=INLINE)
        client.attach_user_policy(UserName="ci", PolicyArn=POLICY)
        yield client
    # moto's state is the process's: with the mock's goes that of a sandbox which was asked before
    sandbox.cache_clear()


def _key(iam: Any, user: str = "ci") -> str:
    made: str = iam.create_access_key(UserName=user)["AccessKey"]["AccessKeyId"]
    return made


def _resource(kind: str, name: str, id_: str = "", **inputs: Any) -> dict[str, Any]:
    parents, _, last = name.rpartition("/")
    types = f"{parents}${kind}" if parents else kind
    urn = f"urn:pulumi:dev::p::{types}::{last}"
    return {"type": kind, "urn": urn, "id": id_, "inputs": inputs}


def test_a_key_that_is_in_no_state_is_imported_without_its_secret(iam: Any) -> None:
    key = _key(iam)

    found = look(key, iam, [], None)

    assert dict(found.imported.credential) == {"access_key": key, "user": "ci"}
    assert found.imported.created.microsecond == 0
    assert not found.imported.has_secret
    assert found.scope == {"policies": [POLICY]}
    assert "cannot be read back" in found.notes[0]


def test_what_the_stacks_own_program_made_is_adopted_by_name(iam: Any) -> None:
    key = _key(iam)
    resources = [
        _resource(USER, "ci-user", "ci"),
        _resource(ATTACHMENT, "ci-may", "x", user="ci", policyArn=POLICY),
        _resource(KEY, "ci-key", key, user="ci"),
    ]

    found = look(key, iam, resources, None)

    assert found.imported.adopts == {
        "access_key": "ci-key",
        "user": "ci-user",
        "attachments": {"ci-may": POLICY},
    }


def test_a_user_that_the_program_needs_for_more_stays_in_it(iam: Any) -> None:
    key = _key(iam)
    resources = [
        _resource(USER, "ci-user", "ci"),
        _resource("aws:iam/userPolicy:UserPolicy", "ci-inline", "x", user="ci"),
        _resource(KEY, "acme:ci:Deployer/ci-key", key, user="ci"),
    ]

    found = look(key, iam, resources, None)

    assert found.imported.adopts == {"access_key": resources[2]["urn"]}
    assert "stays in the program" in found.notes[0]


def test_what_another_key_of_keylifes_holds_is_refused(iam: Any) -> None:
    key = _key(iam)
    held = _resource(KEY, "keylife:index:ManagedKey$keylife:index:Version/a-v1", key, user="ci")

    with pytest.raises(NotImportableError, match="keylife key's already"):
        look(key, iam, [held], None)


def _a_second_key(iam: Any) -> str:
    _key(iam)
    return "another access key"


def _a_password(iam: Any) -> str:
    iam.create_login_profile(UserName="ci", Password="correct horse battery")
    return "password"


def _an_inline_policy(iam: Any) -> str:
    iam.put_user_policy(UserName="ci", PolicyName="more", PolicyDocument=INLINE)
    return "inline policy more"


def _a_group(iam: Any) -> str:
    iam.create_group(GroupName="builders")
    iam.add_user_to_group(GroupName="builders", UserName="ci")
    return "group builders"


@pytest.mark.parametrize("given", [_a_second_key, _a_password, _an_inline_policy, _a_group])
def test_what_would_end_with_the_key_or_be_lost_is_refused(iam: Any, given: Any) -> None:
    key = _key(iam)
    look(key, iam, [], None)
    why = given(iam)

    with pytest.raises(NotImportableError, match=why):
        look(key, iam, [], None)


def test_successors_may_what_somebody_says(iam: Any) -> None:
    key = _key(iam)
    _an_inline_policy(iam)

    assert look(key, iam, [], {"policies": ["arn:x"]}).scope == {"policies": ["arn:x"]}


def test_an_inactive_key_is_refused(iam: Any) -> None:
    key = _key(iam)
    iam.update_access_key(UserName="ci", AccessKeyId=key, Status="Inactive")

    with pytest.raises(NotImportableError, match="inactive"):
        look(key, iam, [], None)


def test_a_user_of_keylifes_is_refused(iam: Any) -> None:
    iam.create_user(UserName="a-v1", Path="/keylife/a/")

    with pytest.raises(NotImportableError, match="keylife key's already"):
        look(_key(iam, "a-v1"), iam, [], None)


def test_a_key_that_iam_does_not_know_is_refused(iam: Any) -> None:
    with pytest.raises(NotImportableError, match="does not tell"):
        look("AKIAZZZZZZZZZZZZZZZZ", iam, [], None)
