"""Users, keys and policies as the AWS stand-in makes, changes and deletes them."""

from __future__ import annotations

import json
import re

import grpc  # type: ignore[import-untyped]  # no stubs among the locked packages
import pytest

from keylife.sandbox.plugins.aws.access_key import smtp_password
from keylife.sandbox.plugins.aws.base import tags_out
from keylife.sandbox.plugins.aws.policy_text import normalised
from keylife.sandbox.plugins.inputs import DEFAULTS
from keylife.sandbox.plugins.values import Secret
from tests.sandbox.aws.running import Key, Sandbox, error_of
from tests.sandbox.plugins.aws.declared import (
    ACCESS_KEY,
    ALLOW,
    ATTACHMENT,
    POLICY,
    READ_ONLY,
    REGION,
    USER,
    USER_POLICY,
    differences,
    policy,
)
from tests.sandbox.plugins.engine import Engine, left_behind


def test_a_user_from_birth_to_death(engine: Engine, aws: Sandbox) -> None:
    name = aws.fresh_name()
    tags = {"key": "billing", "version": "1"}
    user = engine.create(USER, name=name, path="/keylife/billing/", tags=tags)

    assert user.id == name
    assert user["arn"] == f"arn:aws:iam::123456789012:user/keylife/billing/{name}"
    assert (user["tags"], user["tagsAll"], user["forceDestroy"]) == (tags, tags, False)
    assert differences(engine, user, name=name, path="/keylife/billing/", tags=tags) == ([], [])
    assert differences(engine, user, name=name, path="/", tags={"key": "billing"}) == (
        ["path", "tags"],
        [],
    )

    user = engine.update(user, name=name, path="/", tags={"key": "b"}, forceDestroy=True)
    assert (user["path"], user["tags"], user["forceDestroy"]) == ("/", {"key": "b"}, True)

    again = engine.refresh(user)
    assert again is not None
    assert again.outputs == user.outputs
    assert again.inputs | {DEFAULTS: []} == user.inputs

    engine.delete(user)
    assert engine.refresh(user) is None
    engine.delete(user)


def test_a_user_is_renamed_in_place(engine: Engine, aws: Sandbox) -> None:
    old, new = aws.fresh_name(), aws.fresh_name()
    user = engine.create(USER, name=old, tags={"team": "a"})

    assert differences(engine, user, name=new, tags={"team": "a"}) == (["name"], [])
    renamed = engine.update(user, name=new, tags={"team": "a"})
    assert (renamed["name"], renamed["tags"]) == (new, {"team": "a"})


def test_a_user_with_a_foreign_key_is_only_deleted_by_force(engine: Engine, aws: Sandbox) -> None:
    name = aws.fresh_name()
    user = engine.create(USER, name=name)
    aws.iam().create_access_key(UserName=name)
    aws.iam().create_login_profile(UserName=name, Password="Correct-Horse-1")

    with pytest.raises(grpc.RpcError, match="DeleteConflict"):
        engine.delete(user)
    engine.delete(engine.update(user, name=name, forceDestroy=True))
    assert engine.refresh(user) is None


def test_force_does_not_take_policies_away(engine: Engine, aws: Sandbox) -> None:
    user = engine.create(USER, name=aws.fresh_name(), forceDestroy=True)
    attached = engine.create(ATTACHMENT, user=user.id, policyArn=READ_ONLY)

    with pytest.raises(grpc.RpcError, match="DeleteConflict"):
        engine.delete(user)
    engine.delete(attached)
    engine.delete(user)


def test_a_taken_name_is_refused(engine: Engine, aws: Sandbox) -> None:
    name = aws.fresh_name()
    engine.create(USER, name=name)

    with pytest.raises(grpc.RpcError, match="EntityAlreadyExists"):
        engine.create(USER, name=name)


def test_an_access_key_works_and_its_secrets_are_marked(engine: Engine, aws: Sandbox) -> None:
    user = aws.key_with(ALLOW).user
    made = engine.create(ACCESS_KEY, user=user)
    secret = made["secret"]

    assert isinstance(made.outputs["secret"], Secret)
    assert made.outputs["sesSmtpPasswordV4"] == Secret(smtp_password(secret, REGION))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made["createDate"])
    assert error_of(aws.iam(Key(user, made.id, secret)).list_users) is None


