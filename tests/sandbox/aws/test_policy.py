"""Policy evaluation against the rules that AWS documents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keylife.sandbox.aws.conditions import Context
from keylife.sandbox.aws.policy import Call, Decision, Document, Verdict, decide

ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENY: dict[str, Any] = {"Effect": "Deny", "Action": "*", "Resource": "*"}
ALICE = "arn:aws:iam::123456789012:user/team/alice"
AT = "2026-12-15T00:00:00+00:00"
EPOCH = "1797292800"


def context(**more: str | None) -> Context:
    return {
        "aws:currenttime": AT,
        "aws:epochtime": EPOCH,
        "aws:username": "alice",
        "aws:multifactorauthpresent": None,
        **more,
    }


def judge(
    *statements: dict[str, Any],
    action: str = "iam:ListUsers",
    resource: str | None = ALICE,
    given: Context | None = None,
) -> Decision:
    documents = [Document(f"p{i}", json.dumps({"Statement": s})) for i, s in enumerate(statements)]
    return decide(documents, Call(action, resource, given or context()))


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        pytest.param([], Verdict.NOT_ALLOWED, id="nothing is allowed without a policy"),
        pytest.param([ALLOW], Verdict.ALLOWED, id="an allow lets pass"),
        pytest.param([ALLOW, DENY], Verdict.EXPLICIT_DENY, id="a deny beats an allow before it"),
        pytest.param([DENY, ALLOW], Verdict.EXPLICIT_DENY, id="a deny beats an allow after it"),
        pytest.param([ALLOW | {"Action": "IAM:list*"}], Verdict.ALLOWED, id="actions ignore case"),
        pytest.param(
            [ALLOW | {"Action": ["sts:*", "iam:Get?ser"]}],
            Verdict.NOT_ALLOWED,
            id="an allow of other actions does not count",
        ),
        pytest.param(
            [ALLOW, {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}],
            Verdict.ALLOWED,
            id="a deny of all but this service does not concern it",
        ),
        pytest.param(
            [ALLOW, {"Effect": "Deny", "NotAction": "sts:*", "Resource": "*"}],
            Verdict.EXPLICIT_DENY,
            id="a deny of all but another service concerns it",
        ),
        pytest.param(
            [ALLOW | {"Resource": "arn:aws:iam::123456789012:user/team/*"}],
            Verdict.ALLOWED,
            id="resources match with wildcards",
        ),
        pytest.param(
            [ALLOW | {"Resource": "arn:aws:iam::123456789012:user/Team/*"}],
            Verdict.NOT_ALLOWED,
            id="resources do not ignore case",
        ),
        pytest.param(
            [{"Effect": "Allow", "Action": "*", "NotResource": ALICE}],
            Verdict.NOT_ALLOWED,
            id="an allow of every other resource does not count",
        ),
        pytest.param(
            [ALLOW | {"Resource": "arn:aws:iam::*:user/team/${aws:username}"}],
            Verdict.ALLOWED,
            id="the user name may stand in a resource",
        ),
        pytest.param(
            [ALLOW | {"Resource": "arn:aws:iam::*:user/${aws:userid}"}],
            Verdict.UNDECIDABLE,
            id="another policy variable denies",
        ),
        pytest.param(
            [ALLOW | {"Condition": {"IpAddress": {"aws:CurrentTime": "10.0.0.0/8"}}}],
            Verdict.UNDECIDABLE,
            id="an unknown operator in an allow denies",
        ),
        pytest.param(
            [ALLOW, DENY | {"Condition": {"ForAnyValue:StringLike": {"aws:username": "x"}}}],
            Verdict.UNDECIDABLE,
            id="an unknown operator in a deny denies",
        ),
        pytest.param(
            [ALLOW, ALLOW | {"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}],
            Verdict.UNDECIDABLE,
            id="an unknown key denies, beside a plain allow too",
        ),
        pytest.param(
            [ALLOW, DENY | {"Condition": {"DateGreaterThan": {"aws:CurrentTime": "soon"}}}],
            Verdict.UNDECIDABLE,
            id="a date that is none denies",
        ),
        pytest.param(
            [ALLOW, DENY | {"Action": "sts:*", "Condition": {"IpAddress": {"x": "y"}}}],
            Verdict.ALLOWED,
            id="an unknown operator in a statement on other actions does not matter",
        ),
        pytest.param(
            [ALLOW | {"Principal": "*"}], Verdict.UNDECIDABLE, id="an unknown element denies"
        ),
        pytest.param(
            [{"Action": "*", "Resource": "*"}], Verdict.UNDECIDABLE, id="no effect denies"
        ),
    ],
)
def test_verdict(statements: list[dict[str, Any]], verdict: Verdict) -> None:
    assert judge(*statements).verdict is verdict


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        pytest.param(ALLOW, Verdict.ALLOWED, id="an allow of everything counts"),
        pytest.param(
            ALLOW | {"Resource": "arn:*"}, Verdict.NOT_ALLOWED, id="a narrower allow does not"
        ),
        pytest.param(
            {"Effect": "Allow", "Action": "*", "NotResource": "arn:x"},
            Verdict.NOT_ALLOWED,
            id="an allow of all but something does not",
        ),
        pytest.param(
            DENY | {"Resource": "arn:x"}, Verdict.EXPLICIT_DENY, id="a narrower deny does"
        ),
    ],
)
def test_a_resource_that_is_not_known(statement: dict[str, Any], verdict: Verdict) -> None:
    assert judge(statement, resource=None).verdict is verdict


@pytest.mark.parametrize(
    ("operator", "before", "exactly", "after"),
    [
        ("DateGreaterThan", False, False, True),
        ("DateGreaterThanEquals", False, True, True),
        ("DateLessThan", True, False, False),
        ("DateLessThanEquals", True, True, False),
        ("DateEquals", False, True, False),
        ("DateNotEquals", True, False, True),
    ],
)
@pytest.mark.parametrize("suffix", ["", "IfExists"])
def test_dates_at_their_border(
    operator: str, before: bool, exactly: bool, after: bool, suffix: str
) -> None:
    instants = ["2026-12-14T23:59:59+00:00", AT, "2026-12-15T00:00:01+00:00"]
    for written in ("2026-12-15T00:00:00Z", "2026-12-15", "2026-12-15T01:00:00+01:00", EPOCH):
        statement = ALLOW | {"Condition": {operator + suffix: {"aws:CurrentTime": written}}}
        seen = [
            judge(statement, given=context(**{"aws:currenttime": at})).verdict is Verdict.ALLOWED
            for at in instants
        ]
        assert seen == [before, exactly, after], written


def test_the_epoch_key_takes_date_and_number_operators() -> None:
    for operator in ("DateGreaterThanEquals", "NumericGreaterThanEquals"):
        on = DENY | {"Condition": {operator: {"aws:EpochTime": EPOCH}}}
        off = DENY | {"Condition": {operator: {"aws:EpochTime": str(int(EPOCH) + 1)}}}

        assert judge(ALLOW, on).verdict is Verdict.EXPLICIT_DENY
        assert judge(ALLOW, off).verdict is Verdict.ALLOWED


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        pytest.param({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, False, id="plain fails"),
        pytest.param(
            {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, True, id="IfExists holds"
        ),
        pytest.param(
            {"StringNotEquals": {"aws:MultiFactorAuthPresent": "true"}}, True, id="negated holds"
        ),
        pytest.param({"Null": {"aws:MultiFactorAuthPresent": "true"}}, True, id="is null"),
        pytest.param({"Null": {"aws:MultiFactorAuthPresent": "false"}}, False, id="not null"),
        pytest.param({"Null": {"aws:username": "false"}}, True, id="a present key is not null"),
        pytest.param({"Null": {"aws:username": True}}, False, id="a present key is no null"),
    ],
)
def test_keys_that_a_call_does_not_carry(condition: dict[str, Any], met: bool) -> None:
    verdict = judge(ALLOW | {"Condition": condition}).verdict

    assert (verdict is Verdict.ALLOWED) is met


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        pytest.param({"StringLike": {"aws:username": ["b*", "al?ce"]}}, True, id="any value"),
        pytest.param({"StringNotLike": {"aws:username": ["b*", "al?ce"]}}, False, id="none of"),
        pytest.param(
            {"StringEquals": {"aws:username": "alice"}, "DateLessThan": {"aws:EpochTime": EPOCH}},
            False,
            id="every operator must hold",
        ),
        pytest.param(
            {"StringEquals": {"aws:username": "alice", "aws:epochtime": "1"}},
            False,
            id="every key must hold",
        ),
        pytest.param({"StringEquals": {"AWS:UserName": "alice"}}, True, id="keys ignore case"),
        pytest.param({"StringEquals": {"aws:username": "Alice"}}, False, id="values do not"),
    ],
)
def test_conditions_taken_together(condition: dict[str, Any], met: bool) -> None:
    verdict = judge(ALLOW | {"Condition": condition}).verdict

    assert (verdict is Verdict.ALLOWED) is met
