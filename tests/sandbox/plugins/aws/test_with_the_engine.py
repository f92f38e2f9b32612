"""The AWS stand-in under the real engine, with a program that knows nothing of it."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.config import Config

from keylife.sandbox.lifecycle import Sandbox
from tests.sandbox.aws.running import error_of
from tests.workspace import MakeWorkspace, Workspace

pytestmark = pytest.mark.end_to_end

PROGRAM = """
import json
import pulumi
import pulumi_aws as aws

config = pulumi.Config()
user = aws.iam.User("robot", path="/keylife/engine/", tags={"key": "engine", "version": "1"})
deny_after = {
    "Version": "2012-10-17",
    "Statement": [{
        "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2036-01-01T00:00:00Z"}},
    }],
}
aws.iam.UserPolicy("expiry", user=user.name, policy=json.dumps(deny_after))
aws.iam.UserPolicyAttachment(
    "reads", user=user.name, policy_arn="arn:aws:iam::aws:policy/ReadOnlyAccess"
)
key = aws.iam.AccessKey("key", user=user.name, status=config.get("status"))
secret = aws.secretsmanager.Secret("place", recovery_window_in_days=0)
aws.secretsmanager.SecretVersion(
    "value",
    secret_id=secret.id,
    secret_string=pulumi.Output.json_dumps({"id": key.id, "secret": key.secret}),
)
pulumi.export("user", user.name)
pulumi.export("place", secret.arn)
"""


def client(sandbox: Sandbox, service: Any, key: tuple[str, str] | None = None) -> Any:
    given = sandbox.environment()
    key_id, secret = key or (given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"])
    return boto3.client(
        service,
        endpoint_url=given["AWS_ENDPOINT_URL"],
        region_name=given["AWS_REGION"],
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}),
    )


def delivered_key(sandbox: Sandbox, place: str) -> tuple[str, str]:
    """The key as its consumer reads it."""
    answer = client(sandbox, "secretsmanager").get_secret_value(SecretId=place)
    key = json.loads(answer["SecretString"])
    return key["id"], key["secret"]


def changes(workspace: Workspace) -> dict[str, int]:
    """What a preview would do, by kind of step."""
    summary: dict[str, int] = json.loads(workspace.preview("--json").stdout)["changeSummary"]
    return summary


def test_a_key_lives_and_dies_under_the_real_engine(
    make_workspace: MakeWorkspace, sandbox: Sandbox
) -> None:
    workspace = make_workspace(PROGRAM)
    assert changes(workspace) == {"create": 7}
    workspace.up()
    user, place = workspace.outputs()["user"], workspace.outputs()["place"]
    key = delivered_key(sandbox, place)

    assert error_of(client(sandbox, "iam", key).list_users) is None
    assert key[1] not in json.dumps(workspace.export())
    assert changes(workspace) == {"same": 7}

    workspace.set_config("status", "Inactive")
    assert changes(workspace) == {"same": 6, "update": 1}
    workspace.up()
    assert error_of(client(sandbox, "sts", key).get_caller_identity) == "InvalidClientTokenId"
    assert delivered_key(sandbox, place) == key

    client(sandbox, "iam").delete_access_key(UserName=user, AccessKeyId=key[0])
    workspace.run("refresh", "--yes", "--skip-preview")
    assert workspace.resources("aws:iam/accessKey:AccessKey") == []
    workspace.up()
    assert delivered_key(sandbox, place) != key

    workspace.destroy()
    assert error_of(client(sandbox, "iam").get_user, UserName=user) == "NoSuchEntity"
    gone = error_of(client(sandbox, "secretsmanager").describe_secret, SecretId=place)
    assert gone == "ResourceNotFoundException"


def test_a_deploy_that_fails_half_way_goes_on_when_run_again(
    make_workspace: MakeWorkspace, sandbox: Sandbox
) -> None:
    workspace = make_workspace(PROGRAM)
    order = {"service": "iam", "action": "CreateAccessKey", "kind": "error-before"}
    faults = f"{sandbox.environment()['AWS_ENDPOINT_URL']}/keylife-sandbox/faults"
    post(faults, [order])

    failed = workspace.up(check=False)
    assert failed.returncode != 0
    assert "creating IAM Access Key" in failed.stdout + failed.stderr

    workspace.up()
    assert changes(workspace) == {"same": 7}
    user = workspace.outputs()["user"]
    keys = client(sandbox, "iam").list_access_keys(UserName=user)["AccessKeyMetadata"]
    assert len(keys) == 1
    workspace.destroy()


def post(url: str, body: Any) -> None:
    with urlopen(Request(url, json.dumps(body).encode()), timeout=10) as answer:
        assert answer.status == 200
