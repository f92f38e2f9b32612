"""What a leaked access key began as a role does nothing any more; what begins later does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from keylife.orphan import Clients
from keylife.systems.system import Holding, Material, Verdict
from keylife.systems.table import SYSTEMS
from tests.systems import test_aws_iam
from tests.systems.doing import done, holding
from tests.systems.lossy import Lossy
from tests.systems.test_aws_iam import IAM

ROLES = SYSTEMS["aws-role-sessions"]
ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}
OWN = "arn:aws:iam::123456789012"


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class Roles:
    """The roles of one test, gone after it: every kill looks at all that there are."""

    def __init__(self, iam: Any) -> None:
        self.iam = iam
        self.made: list[str] = []

    def trusting(self, name: str, *trusted: str, **more: Any) -> str:
        """A role that may everything; its ARN."""
        principal = {"AWS": list(trusted)}
        trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
        text = document(trust)
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=text)["Role"]
        self.made.append(name)
        self.iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=document(ALLOW))
        return str(made["Arn"])

    def policies(self, name: str) -> list[str]:
        found: list[str] = self.iam.list_role_policies(RoleName=name)["PolicyNames"]
        return sorted(found)


@pytest.fixture
def roles(clients: Clients) -> Iterator[Roles]:
    iam = clients.aws("iam")
    found = Roles(iam)
    yield found
    for name in found.made:
        for policy in found.policies(name):
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        iam.delete_role(RoleName=name)


def leaked(clients: Clients, name: str) -> tuple[Holding, Material, Holding]:
    """A user's key, and what it may have begun elsewhere."""
    key, material = test_aws_iam.made(clients, name)
    user = clients.aws("iam").get_user(UserName=name)["User"]
    return key, material, sessions(name, key.facts["access_key"], user["Arn"], user["UserId"])


def sessions(user: str, access_key: str, arn: str, user_id: str) -> Holding:
    about = {"access_key": access_key, "user": user, "arn": arn, "user_id": user_id}
    return holding("aws-role-sessions", user).model_copy(update={"facts": about, "weak": "weak"})


def session(clients: Clients, material: Material, role: str) -> Any:
    """IAM, as whoever has the key is let in by a role."""
    url = clients.aws("iam").meta.endpoint_url
    own = boto3.Session(
        aws_access_key_id=material["access_key_id"],
        aws_secret_access_key=material["secret_access_key"],
        region_name="us-east-1",
    )
    lent = own.client("sts", endpoint_url=url).assume_role(RoleArn=role, RoleSessionName="holder")
    given = lent["Credentials"]
    return boto3.client(
        "iam",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )


def verdict(held: Holding, clients: Clients) -> tuple[Verdict, str]:
    answer = ROLES.look(held, clients)
    return answer.verdict, answer.said


def test_a_session_outlives_its_key_and_not_the_denial(
    clients: Clients, roles: Roles, name: str
) -> None:
    key, material, held = leaked(clients, name)
    holder = session(clients, material, roles.trusting(name, f"{OWN}:user/keylife/{name}/{name}"))
    done(key, clients)
    assert holder.list_users()["Users"], "the key is gone, and what it began is not"
    assert verdict(held, clients) == (Verdict.ACCEPTED, "not denied by 1 role")

    told = done(held, clients)["deny-sessions"]

    with pytest.raises(ClientError, match="AccessDenied"):
        holder.list_users()
    assert told.startswith("what began before 20")
    assert told.endswith("Z is denied by 1 role")
    assert verdict(held, clients) == (Verdict.REFUSED, "denied by 1 role")
    done(held, clients)
    assert verdict(held, clients) == (Verdict.REFUSED, "denied by 1 role")


def test_while_the_key_lives_it_is_denied_and_not_over(
    clients: Clients, roles: Roles, name: str
) -> None:
    key, material, held = leaked(clients, name)
    holder = session(clients, material, roles.trusting(name, f"{OWN}:user/keylife/{name}/{name}"))

    done(held, clients)

    with pytest.raises(ClientError, match="AccessDenied"):
        holder.list_users()
    assert verdict(held, clients) == (Verdict.ACCEPTED, "its key can begin sessions still")
    IAM.steps[1].do(key, clients)
    assert verdict(held, clients) == (Verdict.ACCEPTED, "not denied by 1 role")
    done(held, clients)
    assert verdict(held, clients) == (Verdict.REFUSED, "denied by 1 role")


def test_only_roles_that_name_the_user_are_touched(
    clients: Clients, roles: Roles, name: str
) -> None:
    key, _, held = leaked(clients, name)
    other = clients.aws("iam").create_user(UserName=f"{name}-2")["User"]["Arn"]
    arn = f"{OWN}:user/keylife/{name}/{name}"
    roles.trusting(f"{name}-named", other, arn)
    roles.trusting(f"{name}-by-id", held.facts["user_id"])
    roles.trusting(f"{name}-if", arn, Condition={"Bool": {"aws:SecureTransport": "true"}})
    roles.trusting(f"{name}-denied", arn, Effect="Deny")
    roles.trusting(f"{name}-other", other)
    roles.trusting(f"{name}-root", f"{OWN}:root")
    roles.trusting(f"{name}-account", "123456789012")
    roles.trusting(f"{name}-all", "*")
    roles.trusting(f"{name}-else", "arn:aws:iam::210987654321:root")
    done(key, clients)

    told = done(held, clients)["deny-sessions"]

    denied = [each for each in roles.made if "keylife-sessions" in roles.policies(each)]
    assert denied == [f"{name}-named", f"{name}-by-id", f"{name}-if"]
    assert told.endswith(
        "is denied by 3 roles; not by 3 roles that everybody in the account may be allowed to"
        " assume"
    )
    assert verdict(held, clients) == (Verdict.REFUSED, "denied by 3 roles")