def test_an_access_key_is_deactivated_in_place(engine: Engine, aws: Sandbox) -> None:
    user = aws.key_with(ALLOW).user
    made = engine.create(ACCESS_KEY, user=user)
    key = Key(user, made.id, made["secret"])

    assert differences(engine, made, user=user, status="Inactive") == (["status"], [])
    off = engine.update(made, user=user, status="Inactive")
    assert (off["status"], off["secret"]) == ("Inactive", key.secret)
    assert error_of(aws.iam(key).list_users) == "InvalidClientTokenId"

    assert engine.update(off, user=user)["status"] == "Active"
    assert error_of(aws.iam(key).list_users) is None
    assert differences(engine, made, user="another") == (["user"], ["user"])


def test_an_access_key_may_be_born_inactive(engine: Engine, aws: Sandbox) -> None:
    user = engine.create(USER, name=aws.fresh_name())
    made = engine.create(ACCESS_KEY, user=user.id, status="Inactive")

    assert made["status"] == "Inactive"
    assert error_of(aws.sts(Key("", made.id, made["secret"])).get_caller_identity) is not None


def test_a_refresh_sees_what_was_done_outside(engine: Engine, aws: Sandbox) -> None:
    user = aws.key_with(ALLOW).user
    made = engine.create(ACCESS_KEY, user=user)
    aws.iam().update_access_key(UserName=user, AccessKeyId=made.id, Status="Inactive")

    seen = engine.refresh(made)
    assert seen is not None
    assert (seen["status"], seen["secret"]) == ("Inactive", made["secret"])
    assert differences(engine, seen, user=user) == (["status"], [])

    aws.iam().delete_access_key(UserName=user, AccessKeyId=made.id)
    assert engine.refresh(made) is None
    engine.delete(made)


def test_a_third_key_of_a_user_is_refused(engine: Engine, aws: Sandbox) -> None:
    user = aws.key_with(ALLOW).user
    engine.create(ACCESS_KEY, user=user)

    with pytest.raises(grpc.RpcError, match="LimitExceeded"):
        engine.create(ACCESS_KEY, user=user)


@pytest.mark.parametrize(
    ("kind", "left"), [("executed-but-error", 1), ("error-before", 0), ("throttle", 0)]
)
def test_a_key_is_never_tried_twice(engine: Engine, aws: Sandbox, kind: str, left: int) -> None:
    user = engine.create(USER, name=aws.fresh_name()).id
    order = {"service": "iam", "action": "CreateAccessKey", "match": {"UserName": user}}
    aws.ask("faults", [{**order, "kind": kind}])

    with pytest.raises(grpc.RpcError, match="creating IAM Access Key"):
        engine.create(ACCESS_KEY, user=user)
    assert len(aws.iam().list_access_keys(UserName=user)["AccessKeyMetadata"]) == left


def test_a_user_is_never_tried_twice(engine: Engine, aws: Sandbox) -> None:
    order = {"service": "iam", "action": "CreateUser", "kind": "executed-but-error"}
    aws.ask("faults", [order])

    with pytest.raises(grpc.RpcError, match="ServiceFailure"):
        engine.create(USER, name=aws.fresh_name())


def test_a_user_leaves_its_groups_before_it_is_deleted(engine: Engine, aws: Sandbox) -> None:
    user, group = engine.create(USER, name=aws.fresh_name()), aws.fresh_name()
    aws.iam().create_group(GroupName=group)
    aws.iam().add_user_to_group(GroupName=group, UserName=user.id)

    engine.delete(user)
    assert aws.iam().get_group(GroupName=group)["Users"] == []


def test_tags_that_aws_set_itself_are_left_out() -> None:
    found = [{"Key": "aws:created-by", "Value": "x"}, {"Key": "team", "Value": "a"}]

    assert tags_out(found) == {"tags": {"team": "a"}, "tagsAll": {"team": "a"}}


def test_a_policy_is_escaped_as_go_escapes_it() -> None:
    assert normalised('{"Id": "<a&b>", "Version": "2012-10-17"}') == (
        r'{"Version":"2012-10-17","Id":"\u003ca\u0026b\u003e"}'
    )


