"""The AWS stand-in's configuration, and imports."""

from __future__ import annotations

import json

import grpc  # type: ignore[import-untyped]  # no stubs among the locked packages
import pytest
from google.protobuf import empty_pb2  # type: ignore[import-untyped]

from keylife.sandbox.plugins.inputs import DEFAULTS
from tests.sandbox.aws.running import Key, Sandbox
from tests.sandbox.plugins.aws.declared import (
    ACCESS_KEY,
    ALLOW,
    ATTACHMENT,
    READ_ONLY,
    SECRET,
    USER,
    USER_POLICY,
    VERSION,
    configuration,
    policy,
)
from tests.sandbox.plugins.engine import Deployed, Engine


def imported(engine: Engine, token: str, id_: str) -> Deployed:
    """What `pulumi import` finds: the plugin is told the id and nothing else."""
    found = engine.refresh(Deployed(token, id_, {}, {}))
    assert found is not None
    return found


def test_everything_can_be_imported(engine: Engine, aws: Sandbox) -> None:
    user = engine.create(USER, name=aws.fresh_name(), tags={"a": "b"})
    inline = engine.create(USER_POLICY, user=user.id, name="p", policy=policy(ALLOW))
    key = engine.create(ACCESS_KEY, user=user.id)
    secret = engine.create(SECRET, name=aws.fresh_name())
    version = engine.create(VERSION, secretId=secret.id, secretString="x")
    engine.create(ATTACHMENT, user=user.id, policyArn=READ_ONLY)

    for made in (user, inline, secret, version):
        found = imported(engine, made.token, made.id)
        assert (found.id, found.outputs) == (made.id, made.outputs), made.token
    found = imported(engine, ACCESS_KEY, key.id)
    assert (found["user"], found["secret"]) == (user.id, None)
    found = imported(engine, ATTACHMENT, f"{user.id}/{READ_ONLY}")
    assert found.inputs == {"policyArn": READ_ONLY, "user": user.id, DEFAULTS: []}


def test_what_does_not_exist_is_not_imported(engine: Engine) -> None:
    assert engine.refresh(Deployed(USER, "nobody-here", {}, {})) is None
    for token in (ATTACHMENT, USER_POLICY, VERSION):
        with pytest.raises(grpc.RpcError, match=r"of the form|unexpected format"):
            engine.refresh(Deployed(token, "nonsense", {}, {}))


def test_default_tags_of_the_provider_are_merged_in(unconfigured: Engine, aws: Sandbox) -> None:
    defaults = {"defaultTags": json.dumps({"tags": {"stack": "dev", "team": "x"}})}
    unconfigured.configure(**configuration(aws), **defaults)
    user = unconfigured.create(USER, name=aws.fresh_name(), tags={"team": "mine"})

    assert user["tagsAll"] == {"stack": "dev", "team": "mine"}


def test_credentials_that_are_wrong_stop_the_provider(unconfigured: Engine, aws: Sandbox) -> None:
    wrong = Key("", "AKIA0000000000000000", "canary-secret")
    with pytest.raises(grpc.RpcError, match="unable to validate AWS credentials") as refused:
        unconfigured.configure(**configuration(aws, wrong))

    assert wrong.secret not in str(refused.value)


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"region": ""}, "Missing region"),
        ({"accessKey": ""}, "No valid credential sources"),
        ({"assumeRoles": '[{"roleArn":"arn:aws:iam::1:role/r","policy":"{}"}]'}, "policy"),
        ({"assumeRoles": '[{"roleArn":"a"},{"roleArn":"b"}]'}, "chains of roles"),
        ({"assumeRoles": '[{"roleArn":"arn:aws:iam::1:role/r"}]'}, "unable to assume the role"),
        ({"endpoints": '[{"sts":"https://sts.example.com"}]'}, "not on this machine"),
        ({"endpoints": "[]"}, "not on this machine"),
        ({"endpoints": "{"}, "not JSON"),
    ],
)
def test_a_configuration_that_would_mislead_is_refused(
    unconfigured: Engine,
    aws: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    config: dict[str, str],
    told: str,
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(grpc.RpcError, match=told):
        unconfigured.configure(**configuration(aws) | config)


def test_a_plugin_that_was_not_configured_does_nothing(unconfigured: Engine) -> None:
    with pytest.raises(grpc.RpcError, match="not configured"):
        unconfigured.create(USER, name="x")


def test_the_environment_configures_as_the_real_one_does(
    unconfigured: Engine, aws: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", aws.access.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", aws.access.secret_access_key)
    monkeypatch.setenv("AWS_REGION", "us-east-2")

    unconfigured.configure()
    assert unconfigured.create(SECRET, name=aws.fresh_name())["region"] == "us-east-2"


def test_the_plugin_tells_the_version_it_stands_for(unconfigured: Engine) -> None:
    assert unconfigured.plugin.GetPluginInfo(empty_pb2.Empty()).version == "7.51.1"
