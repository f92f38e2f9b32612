"""The sandbox's AWS as a client sees it, held against what AWS documents."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.aws.running import Key, Sandbox, error_of

ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENY: dict[str, Any] = {"Effect": "Deny", "Action": "*", "Resource": "*"}
EXPIRY = "2026-12-15T00:00:00Z"
DENY_AFTER = DENY | {"Condition": {"DateGreaterThan": {"aws:CurrentTime": EXPIRY}}}


def test_a_key_works_until_its_deny_after_and_still_authenticates_beyond(aws: Sandbox) -> None:
    key = aws.key_with(ALLOW, DENY_AFTER)

    aws.move_clock("2026-12-14T23:00:00Z")
    assert error_of(aws.iam(key).list_users) is None

    aws.move_clock("2026-12-15T00:00:01Z")
    assert error_of(aws.iam(key).list_users) == "AccessDenied"
    assert error_of(aws.secrets(key).list_secrets) == "AccessDeniedException"
    assert aws.sts(key).get_caller_identity()["Arn"].endswith(f"user/{key.user}")


def test_the_clock_ticks_on_and_returns_to_real_time(aws: Sandbox) -> None:
    key = aws.key_with(ALLOW, DENY_AFTER)
    aws.move_clock("2026-12-14T23:59:59.5Z")
    assert aws.ask("clock")["now"].startswith("2026-12-14T23:59:59")

    for _ in range(200):
        if error_of(aws.iam(key).list_users):
            break
    assert aws.ask("clock")["now"] >= "2026-12-15T00:00:01"

    aws.move_clock(None)
    assert aws.ask("clock")["offset_seconds"] == 0


@pytest.mark.parametrize("body", [{"now": "2026-12-15T00:00:00"}, {"now": "soon"}, {"at": 1}, 7])
def test_a_clock_order_that_makes_no_sense_changes_nothing(aws: Sandbox, body: Any) -> None:
    with pytest.raises(HTTPError, match="400"):
        aws.ask("clock", body)

    assert aws.ask("clock")["offset_seconds"] == 0


def test_an_inactive_key_is_refused_and_works_again_when_active(aws: Sandbox) -> None:
    key = aws.key_with(ALLOW)
    aws.iam().update_access_key(UserName=key.user, AccessKeyId=key.id, Status="Inactive")

    assert error_of(aws.sts(key).get_caller_identity) == "InvalidClientTokenId"
    assert error_of(aws.iam(key).list_users) == "InvalidClientTokenId"
    assert error_of(aws.secrets(key).list_secrets) == "UnrecognizedClientException"

    aws.iam().update_access_key(UserName=key.user, AccessKeyId=key.id, Status="Active")
    assert error_of(aws.iam(key).list_users) is None


def test_a_deleted_key_is_refused(aws: Sandbox) -> None:
    key = aws.key_with(ALLOW)
    aws.iam().delete_access_key(UserName=key.user, AccessKeyId=key.id)

    assert error_of(aws.sts(key).get_caller_identity) == "InvalidClientTokenId"


def test_a_key_that_never_was_is_refused(aws: Sandbox) -> None:
    key = Key("nobody", "AKIA0000000000000000", "x" * 40)

    assert error_of(aws.sts(key).get_caller_identity) == "InvalidClientTokenId"


def test_a_wrong_secret_is_refused(aws: Sandbox) -> None:
    key = aws.key_with(ALLOW)
    forged = Key(key.user, key.id, key.secret[:-1] + ("a" if key.secret[-1] != "a" else "b"))

    assert error_of(aws.sts(forged).get_caller_identity) == "SignatureDoesNotMatch"
    assert error_of(aws.secrets(forged).list_secrets) == "InvalidSignatureException"


@pytest.mark.parametrize("path", ["", "moto-api/data.json", "moto-api/reset-auth", "?Action=X"])
def test_nothing_is_answered_without_a_signature(aws: Sandbox, path: str) -> None:
    with pytest.raises(HTTPError, match="403"), urlopen(f"{aws.url}/{path}", b"0", timeout=5):
        pass


def test_a_signature_does_not_carry_over_to_another_body(aws: Sandbox) -> None:
    seen: list[Any] = []
    client = aws.iam()
    client.meta.events.register(
        "before-send.iam.ListUsers", lambda request, **_: seen.append(request)
    )
    client.list_users()
    body = seen[0].body if isinstance(seen[0].body, bytes) else seen[0].body.encode()
    headers = {name: value for name, value in seen[0].headers.items() if name != "Content-Length"}
    headers = {n: v.decode() if isinstance(v, bytes) else v for n, v in headers.items()}

    with urlopen(Request(aws.url + "/", body, headers), timeout=5) as answer:
        assert answer.status == 200
    with (
        pytest.raises(HTTPError, match="403"),
        urlopen(Request(aws.url + "/", body + b"&MaxItems=1", headers), timeout=5),
    ):
        pass


def test_get_caller_identity_is_answered_under_a_deny_of_everything(aws: Sandbox) -> None:
    key = aws.key_with(DENY)

    assert error_of(aws.sts(key).get_caller_identity) is None
    assert error_of(aws.iam(key).get_user) == "AccessDenied"


def test_an_explicit_deny_wins_over_an_attached_managed_policy(aws: Sandbox) -> None:
    key = aws.key_with(DENY | {"Action": "iam:ListUsers"})
    aws.iam().attach_user_policy(
        UserName=key.user, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )

    assert error_of(aws.iam(key).list_users) == "AccessDenied"
    assert error_of(aws.iam(key).list_roles) is None


def test_a_managed_policy_allows_what_it_says_and_no_more(aws: Sandbox) -> None:
    key = aws.key_with()
    assert error_of(aws.iam(key).list_users) == "AccessDenied"

    aws.iam().attach_user_policy(
        UserName=key.user, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess"
    )
    assert error_of(aws.iam(key).list_users) is None
    assert error_of(aws.iam(key).create_user, UserName="mallory") == "AccessDenied"


def test_the_default_version_of_a_managed_policy_counts_and_no_other(aws: Sandbox) -> None:
    def text(statement: dict[str, Any]) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": statement})

    iam, key = aws.iam(), aws.key_with()
    arn = iam.create_policy(PolicyName=key.user, PolicyDocument=text(ALLOW))["Policy"]["Arn"]
    iam.attach_user_policy(UserName=key.user, PolicyArn=arn)

    iam.create_policy_version(PolicyArn=arn, PolicyDocument=text(DENY), SetAsDefault=False)
    assert error_of(aws.iam(key).list_users) is None
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    assert error_of(aws.iam(key).list_users) == "AccessDenied"


@pytest.mark.parametrize(
    "absent", ["MultiFactorAuthPresent", "MultiFactorAuthAge", "TokenIssueTime"]
)
def test_keys_of_sessions_are_absent_from_the_calls_of_long_term_keys(
    aws: Sandbox, absent: str
) -> None:
    key = aws.key_with(ALLOW | {"Condition": {"Null": {f"aws:{absent}": "true"}}})

    assert error_of(aws.iam(key).list_users) is None


def test_policies_of_a_group_count_for_its_members(aws: Sandbox) -> None:
    key, group = aws.key_with(), aws.fresh_name()
    aws.iam().create_group(GroupName=group)
    aws.iam().put_group_policy(
        GroupName=group,
        PolicyName="all",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": ALLOW}),
    )
    assert error_of(aws.iam(key).list_users) == "AccessDenied"

    aws.iam().add_user_to_group(GroupName=group, UserName=key.user)
    assert error_of(aws.iam(key).list_users) is None


def test_a_conditional_allow_counts_only_while_its_condition_holds(aws: Sandbox) -> None:
    until = {"Condition": {"DateLessThan": {"aws:CurrentTime": EXPIRY}}}
    key = aws.key_with(ALLOW | until)

    aws.move_clock("2026-12-14T00:00:00Z")
    assert error_of(aws.iam(key).list_users) is None
    aws.move_clock(EXPIRY)
    assert error_of(aws.iam(key).list_users) == "AccessDenied"


def test_the_tags_of_a_user_may_stand_in_conditions(aws: Sandbox) -> None:
    mine = {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "payments"}}}

    assert (
        error_of(aws.iam(aws.key_with(ALLOW | mine, tags={"team": "payments"})).list_users) is None
    )
    assert (
        error_of(aws.iam(aws.key_with(ALLOW | mine, tags={"team": "web"})).list_users)
        == "AccessDenied"
    )


def test_an_operator_the_sandbox_does_not_know_denies_and_says_so(
    aws: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    odd = {"Condition": {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}}
    key = aws.key_with(ALLOW, ALLOW | odd)

    with caplog.at_level(logging.ERROR):
        assert error_of(aws.iam(key).list_users) == "AccessDenied"
    assert "condition" in caplog.text
    assert key.secret not in caplog.text


def test_a_policy_limited_to_a_path_covers_the_users_of_that_path_only(aws: Sandbox) -> None:
    key = aws.key_with(ALLOW | {"Resource": "arn:aws:iam::*:user/keylife/*"})
    inside, outside = aws.fresh_name(), aws.fresh_name()

    assert error_of(aws.iam(key).create_user, UserName=inside, Path="/keylife/a/") is None
    assert error_of(aws.iam(key).create_user, UserName=outside) == "AccessDenied"
    assert error_of(aws.iam(key).get_user, UserName=inside) is None
    assert error_of(aws.iam(key).get_user, UserName=key.user) == "AccessDenied"


def test_a_policy_limited_to_a_secret_covers_that_secret_only(aws: Sandbox) -> None:
    name = aws.fresh_name()
    key = aws.key_with(ALLOW | {"Resource": f"arn:aws:secretsmanager:*:*:secret:{name}-*"})

    assert error_of(aws.secrets(key).create_secret, Name=name, SecretString="x") is None
    assert error_of(aws.secrets(key).get_secret_value, SecretId=name) is None
    assert (
        error_of(aws.secrets(key).create_secret, Name="other", SecretString="x")
        == "AccessDeniedException"
    )


def test_a_service_the_sandbox_does_not_have_is_refused(aws: Sandbox) -> None:
    assert error_of(aws.client("ec2").describe_instances) == "InvalidAction"
    assert error_of(aws.client("iam", region="cn-north-1").list_users) == "InvalidAction"


@pytest.mark.parametrize(
    ("kind", "error", "keys"),
    [
        ("error-before", "ServiceFailure", 0),
        ("executed-but-error", "ServiceFailure", 1),
        ("throttle", "Throttling", 0),
    ],
)
def test_an_ordered_fault_hits_the_matching_call_as_often_as_ordered(
    aws: Sandbox, kind: str, error: str, keys: int
) -> None:
    name, other = aws.fresh_name(), aws.fresh_name()
    for user in (name, other):
        aws.iam().create_user(UserName=user)
    order = {"service": "iam", "action": "CreateAccessKey", "match": {"UserName": name}}
    before = aws.ask("calls")["executed"].get("iam:CreateAccessKey", 0)
    aws.ask("faults", [{**order, "kind": kind}])

    assert error_of(aws.iam().create_access_key, UserName=other) is None
    assert error_of(aws.iam().create_access_key, UserName=name) == error
    assert len(aws.iam().list_access_keys(UserName=name)["AccessKeyMetadata"]) == keys
    assert aws.ask("faults") == []
    assert aws.ask("calls")["executed"]["iam:CreateAccessKey"] == before + 1 + keys
    assert error_of(aws.iam().create_access_key, UserName=name) is None


def test_a_held_answer_comes_when_the_orders_are_replaced_and_nobody_else_waits(
    aws: Sandbox,
) -> None:
    name = aws.fresh_name()
    aws.iam().create_user(UserName=name)
    order = {"service": "iam", "action": "CreateAccessKey", "match": {"UserName": name}}
    aws.ask("faults", [{**order, "kind": "held"}])

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(aws.iam().create_access_key, UserName=name)
        while not aws.iam().list_access_keys(UserName=name)["AccessKeyMetadata"]:
            assert not held.done()
        assert not held.done()

        aws.ask("faults", [])
        assert held.result(timeout=10)["AccessKey"]["UserName"] == name


def test_a_fault_is_counted_down_call_by_call(aws: Sandbox) -> None:
    name = aws.key_with().user
    order = {"service": "iam", "action": "GetUser", "match": {}, "kind": "throttle"}
    aws.ask("faults", [{**order, "times": 2}])

    assert error_of(aws.iam().get_user, UserName=name) == "Throttling"
    assert aws.ask("faults") == [{**order, "times": 1}]
    assert error_of(aws.iam().get_user, UserName=name) == "Throttling"
    assert error_of(aws.iam().get_user, UserName=name) is None


def test_a_fault_order_that_makes_no_sense_changes_nothing(aws: Sandbox) -> None:
    good = {"service": "iam", "action": "GetUser", "kind": "throttle", "times": 3}
    aws.ask("faults", [good])

    for bad in ({**good, "kind": "explode"}, {**good, "times": 0}, {**good, "extra": 1}):
        with pytest.raises(HTTPError, match="400"):
            aws.ask("faults", [bad])
    assert aws.ask("faults") == [{**good, "match": {}}]


def test_calls_are_shown_with_their_parameters_and_without_secrets(aws: Sandbox) -> None:
    key, name = aws.key_with(ALLOW), aws.fresh_name()
    aws.secrets(key).create_secret(Name=name, SecretString="canary-of-this-test")
    error_of(aws.iam(key).get_user, UserName="nobody-at-all")

    seen = aws.ask("calls")
    created, failed = seen["calls"][-2:]
    assert (created["action"], created["parameters"]) == ("CreateSecret", {"Name": name})
    assert (created["caller"], created["executed"], created["error"]) == (key.user, True, None)
    assert (failed["error"], failed["executed"]) == ("NoSuchEntity", False)
    assert "canary-of-this-test" not in json.dumps(seen)
    assert key.secret not in json.dumps(seen)


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.test"}, {"Host": "evil.test"}])
def test_the_sandboxs_own_paths_are_closed_to_web_pages(
    aws: Sandbox, headers: dict[str, str]
) -> None:
    with pytest.raises(HTTPError, match="403"):
        aws.ask("clock", {"now": EXPIRY}, headers)

    assert aws.ask("clock")["offset_seconds"] == 0


def test_an_answer_says_when_it_was_given_and_which_request_it_is_of(aws: Sandbox) -> None:
    key = aws.key_with(ALLOW)
    aws.move_clock("2031-05-01T10:00:00+00:00")
    told: list[Any] = [aws.sts(key).get_caller_identity()["ResponseMetadata"] for _ in range(2)]
    told.append(aws.secrets(key).list_secrets()["ResponseMetadata"])
    with pytest.raises(ClientError) as refused:
        aws.iam(key).get_user(UserName="nobody")
    told.append(refused.value.response["ResponseMetadata"])

    assert len({each["RequestId"] for each in told}) == 4
    for each in told:
        assert each["HTTPHeaders"]["date"].startswith("Thu, 01 May 2031 10:00:")
        assert each["HTTPHeaders"]["x-amzn-requestid"] == each["RequestId"]
