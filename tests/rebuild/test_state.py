"""What is written down of a program: only what stands, as the engine would have it."""

from __future__ import annotations

import time
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from keylife.rebuild.standing import Standing
from keylife.rebuild.state import Declared, StackName, Written, export_with, without, write_down

NAME = StackName("organization", "keylife", "dev")
SIGNATURE = "4dabf18193072939515e22adb298388d"


class Component(pulumi.ComponentResource):
    def __init__(self, name: str, parent: pulumi.Resource | None = None) -> None:
        inputs = {"key": "a", "version": 1}
        super().__init__("keylife:index:Thing", name, inputs, pulumi.ResourceOptions(parent=parent))


def program() -> None:
    inner = Component("inner", Component("outer"))
    child = pulumi.ResourceOptions(parent=inner)
    user = aws.iam.User("user", name="mine", opts=child)
    secret = pulumi.Output.secret("canary-inside")
    aws.secretsmanager.SecretVersion("value", secret_id=user.arn, secret_string=secret, opts=child)
    far = aws.Provider("keylife-far", region="ap-south-1")
    aws.iam.User("gone", name="gone", opts=pulumi.ResourceOptions(provider=far))
    aws.iam.UserPolicy(
        "policy",
        user="mine",
        policy="{}",
        opts=pulumi.ResourceOptions(provider=far, depends_on=[user], protect=True),
    )


def look(declared: Declared) -> Standing | None:
    if declared.inputs.get("name") == "gone":
        return None
    if declared.type.endswith(":SecretVersion"):
        told = declared.inputs["secretString"]
        return Standing("v1", secrets={"secretString": told}, secret_inputs={"secretString": "was"})
    return Standing(
        f"id-of-{declared.type}", {"arn": "arn:the-user"}, inputs={"forceDestroy": True}
    )


@pytest.fixture
def written() -> Written:
    return write_down(NAME, {"aws:region": "eu-west-1"}, look, program)


def one(written: Written, name: str) -> dict[str, Any]:
    [found] = [r for r in written.resources if r["urn"].rpartition("::")[2] == name]
    return found


def test_urns_have_the_types_of_all_parents(written: Written) -> None:
    assert one(written, "user")["urn"] == (
        "urn:pulumi:dev::keylife::keylife:index:Thing$keylife:index:Thing$aws:iam/user:User::user"
    )
    assert one(written, "keylife-far")["urn"] == (
        "urn:pulumi:dev::keylife::pulumi:providers:aws::keylife-far"
    )
    assert one(written, "inner")["parent"] == one(written, "outer")["urn"]
    assert one(written, "outer")["parent"] == one(written, "keylife-dev")["urn"]


def test_what_was_read_back_goes_on_into_the_next_resource(written: Written) -> None:
    value = one(written, "value")

    assert value["inputs"]["secretId"] == "arn:the-user"
    assert value["inputs"]["secretString"] == {SIGNATURE: SECRET, "plaintext": '"was"'}
    assert value["outputs"]["secretString"]["plaintext"] == '"canary-inside"'
    assert one(written, "user")["inputs"] == {"name": "mine", "forceDestroy": True}
    assert one(written, "user")["outputs"]["id"] == one(written, "user")["id"]


SECRET = "1b47061264138c4ac30d75fd1eb44270"


def test_a_provider_that_nobody_declares_is_the_engine_s_own(written: Written) -> None:
    user, policy = one(written, "user"), one(written, "policy")
    [default] = [r for r in written.resources if "::default_" in r["urn"]]

    assert user["provider"] == f"{default['urn']}::{default['id']}"
    assert default["inputs"]["region"] == "eu-west-1" and default["inputs"]["version"]
    far = one(written, "keylife-far")
    assert policy["provider"] == f"{far['urn']}::{far['id']}"
    assert far["inputs"]["region"] == "ap-south-1"


def test_what_is_nowhere_is_left_out_and_told(written: Written) -> None:
    assert [urn.rpartition("::")[2] for urn in written.missing] == ["gone"]
    assert not [r for r in written.resources if r["urn"].endswith("::gone")]
    assert one(written, "policy")["protect"] is True
    assert one(written, "policy")["dependencies"] == [one(written, "user")["urn"]]


def test_leaving_one_out_takes_what_hangs_below_and_every_reference(written: Written) -> None:
    fewer = without(written, lambda resource: resource["urn"].endswith("::inner"))

    names = {r["urn"].rpartition("::")[2] for r in fewer.resources}
    assert {"inner", "user", "value"}.isdisjoint(names)
    assert one(fewer, "policy")["dependencies"] == []


def test_providers_come_before_what_needs_them(written: Written) -> None:
    state = export_with({"version": 3, "deployment": {"metadata": {}}}, written)

    kinds = [r["type"] for r in state["deployment"]["resources"]]
    assert kinds[0] == "pulumi:pulumi:Stack"
    assert set(kinds[1:3]) == {"pulumi:providers:aws"}
    assert state["deployment"]["metadata"] == {}


def test_resources_registered_at_once_each_keep_their_own_id() -> None:
    names = [f"user-{number}" for number in range(60)]

    def crowd() -> None:
        for name in names:
            aws.iam.User(name, name=name).id.apply(ids.append)

    def slowly(declared: Declared) -> Standing | None:
        time.sleep(0.01)  # all threads of the SDK are inside at once
        return Standing(f"id-of-{declared.inputs['name']}")

    ids: list[str] = []
    written = write_down(NAME, {}, slowly, crowd)

    assert sorted(ids) == sorted(f"id-of-{name}" for name in names)
    assert len([r for r in written.resources if r["type"] == "pulumi:providers:aws"]) == 1
