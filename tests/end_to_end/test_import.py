"""Access keys that existed before keylife: by hand, or by a plain program of the same stack."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.end_to_end.oracle import Answer, Oracle
from tests.end_to_end.project import PACK, PROGRAM, Project

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
EXPIRED = Answer(authenticates=True, may=False)
REFUSED = Answer(authenticates=False, may=False)

PLAIN = """
import pulumi_aws as aws

user = aws.iam.User("ci-user", name="{user}", path="/ci/", tags={{"team": "ci"}})
aws.iam.UserPolicyAttachment("ci-may", user=user.name, policy_arn="{policy}")
aws.iam.AccessKey("ci-key", user=user.name)
"""


def _made_by_hand(oracle: Oracle, user: str) -> dict[str, str]:
    oracle.iam.create_user(UserName=user)
    oracle.iam.attach_user_policy(UserName=user, PolicyArn=POLICY)
    made = oracle.iam.create_access_key(UserName=user)["AccessKey"]
    return {
        "access_key_id": made["AccessKeyId"],
        "secret_access_key": made["SecretAccessKey"],
    }


def _deny_policy(oracle: Oracle, user: str) -> Any:
    found = oracle.iam.get_user_policy(UserName=user, PolicyName="keylife-expiry")
    return found["PolicyDocument"]


def _import(project: Project, credential: str, *more: str) -> str:
    names = project.names
    return project.keylife(
        *("import", "aws-access-key", credential, "--id", names.id("ci")),
        *("--service", "billing", "--owner", "team-payments", "--ttl", "30d"),
        *("--rotate-every", "21d", "--deliver", f"vault-kv:secret/{names.path('ci')}", *more),
    ).stdout


@pytest.mark.leaves("users")  # what keylife did not make it does not take away
def test_a_key_made_by_hand_works_until_its_consumers_have_moved_and_then_ends(
    project: Project, oracle: Oracle
) -> None:
    names = project.names
    legacy = names.id("legacy")
    secret = _made_by_hand(oracle, legacy)
    project.run("config", "set", "--path", "keylife:targets.far.aws.region", "ap-south-1")

    told = _import(project, secret["access_key_id"], "--target", "far")
    assert "cannot be read back" in told
    assert secret["secret_access_key"] not in (project.keys / "team-payments.yaml").read_text()
    project.up(*project.at(NOON))

    assert project.steps(project.up(*project.at(NOON))).keys() == {"unchanged"}
    provider = project.resources("aws:iam/accessKey:AccessKey")[0]["provider"]
    assert "::keylife-far::" in provider
    assert oracle.aws_answers(secret)
    delivered = oracle.kv(names.path("ci"))
    assert delivered is not None and oracle.aws_answers(delivered.secret)
    assert delivered.secret["access_key_id"] != secret["access_key_id"]
    ends = NOON + 9 * DAY
    assert f"{ends:%Y-%m-%dT%H:%M:%SZ}" in str(_deny_policy(oracle, legacy))
    assert "adopted" in project.keylife("history", names.id("ci")).stdout

    project.sandbox.set_clock(ends)
    assert oracle.aws_answers(secret) == EXPIRED
    project.up(*project.at(ends + DAY))
    assert oracle.aws_answers(secret) == REFUSED
    project.up(*project.at(ends + 3 * DAY))
    assert oracle.iam.list_access_keys(UserName=legacy)["AccessKeyMetadata"] == []
    assert oracle.iam.list_user_policies(UserName=legacy)["PolicyNames"] == []
    assert oracle.iam.get_user(UserName=legacy)["User"]["Path"] == "/"


def test_a_plain_program_moves_into_keylife_and_nothing_is_replaced(
    project: Project, oracle: Oracle
) -> None:
    names = project.names
    user = names.id("ci-user")
    made = datetime.now(UTC).replace(microsecond=0)
    project.write_program(PLAIN.format(user=user, policy=POLICY))
    project.up(*project.at(made))
    [before] = project.resources("aws:iam/accessKey:AccessKey")
    [attached] = project.resources("aws:iam/userPolicyAttachment:UserPolicyAttachment")

    _import(project, before["id"])
    project.write_program(PROGRAM)
    now = made + 5 * DAY
    preview = project.preview(*project.at(now), "--policy-pack", str(PACK))
    steps = {word for counts in project.steps(preview) for word in counts.split()}
    assert "create" in steps
    assert not {"replace", "delete", "import"} & steps
    project.up(*project.at(now))

    [after] = project.resources("aws:iam/accessKey:AccessKey")
    assert after["id"] == before["id"]
    assert after["urn"].endswith(f"::{names.id('ci')}-v1")
    [still] = project.resources("aws:iam/userPolicyAttachment:UserPolicyAttachment")
    assert still["id"] == attached["id"]
    delivered = oracle.kv(names.path("ci"))
    assert delivered is not None and oracle.aws_answers(delivered.secret)
    assert delivered.secret["access_key_id"] == before["id"]
    tags = oracle.iam.list_user_tags(UserName=user)["Tags"]
    assert tags == [{"Key": "team", "Value": "ci"}]

    project.up(*project.at(made + 22 * DAY))
    rotated = oracle.kv(names.path("ci"))
    assert rotated is not None and rotated.secret["access_key_id"] != before["id"]
    project.up(*project.at(made + 32 * DAY))
    assert oracle.aws_answers(delivered.secret) == REFUSED
    project.up(*project.at(made + 34 * DAY))
    assert user not in {u["UserName"] for u in oracle.iam.list_users()["Users"]}