def test_a_read_is_tried_again(engine: Engine, aws: Sandbox) -> None:
    user = engine.create(USER, name=aws.fresh_name())
    order = {"service": "iam", "action": "GetUser", "kind": "throttle", "times": 2}
    aws.ask("faults", [order])

    assert engine.refresh(user) is not None
    assert aws.ask("faults") == []


def test_a_user_that_was_made_but_not_read_is_not_lost(engine: Engine, aws: Sandbox) -> None:
    name = aws.fresh_name()
    aws.ask("faults", [{"service": "iam", "action": "GetUser", "kind": "error-before", "times": 9}])

    with pytest.raises(grpc.RpcError, match="reading IAM User") as failure:
        engine.create(USER, name=name)
    kept = left_behind(failure.value)
    assert kept is not None
    assert kept.id == name


def test_an_inline_policy_from_birth_to_death(engine: Engine, aws: Sandbox) -> None:
    user = engine.create(USER, name=aws.fresh_name()).id
    text = json.dumps({"Statement": [ALLOW], "Version": "2012-10-17"}, indent=2)
    made = engine.create(USER_POLICY, user=user, name="all", policy=text)

    assert made.id == f"{user}:all"
    assert made["policy"] == (
        '{"Version":"2012-10-17","Statement":[{"Action":"*","Effect":"Allow","Resource":"*"}]}'
    )
    same = json.dumps({"Version": "2012-10-17", "Statement": {**ALLOW, "Action": ["*"]}})
    assert differences(engine, made, user=user, name="all", policy=same) == ([], [])
    other = policy({**ALLOW, "Effect": "Deny"})
    assert differences(engine, made, user=user, name="all", policy=other) == (["policy"], [])
    assert differences(engine, made, user="x", name="all", policy=text)[1] == ["user"]

    changed = engine.update(made, user=user, name="all", policy=other)
    assert '"Deny"' in changed["policy"]
    again = engine.refresh(changed)
    assert again is not None
    assert again.outputs == changed.outputs

    aws.iam().delete_user_policy(UserName=user, PolicyName="all")
    assert engine.refresh(changed) is None
    engine.delete(changed)


def test_an_inline_policy_may_be_written_as_an_object(engine: Engine, aws: Sandbox) -> None:
    user = engine.create(USER, name=aws.fresh_name()).id
    made = engine.create(
        USER_POLICY, user=user, policy={"Version": "2012-10-17", "Statement": [ALLOW]}
    )

    assert json.loads(made["policy"])["Statement"] == [ALLOW]
    assert re.fullmatch(rf"{user}:it-[0-9a-f]{{7}}", made.id)


def test_a_name_prefix_makes_a_name(engine: Engine, aws: Sandbox) -> None:
    user = engine.create(USER, name=aws.fresh_name()).id
    made = engine.create(USER_POLICY, user=user, namePrefix="deny-", policy=policy(ALLOW))

    assert re.fullmatch(r"deny-\w{26}", made["name"])
    assert made["namePrefix"] == "deny-"
    assert differences(engine, made, user=user, namePrefix="deny-", policy=policy(ALLOW)) == (
        [],
        [],
    )


def test_an_attachment_from_birth_to_death(engine: Engine, aws: Sandbox) -> None:
    user = engine.create(USER, name=aws.fresh_name()).id
    made = engine.create(ATTACHMENT, user=user, policyArn=READ_ONLY)

    assert re.fullmatch(rf"{user}-\w{{26}}", made.id)
    assert differences(engine, made, user=user, policyArn=READ_ONLY) == ([], [])
    assert differences(engine, made, user=user, policyArn=READ_ONLY + "2")[1] == ["policyArn"]

    aws.iam().detach_user_policy(UserName=user, PolicyArn=READ_ONLY)
    assert engine.refresh(made) is None
    engine.delete(made)


def test_a_managed_policy_changes_its_default_version(engine: Engine, aws: Sandbox) -> None:
    made = engine.create(POLICY, name=aws.fresh_name(), policy=policy(ALLOW))
    for number in range(6):
        made = engine.update(
            made, name=made["name"], policy=policy(ALLOW | {"Action": f"sts:Get{number}"})
        )

    assert "sts:Get5" in made["policy"]
    engine.delete(made)
    assert engine.refresh(made) is None