@pytest.mark.parametrize(
    ("trust", "trusted"),
    [
        ({"Principal": "*"}, "1 role"),
        ({"NotPrincipal": {"AWS": "arn:aws:iam::210987654321:root"}}, "1 role"),
        ({"Principal": {"Service": "ec2.amazonaws.com"}}, ""),
        ({"Principal": {"Federated": "accounts.google.com"}}, ""),
    ],
)
def test_a_trust_policy_may_say_it_in_several_ways(
    clients: Clients, roles: Roles, name: str, trust: dict[str, Any], trusted: str
) -> None:
    key, _, held = leaked(clients, name)
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", **trust}
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    roles.iam.create_role(RoleName=name, AssumeRolePolicyDocument=text)
    roles.made.append(name)
    done(key, clients)

    told = done(held, clients)["deny-sessions"]

    more = "that everybody in the account may be allowed to assume"
    expected = f"no role names its user; not by {trusted} {more}" if trusted else None
    assert told == (expected or "no role names its user")
    assert verdict(held, clients) == (Verdict.REFUSED, "no role names its user")


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(lambda s: {**s, "Effect": "Allow"}, id="allows"),
        pytest.param(lambda s: {**s, "Action": "s3:*"}, id="denies less"),
        pytest.param(lambda s: {**s, "Condition": {}}, id="always"),
    ],
)
def test_a_denial_that_somebody_changed_is_none(
    clients: Clients, roles: Roles, name: str, changed: Any
) -> None:
    key, _, held = leaked(clients, name)
    roles.trusting(name, held.facts["arn"])
    done(key, clients)
    done(held, clients)
    about = {"RoleName": name, "PolicyName": "keylife-sessions"}
    found = roles.iam.get_role_policy(**about)["PolicyDocument"]["Statement"][0]
    roles.iam.put_role_policy(**about, PolicyDocument=document(changed(found)))

    assert verdict(held, clients) == (Verdict.ACCEPTED, "not denied by 1 role")


def test_of_a_user_that_the_state_does_not_know_iam_is_asked(
    clients: Clients, roles: Roles, name: str
) -> None:
    """An imported key's."""
    key, _, known = leaked(clients, name)
    roles.trusting(name, known.facts["arn"])
    held = sessions(name, known.facts["access_key"], "", "")
    for step in IAM.steps[:2]:
        step.do(key, clients)

    assert done(held, clients)["deny-sessions"].endswith("is denied by 1 role")

    done(key, clients)
    gone = "its user is gone, and what roles called it is not known"
    assert done(held, clients)["deny-sessions"] == gone
    assert verdict(held, clients) == (Verdict.UNCLEAR, gone)


def test_more_roles_than_one_answer_has(clients: Clients, roles: Roles, name: str) -> None:
    key, _, held = leaked(clients, name)
    for number in range(120):
        roles.trusting(f"{name}-{number:03}", held.facts["arn"])
    done(key, clients)

    assert done(held, clients)["deny-sessions"].endswith("is denied by 120 roles")
    assert verdict(held, clients) == (Verdict.REFUSED, "denied by 120 roles")


def test_a_role_that_refuses_keeps_no_other_back(
    through_aws_way: Clients, aws_way: Lossy, roles: Roles, name: str
) -> None:
    key, _, held = leaked(through_aws_way, name)
    for each in ("a", "b", "c"):
        roles.trusting(f"{name}-{each}", held.facts["arn"])
    done(key, through_aws_way)
    aws_way.loses = lambda method, path, body: f"RoleName={name}-b".encode() in body

    with pytest.raises(Exception, match="Connection was closed"):
        done(held, through_aws_way)

    aws_way.mended()
    assert verdict(held, through_aws_way) == (Verdict.REFUSED, "denied by 3 roles")


def test_an_answer_that_was_lost_leaves_nothing_undone(
    through_aws_way: Clients, aws_way: Lossy, roles: Roles, name: str
) -> None:
    key, _, held = leaked(through_aws_way, name)
    roles.trusting(name, held.facts["arn"])
    done(key, through_aws_way)
    number = 0
    while True:
        left = number
        number += 1

        def lost(method: str, path: str, body: bytes) -> bool:
            nonlocal left
            left -= 1
            return left == -1

        aws_way.mended().loses = lost
        try:
            done(held, through_aws_way)
        except Exception as error:
            assert type(error).__name__ == "ConnectionClosedError"
        if not aws_way.lost:
            break
    aws_way.mended()
    assert number > 3
    assert verdict(held, through_aws_way) == (Verdict.REFUSED, "denied by 1 role")
