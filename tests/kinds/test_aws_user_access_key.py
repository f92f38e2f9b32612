"""Access keys of one user that stays: nothing of it changes at a rotation but its end."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pulumi
from pulumi_aws import iam

from keylife.kinds.aws_user import deny_from
from keylife.kinds.aws_user_access_key import AwsUserAccessKey
from keylife.kinds.kind import Principal
from tests.kinds.issuances import BIRTH, READ_ONLY, issuance
from tests.program.engine import ACCESS_KEY, Engine, value_of

USER = "aws:iam/user:User"
USER_POLICY = "aws:iam/userPolicy:UserPolicy"
ATTACHMENT = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
END = BIRTH + timedelta(days=30)


def principal(*, live: bool = True) -> Principal:
    return Principal(
        key_id="billing",
        since=BIRTH - timedelta(days=100),
        scope={"policies": [READ_ONLY]},
        owner="team-payments",
        service="billing",
        end=END,
        live=live,
    )


def shared(*, live: bool = True) -> Engine:
    """What is registered besides the versions."""
    engine, kind = Engine(), AwsUserAccessKey()

    def program() -> None:
        made = kind.stand_for(principal(live=live), pulumi.ResourceOptions())
        kind.bound(principal(live=live), made, pulumi.ResourceOptions())

    engine.run(program)
    return engine


def issued(*, deactivated: bool = False) -> tuple[Engine, dict[str, str]]:
    engine = Engine()
    wanted = issuance({"policies": [READ_ONLY]}, deactivated=deactivated)

    def program() -> Any:
        made = AwsUserAccessKey().stand_for(principal(), pulumi.ResourceOptions())
        assert isinstance(made, iam.User)
        standing = {**vars(wanted), "principal": made}
        material = AwsUserAccessKey().issue(type(wanted)(**standing), pulumi.ResourceOptions())
        return {name: value_of(output) for name, output in material.items()}

    asked = engine.run(program)
    return engine, {name: ask() for name, ask in asked.items()}


def test_the_user_is_named_as_the_key_and_says_nothing_of_a_version() -> None:
    assert shared().one(USER, "billing/user").inputs == {
        "name": "billing",
        "path": "/keylife/billing/",
        "forceDestroy": True,
        "tags": {
            "keylife:key": "billing",
            "keylife:owner": "team-payments",
            "keylife:service": "billing",
            "keylife:birth": "2026-08-15T09:00:00Z",
        },
    }


def test_its_end_is_the_one_that_all_versions_share() -> None:
    engine = shared()
    policy = engine.one(USER_POLICY, "billing/expiry")

    assert json.loads(policy.inputs["policy"]) == deny_from(END)
    assert engine.leads_to(policy, engine.one(USER, "billing/user"))
    assert engine.names(ATTACHMENT) == ["billing/aws-ReadOnlyAccess"]


def test_the_user_of_a_revoked_key_may_do_nothing_and_keeps_its_end() -> None:
    engine = shared(live=False)

    assert engine.names(ATTACHMENT) == []
    assert engine.names(USER_POLICY) == ["billing/expiry"]


def test_a_version_is_a_key_of_the_user_and_nothing_else() -> None:
    engine, material = issued()

    assert engine.one(ACCESS_KEY, "billing-v3").inputs == {
        "status": "Active",
        "user": "billing",
    }
    assert {r.type for r in engine.registered} == {USER, ACCESS_KEY}
    assert material == {
        "access_key_id": "billing-v3-id",
        "secret_access_key": "canary-secret-access-key",
    }


def test_a_deactivated_version_is_inactive() -> None:
    engine, _ = issued(deactivated=True)

    assert engine.one(ACCESS_KEY, "billing-v3").inputs["status"] == "Inactive"


def test_a_key_that_no_state_has_is_looked_for_at_the_user() -> None:
    engine, _ = issued()
    made = engine.one(ACCESS_KEY, "billing-v3").inputs

    traced = AwsUserAccessKey().trace("billing", issuance({}).version)

    assert traced.items() <= made.items()
