"""An access key of its own user, with an end that AWS enforces, and a refusal nothing holds up."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

from keylife.kinds.aws_access_key import AwsAccessKey, AwsAccessKeyScope
from keylife.kinds.aws_user import deny_from
from keylife.kinds.kind import Issuance
from keylife.model.ledger import IssuedVersion
from tests.program.engine import ACCESS_KEY, Engine, value_of

BIRTH = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EXPIRY = BIRTH + timedelta(days=30)
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
OURS = "arn:aws:iam::123456789012:policy/team/deploy-v2"
USER = "aws:iam/user:User"
USER_POLICY = "aws:iam/userPolicy:UserPolicy"
ATTACHMENT = "aws:iam/userPolicyAttachment:UserPolicyAttachment"


def issuance(
    *,
    key_id: str = "billing-deploy",
    number: int = 1,
    policies: tuple[str, ...] = (READ_ONLY, OURS),
    deactivated: bool = False,
) -> Issuance:
    version = IssuedVersion(
        number=number,
        birth=BIRTH,
        expiry=EXPIRY,
        rotation_due=BIRTH + timedelta(days=21),
        grace=timedelta(days=9),
        cause="first",
        owner="team-at-birth",
        service="billing",
        scope={"policies": [READ_ONLY]},
    )
    return Issuance(
        key_id=key_id,
        version=version,
        scope={"policies": list(policies)},
        owner="team-payments",
        service="billing",
        at=BIRTH,
        deactivated=deactivated,
    )


def issued(wanted: Issuance) -> Engine:
    engine = Engine()
    engine.run(lambda: AwsAccessKey().issue(wanted, pulumi.ResourceOptions()))
    return engine


SCOPES = [
    pytest.param([READ_ONLY], [], id="at least one policy"),
    pytest.param([OURS], [OURS, OURS], id="no policy twice"),
    pytest.param(
        [f"{OURS}{n}" for n in range(9)], [f"{OURS}{n}" for n in range(10)], id="nine at most"
    ),
    pytest.param([OURS], ["arn:aws:iam::12345678901:policy/x"], id="an account of twelve digits"),
    pytest.param([OURS], ["arn:aws:iam::١٢٣٤٥٦٧٨٩٠١٢:policy/x"], id="digits that AWS knows"),
    pytest.param([OURS], ["arn:aws:iam::123456789012:policy/café"], id="letters that AWS knows"),
    pytest.param([READ_ONLY], ["arn:aws:iam::aws:role/ReadOnlyAccess"], id="policies, not roles"),
    pytest.param([READ_ONLY], [f"{READ_ONLY}\n"], id="nothing after the name"),
    pytest.param(["arn:aws-cn:iam::aws:policy/X"], ["arn:gcp:iam::aws:policy/X"], id="of AWS"),
]


@pytest.mark.parametrize(("accepted", "refused"), SCOPES)
def test_a_scope_names_managed_policies(accepted: list[str], refused: list[str]) -> None:
    assert AwsAccessKeyScope(policies=accepted).policies == tuple(accepted)  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        AwsAccessKeyScope(policies=refused)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [{}, {"policies": [READ_ONLY], "actions": []}, {"policies": "x"}])
def test_a_scope_has_policies_and_nothing_else(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AwsAccessKeyScope.model_validate(given)


def test_everything_is_denied_from_the_very_instant_of_expiry() -> None:
    assert deny_from(EXPIRY)["Statement"] == [
        {
            "Sid": "KeylifeExpiry",
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {"DateGreaterThanEquals": {"aws:CurrentTime": "2026-12-23T09:00:00Z"}},
        }
    ]


def test_a_version_has_a_user_of_its_own_that_says_whose_it_is_and_when_it_ends() -> None:
    user = issued(issuance(number=3)).one(USER, "billing-deploy-v3-user")

    assert user.inputs == {
        "name": "billing-deploy-v3",
        "path": "/keylife/billing-deploy/",
        "forceDestroy": True,
        "tags": {
            "keylife:key": "billing-deploy",
            "keylife:version": "3",
            "keylife:owner": "team-payments",
            "keylife:service": "billing",
            "keylife:birth": "2026-11-23T09:00:00Z",
            "keylife:expiry": "2026-12-23T09:00:00Z",
        },
    }


def test_the_key_never_exists_without_its_end_and_its_scope() -> None:
    engine = issued(issuance())
    key = engine.one(ACCESS_KEY, "billing-deploy-v1")
    end = engine.one(USER_POLICY, "billing-deploy-v1-expiry")

    assert json.loads(end.inputs["policy"]) == deny_from(EXPIRY)
    assert key.inputs["status"] == "Active"
    assert engine.leads_to(key, end)
    for name in engine.names(ATTACHMENT):
        assert engine.leads_to(key, engine.one(ATTACHMENT, name))


def test_a_refusal_waits_for_no_policy_that_might_fail() -> None:
    engine = issued(issuance(deactivated=True))
    key = engine.one(ACCESS_KEY, "billing-deploy-v1")

    assert key.inputs["status"] == "Inactive"
    assert not engine.leads_to(key, engine.one(USER_POLICY, "billing-deploy-v1-expiry"))
    assert len(engine.names(ATTACHMENT)) == 2
    for name in engine.names(ATTACHMENT):
        assert engine.leads_to(engine.one(ATTACHMENT, name), key)


def test_the_scope_is_the_one_declared_now_each_policy_under_a_name_of_its_own() -> None:
    alike = [
        "arn:aws:iam::123456789012:policy/team/deploy",
        "arn:aws:iam::123456789012:policy/team-deploy",
        "arn:aws:iam::aws:policy/team-deploy",
    ]
    engine = issued(issuance(policies=tuple(alike)))

    attachments = [engine.one(ATTACHMENT, name) for name in engine.names(ATTACHMENT)]
    assert sorted(a.inputs["policyArn"] for a in attachments) == sorted(alike)


def test_what_is_delivered_is_the_id_in_the_open_and_the_secret_as_a_secret() -> None:
    engine = Engine()

    def program() -> Any:
        material = AwsAccessKey().issue(issuance(), pulumi.ResourceOptions())
        assert set(material) == {"access_key_id", "secret_access_key"}
        return {name: value_of(output) for name, output in material.items()}

    asked = engine.run(program)

    assert asked["access_key_id"]() == "billing-deploy-v1-id"
    assert asked["secret_access_key"]() == "canary-secret-access-key"


@pytest.mark.parametrize("number", [1, 9, 10, 99, 1_000_000])
def test_a_users_name_fits_for_the_longest_id_and_tells_versions_and_keys_apart(
    number: int,
) -> None:
    ids = ["a" * 63, "a" * 62 + "b", "a" * 60, "a" * 40]
    names = []
    for key_id in ids:
        for n in (number, number + 1):
            engine = issued(issuance(key_id=key_id, number=n, policies=(READ_ONLY,)))
            names.append(engine.one(USER, f"{key_id}-v{n}-user").inputs["name"])

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9-]{1,64}", name) for name in names)


def test_a_name_that_fits_is_the_versions_own() -> None:
    fits = issued(issuance(key_id="a" * 61, number=9)).one(USER, f"{'a' * 61}-v9-user")
    not_quite = issued(issuance(key_id="a" * 62, number=9)).one(USER, f"{'a' * 62}-v9-user")

    assert fits.inputs["name"] == f"{'a' * 61}-v9"
    assert not_quite.inputs["name"] != f"{'a' * 62}-v9"
