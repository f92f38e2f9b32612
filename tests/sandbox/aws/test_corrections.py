"""What moto alone would get wrong, held against AWS's reference."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.aws.running import Sandbox, error_of

ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def test_a_user_is_deleted_only_when_it_owns_nothing_any_more(aws: Sandbox) -> None:
    iam, key = aws.iam(), aws.key_with(ALLOW)
    name, group = key.user, aws.fresh_name()
    iam.attach_user_policy(UserName=name, PolicyArn=READ_ONLY)
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=name)
    iam.create_login_profile(UserName=name, Password="Correct-Horse-1")

    steps: list[Callable[[], object]] = [
        lambda: iam.remove_user_from_group(GroupName=group, UserName=name),
        lambda: iam.detach_user_policy(UserName=name, PolicyArn=READ_ONLY),
        lambda: iam.delete_user_policy(UserName=name, PolicyName="inline"),
        lambda: iam.delete_access_key(UserName=name, AccessKeyId=key.id),
        lambda: iam.delete_login_profile(UserName=name),
    ]
    for step in steps:
        assert error_of(iam.delete_user, UserName=name) == "DeleteConflict"
        step()
    assert error_of(iam.delete_user, UserName=name) is None


def test_a_user_has_at_most_ten_attached_policies(aws: Sandbox) -> None:
    iam, name = aws.iam(), aws.key_with().user
    arns = []
    for _ in range(11):
        made = iam.create_policy(
            PolicyName=aws.fresh_name(),
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": ALLOW}),
        )
        arns.append(made["Policy"]["Arn"])
    for arn in arns[:10]:
        iam.attach_user_policy(UserName=name, PolicyArn=arn)

    assert error_of(iam.attach_user_policy, UserName=name, PolicyArn=arns[0]) is None
    assert error_of(iam.attach_user_policy, UserName=name, PolicyArn=arns[10]) == "LimitExceeded"


def test_inline_policies_of_a_user_hold_2048_characters_without_white_space(aws: Sandbox) -> None:
    iam, name = aws.iam(), aws.key_with().user

    def put(policy: str, filler: int) -> str | None:
        statement = {"Sid": "a" * filler, **ALLOW}
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=4)
        return error_of(iam.put_user_policy, UserName=name, PolicyName=policy, PolicyDocument=text)

    assert put("first", 1_000) is None
    assert put("first", 1_900) is None
    assert put("second", 100) == "LimitExceeded"


def test_keys_and_tags_follow_a_user_that_is_renamed(aws: Sandbox) -> None:
    key, new = aws.key_with(ALLOW, tags={"team": "payments"}), aws.fresh_name()
    aws.iam().update_user(UserName=key.user, NewUserName=new, NewPath="/moved/")

    assert aws.sts(key).get_caller_identity()["Arn"].endswith(f":user/moved/{new}")
    assert error_of(aws.iam(key).list_users) is None
    assert aws.iam().list_user_tags(UserName=new)["Tags"] == [{"Key": "team", "Value": "payments"}]


def labels(aws: Sandbox, name: str) -> dict[str, set[str]]:
    found = aws.secrets().describe_secret(SecretId=name)["VersionIdsToStages"]
    return {version: set(stages) for version, stages in found.items() if stages}


def test_staging_labels_move_as_aws_moves_them(aws: Sandbox) -> None:
    secrets, name = aws.secrets(), aws.fresh_name()
    secrets.create_secret(Name=name)
    first = secrets.put_secret_value(SecretId=name, SecretString="1", VersionStages=["blue"])
    one = first["VersionId"]
    assert labels(aws, name) == {one: {"blue", "AWSCURRENT"}}

    two = secrets.put_secret_value(SecretId=name, SecretString="2")["VersionId"]
    assert labels(aws, name) == {one: {"blue", "AWSPREVIOUS"}, two: {"AWSCURRENT"}}

    three = secrets.put_secret_value(
        SecretId=name, SecretString="3", VersionStages=["AWSCURRENT", "blue"]
    )["VersionId"]
    assert labels(aws, name) == {two: {"AWSPREVIOUS"}, three: {"AWSCURRENT", "blue"}}
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "3"
    assert (
        secrets.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["SecretString"] == "2"
    )

    secrets.update_secret_version_stage(
        SecretId=name, VersionStage="AWSCURRENT", RemoveFromVersionId=three, MoveToVersionId=two
    )
    assert labels(aws, name) == {two: {"AWSCURRENT"}, three: {"AWSPREVIOUS", "blue"}}

    four = secrets.put_secret_value(SecretId=name, SecretString="4")["VersionId"]
    assert labels(aws, name) == {two: {"AWSPREVIOUS"}, three: {"blue"}, four: {"AWSCURRENT"}}


def test_the_same_request_token_puts_a_value_once(aws: Sandbox) -> None:
    secrets, name, token = aws.secrets(), aws.fresh_name(), "t" * 32
    secrets.create_secret(Name=name, SecretString="0")
    for _ in range(2):
        secrets.put_secret_value(SecretId=name, SecretString="1", ClientRequestToken=token)
    before = labels(aws, name)

    assert len(before) == 2
    with pytest.raises(ClientError, match="ResourceExistsException"):
        secrets.put_secret_value(SecretId=name, SecretString="2", ClientRequestToken=token)
    assert labels(aws, name) == before


def test_the_current_label_cannot_be_taken_away(aws: Sandbox) -> None:
    secrets, name = aws.secrets(), aws.fresh_name()
    version = secrets.create_secret(Name=name, SecretString="1")["VersionId"]

    assert (
        error_of(
            secrets.update_secret_version_stage,
            SecretId=name,
            VersionStage="AWSCURRENT",
            RemoveFromVersionId=version,
        )
        == "InvalidParameterException"
    )
    assert labels(aws, name) == {version: {"AWSCURRENT"}}


def test_a_secret_marked_for_deletion_is_neither_read_nor_written_nor_made_again(
    aws: Sandbox,
) -> None:
    secrets, name = aws.secrets(), aws.fresh_name()
    secrets.create_secret(Name=name, SecretString="1")
    secrets.delete_secret(SecretId=name, RecoveryWindowInDays=7)

    with pytest.raises(ClientError, match="because it was marked for deletion"):
        secrets.get_secret_value(SecretId=name)
    with pytest.raises(ClientError, match="because it was marked for deletion"):
        secrets.put_secret_value(SecretId=name, SecretString="2")
    with pytest.raises(ClientError, match="already scheduled for deletion"):
        secrets.create_secret(Name=name, SecretString="2")

    secrets.restore_secret(SecretId=name)
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "1"


def test_what_moto_takes_without_effect_is_refused(aws: Sandbox) -> None:
    secrets, name = aws.secrets(), aws.fresh_name()
    secrets.create_secret(Name=name, SecretString="1")

    assert (
        error_of(
            aws.iam().create_user,
            UserName=aws.fresh_name(),
            PermissionsBoundary="arn:aws:iam::aws:policy/ReadOnlyAccess",
        )
        == "NotImplemented"
    )
    assert (
        error_of(secrets.put_resource_policy, SecretId=name, ResourcePolicy="{}")
        == "NotImplemented"
    )


def test_an_update_sets_value_and_description_even_to_nothing(aws: Sandbox) -> None:
    secrets, name = aws.secrets(), aws.fresh_name()
    one = secrets.create_secret(Name=name, SecretString="1", Description="words")["VersionId"]
    secrets.update_secret(SecretId=name, Description="", SecretString="2")

    assert secrets.describe_secret(SecretId=name).get("Description", "") == ""
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "2"
    assert labels(aws, name)[one] == {"AWSPREVIOUS"}


def test_the_quota_of_users_counts(aws: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keylife.sandbox.aws.corrections.USERS_PER_ACCOUNT", 1)

    assert error_of(aws.iam().create_user, UserName=aws.fresh_name()) == "LimitExceeded"


def test_sessions_of_users_are_refused(aws: Sandbox) -> None:
    sts = aws.client("sts")

    assert error_of(sts.get_session_token) == "NotImplemented"
    assert error_of(sts.get_federation_token, Name="somebody") == "NotImplemented"


def test_what_moto_cannot_do_is_told_and_nothing_breaks(
    aws: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    name = aws.key_with().user

    assert (
        error_of(
            aws.iam().put_user_permissions_boundary, UserName=name, PermissionsBoundary=READ_ONLY
        )
        == "NotImplemented"
    )
    assert "moto broke: NotImplementedError" in caplog.text
    assert error_of(aws.iam().get_user, UserName=name) is None
