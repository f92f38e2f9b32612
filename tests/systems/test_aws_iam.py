"""An access key is dead when STS does not know it in two regions, and its user has no other."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from keylife.orphan import Clients
from keylife.sandbox.lifecycle import Sandbox
from keylife.systems.aws_answers import as_the_version
from keylife.systems.system import Holding, Material, Verdict
from keylife.systems.table import SYSTEMS
from tests.end_to_end.oracle import Oracle
from tests.systems.doing import done, holding
from tests.systems.lossy import Lossy

IAM = SYSTEMS["aws-iam"]
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def made(clients: Clients, name: str, whose: str = "version") -> tuple[Holding, Material]:
    """A user as keylife makes it, with a key."""
    iam = clients.aws("iam")
    iam.create_user(UserName=name, Path=f"/keylife/{name}/")
    iam.attach_user_policy(UserName=name, PolicyArn=ADMIN)
    return key_of(clients, name, whose)


def key_of(clients: Clients, name: str, whose: str) -> tuple[Holding, Material]:
    key = clients.aws("iam").create_access_key(UserName=name)["AccessKey"]
    facts = {"user": name, "access_key": key["AccessKeyId"], "whose": whose, "living": ""}
    secret = key["SecretAccessKey"]
    held = holding("aws-iam", name, **facts)
    return held, {"access_key_id": key["AccessKeyId"], "secret_access_key": secret}


def verdict(held: Holding, material: Material, clients: Clients) -> tuple[Verdict, str]:
    answer = IAM.use(held, material, clients)
    return answer.verdict, answer.said


def keys_of(clients: Clients, name: str) -> dict[str, str]:
    listed = clients.aws("iam").list_access_keys(UserName=name)["AccessKeyMetadata"]
    return {entry["AccessKeyId"]: entry["Status"] for entry in listed}


def as_holder(clients: Clients, material: Material) -> Any:
    pair = (material["access_key_id"], material["secret_access_key"])
    return as_the_version(clients.aws("iam"), "iam", *pair, "us-east-1")


def test_each_step_takes_more_of_a_key_and_says_what_it_did(clients: Clients, name: str) -> None:
    held, material = made(clients, name)
    assert verdict(held, material, clients) == (Verdict.ACCEPTED, "200")
    told = {}
    seen = {}
    for step in IAM.steps:
        told[step.name] = step.do(held, clients)
        seen[step.name] = verdict(held, material, clients)

    dead = (Verdict.REFUSED, "InvalidClientTokenId")
    assert told == {
        "deny": "denied everything",
        "deactivate": "inactive",
        "end-sessions": "denied with everything else",
        "end-other-credentials": "found no others",
        "delete-key": "deleted",
        "delete-user": "deleted the user; found no others",
    }
    assert seen == {
        "deny": (Verdict.POWERLESS, "AccessDenied by an explicit deny"),
        "deactivate": dead,
        "end-sessions": dead,
        "end-other-credentials": dead,
        "delete-key": (Verdict.POWERLESS, "its user stands still, denied everything"),
        "delete-user": dead,
    }
    assert IAM.look(held, clients).verdict is Verdict.REFUSED
    assert [step.name for step in IAM.steps if not step.final] == [
        "deny",
        "deactivate",
        "end-sessions",
    ]


def test_all_of_it_again_finds_nothing_to_do(clients: Clients, name: str) -> None:
    held, material = made(clients, name)
    done(held, clients)

    assert done(held, clients) == {
        "deny": "no such user",
        "deactivate": "no such access key",
        "end-sessions": "denied with everything else",
        "end-other-credentials": "found no others",
        "delete-key": "no such access key",
        "delete-user": "no such user",
    }
    assert verdict(held, material, clients) == (Verdict.REFUSED, "InvalidClientTokenId")


def test_what_a_policy_merely_does_not_allow_is_not_powerless(clients: Clients, name: str) -> None:
    held, material = made(clients, name)
    clients.aws("iam").detach_user_policy(UserName=name, PolicyArn=ADMIN)

    assert verdict(held, material, clients) == (Verdict.ACCEPTED, "200")


def test_a_probe_names_requests_in_two_regions(clients: Clients, name: str) -> None:
    held, material = made(clients, name)
    done(held, clients)

    first = IAM.use(held, material, clients)
    second = IAM.use(held, material, clients)

    ids = f"{first.request_id} {second.request_id}".split()
    assert len(set(ids)) == 4


def test_a_wrong_secret_is_no_refusal(clients: Clients, name: str) -> None:
    """The key id exists, and may be alive."""
    held, material = made(clients, name)
    wrong = {**material, "secret_access_key": "x" * 40}

    assert verdict(held, wrong, clients) == (Verdict.UNCLEAR, "SignatureDoesNotMatch")


def test_a_holder_that_made_itself_everything_loses_everything(clients: Clients, name: str) -> None:
    held, material = made(clients, name)
    holder = as_holder(clients, material)
    second = holder.create_access_key(UserName=name)["AccessKey"]
    holder.create_login_profile(UserName=name, Password="Aa1!Aa1!Aa1!")
    holder.create_service_specific_credential(UserName=name, ServiceName="codecommit.amazonaws.com")
    device = holder.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
    holder.enable_mfa_device(
        UserName=name,
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1="123456",
        AuthenticationCode2="123457",
    )
    holder.upload_ssh_public_key(UserName=name, SSHPublicKeyBody="ssh-rsa AAAA")
    holder.create_group(GroupName=name)
    holder.add_user_to_group(UserName=name, GroupName=name)
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    holder.put_user_policy(UserName=name, PolicyName="mine", PolicyDocument=document)

    told = done(held, clients)

    assert told["end-other-credentials"] == (
        "ended 1 access key, 1 console password, 1 service-specific credential, 1 SSH key,"
        " 1 MFA device"
    )
    assert told["delete-user"] == "deleted the user; found no others"
    other = {
        "access_key_id": second["AccessKeyId"],
        "secret_access_key": second["SecretAccessKey"],
    }
    assert verdict(held, other, clients)[0] is Verdict.REFUSED
    clients.aws("iam").delete_group(GroupName=name)


def test_policies_that_leave_no_room_for_the_denial_go(clients: Clients, name: str) -> None:
    """IAM takes 2,048 characters of inline policies: whoever fills them is not spared."""
    held, material = made(clients, name)
    statement = {"Effect": "Allow", "Action": "*", "Resource": ["arn:aws:s3:::" + "x" * 1930]}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    clients.aws("iam").put_user_policy(UserName=name, PolicyName="full", PolicyDocument=document)

    assert IAM.steps[0].do(held, clients) == "denied everything"
    assert verdict(held, material, clients)[0] is Verdict.POWERLESS


def test_a_user_is_denied_everything_until_the_last_moment(
    clients: Clients, sandbox: Sandbox, name: str
) -> None:
    """A try before may have taken the denial away already, and then failed."""
    held, _ = made(clients, name)
    for policy in ("another", "zeta"):
        allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [allow]}
        clients.aws("iam").put_user_policy(
            UserName=name, PolicyName=policy, PolicyDocument=json.dumps(document)
        )

    IAM.steps[-1].do(held, clients)

    calls = [
        (call["action"], call["parameters"].get("PolicyName"))
        for call in Oracle(sandbox).front("calls")["calls"]
        if call["parameters"].get("UserName") == name and call["executed"]
        if not call["action"].startswith(("List", "Get"))
    ]
    begun = calls[calls.index(("PutUserPolicy", "keylife-revoked")) :]
    assert begun[1][0] == "DeleteAccessKey"
    assert begun[-2:] == [("DeleteUserPolicy", "keylife-revoked"), ("DeleteUser", None)]


def test_a_second_key_is_seen_although_the_first_is_refused(clients: Clients, name: str) -> None:
    held, material = made(clients, name)
    for step in IAM.steps:
        if not step.final:
            step.do(held, clients)
    assert IAM.look(held, clients).said == "listed as Inactive"
    clients.aws("iam").delete_user_policy(UserName=name, PolicyName="keylife-revoked")
    answer = IAM.look(held, clients)
    said = "its user is not denied everything any more"
    assert (answer.verdict, answer.said) == (Verdict.ACCEPTED, said)
    key_of(clients, name, "version")

    answer = IAM.look(held, clients)
    assert (answer.verdict, answer.said) == (Verdict.ACCEPTED, "its user has another access key")
    assert verdict(held, material, clients) == (answer.verdict, answer.said)
    done(held, clients)
    assert IAM.look(held, clients).verdict is Verdict.REFUSED


def test_of_a_user_that_versions_share_only_the_one_key_goes(clients: Clients, name: str) -> None:
    held, material = made(clients, name, whose="key")
    _, successor = key_of(clients, name, "key")
    facts = {**held.facts, "living": successor["access_key_id"]}
    held = held.model_copy(update={"facts": facts})
    clients.aws("iam").create_login_profile(UserName=name, Password="Aa1!Aa1!Aa1!")

    told = done(held, clients)

    assert told["end-other-credentials"] == "ended 1 console password"
    assert told["delete-user"] == "the user stays"
    assert told["deny"].startswith("denied everything to sessions begun before 20")
    assert verdict(held, material, clients)[0] is Verdict.REFUSED
    assert verdict(held, successor, clients) == (Verdict.ACCEPTED, "200")
    assert as_holder(clients, successor).get_user()["User"]["UserName"] == name
    assert keys_of(clients, name) == {successor["access_key_id"]: "Active"}
    assert IAM.look(held, clients).said == "not listed"
    key_of(clients, name, "key")
    assert IAM.look(held, clients).said == "its user has another access key"


@pytest.mark.parametrize("whose", ["key", "somebody"])
def test_a_rotation_ends_no_sessions_that_may_be_a_successors(
    clients: Clients, name: str, whose: str
) -> None:
    held, material = made(clients, name, whose=whose)
    told = done(held.model_copy(update={"superseded": True}), clients)
    assert told["deny"] == told["end-sessions"]
    assert told["deny"] == "left alone: sessions of its user may be its successor's"
    assert clients.aws("iam").list_user_policies(UserName=name)["PolicyNames"] == []
    assert verdict(held, material, clients)[0] is Verdict.REFUSED


def test_a_successor_that_iam_has_not_heard_of_at_first_is_not_ended(
    through_aws_way: Clients, aws_way: Lossy, clients: Clients, name: str
) -> None:
    """The list of keys is answered with "no such user" once, and as it is from then on."""
    held, material = made(clients, name, whose="key")
    _, successor = key_of(clients, name, "key")
    unheard = b"<ErrorResponse><Error><Code>NoSuchEntity</Code><Message/></Error></ErrorResponse>"
    lists: list[str] = []

    def once(path: str) -> tuple[int, bytes] | None:
        lists.append(path)
        return (404, unheard) if len(lists) == 1 else None

    aws_way.answers = once
    IAM.steps[3].do(held, through_aws_way)

    assert len(lists) > 1
    assert keys_of(clients, name).keys() == {
        material["access_key_id"],
        successor["access_key_id"],
    }


def test_sessions_are_denied_by_awss_own_clock(
    clients: Clients, sandbox: Sandbox, name: str
) -> None:
    """And for as long from now on as a deactivated key may still begin some."""
    held, _ = made(clients, name, whose="key")
    noon = datetime(2030, 3, 1, 12, tzinfo=UTC)
    sandbox.set_clock(noon)
    try:
        said = IAM.steps[0].do(held, clients)
    finally:
        sandbox.set_clock(None)

    told = clients.aws("iam").get_user_policy(UserName=name, PolicyName="keylife-sessions")
    [statement] = told["PolicyDocument"]["Statement"]
    until = statement["Condition"]["DateLessThan"]["aws:TokenIssueTime"]
    assert statement["Effect"] == "Deny"
    assert said == f"denied everything to sessions begun before {until}"
    assert 10 <= (datetime.fromisoformat(until) - noon).total_seconds() < 30


def test_a_user_that_keylife_did_not_make_loses_the_one_key(clients: Clients, name: str) -> None:
    held, material = made(clients, name, whose="somebody")
    clients.aws("iam").create_login_profile(UserName=name, Password="Aa1!Aa1!Aa1!")

    told = done(held, clients)

    assert told["end-other-credentials"] == "left alone: the user is not keylife's"
    assert told["delete-user"] == "the user stays"
    assert verdict(held, material, clients)[0] is Verdict.REFUSED
    assert clients.aws("iam").get_login_profile(UserName=name)
    assert keys_of(clients, name) == {}


@pytest.mark.parametrize("step", [step.name for step in IAM.steps])
def test_a_step_whose_answers_are_lost_is_done_again(
    through_aws_way: Clients, aws_way: Lossy, name: str, step: str
) -> None:
    """Each change that it makes is carried out, and its answer lost once."""
    held, material = made(through_aws_way, name)
    as_holder(through_aws_way, material).create_login_profile(
        UserName=name, Password="Aa1!Aa1!Aa1!"
    )

    for each in IAM.steps:
        if each.name != step:
            each.do(held, through_aws_way)
            continue
        seen: set[bytes] = set()

        def loses_once(method: str, path: str, body: bytes, seen: set[bytes] = seen) -> bool:
            action = body.partition(b"Action=")[2].partition(b"&")[0]
            if action.startswith((b"List", b"Get")) or action in seen:
                return False
            seen.add(action)
            return True

        aws_way.loses = loses_once
        for _ in range(20):
            try:
                each.do(held, through_aws_way)
                break
            except Exception as error:
                assert "Connection" in type(error).__name__
        else:
            pytest.fail("the step never came to its end")
        aws_way.loses = lambda method, path, body: False
    assert aws_way.lost or step == "end-sessions"
    assert verdict(held, material, through_aws_way)[0] is Verdict.REFUSED
    assert IAM.look(held, through_aws_way).verdict is Verdict.REFUSED


@pytest.mark.parametrize(
    ("kind", "said"), [("throttle", "Throttling"), ("error-before", "ServiceFailure")]
)
def test_throttling_and_a_broken_service_are_no_refusal(
    clients: Clients, sandbox: Sandbox, name: str, kind: str, said: str
) -> None:
    held, material = made(clients, name)
    oracle = Oracle(sandbox)
    order = {"service": "sts", "action": "GetCallerIdentity", "times": 2, "kind": kind}
    oracle.front("faults", [order])
    assert verdict(held, material, clients) == (Verdict.UNCLEAR, said)
    oracle.fail("UpdateAccessKey", kind, UserName=name)

    with pytest.raises(ClientError, match=said):
        IAM.steps[1].do(held, clients)
    oracle.heal()


def test_an_operator_who_may_not_ask_knows_nothing(
    clients: Clients, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, material = made(clients, name)
    _, weaker = made(clients, f"{name}-other")
    clients.aws("iam").detach_user_policy(UserName=f"{name}-other", PolicyArn=ADMIN)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", weaker["access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", weaker["secret_access_key"])
    theirs = Clients()

    with pytest.raises(ClientError, match="AccessDenied"):
        done(held, theirs)
    answer = IAM.look(held, theirs)
    assert (answer.verdict, answer.said) == (Verdict.UNCLEAR, "AccessDenied")
    assert verdict(held, material, theirs)[0] is Verdict.ACCEPTED
