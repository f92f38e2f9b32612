"""AWS access keys: per version an IAM user of its own, with an end that AWS enforces."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, field_validator

from keylife.model.base import Model
from keylife.model.instant import format_instant
from keylife.model.traits import Traits
from keylife.orphan import Clients, Finder, Orphan, Pending, nothing_to_find

if TYPE_CHECKING:
    import pulumi

    from keylife.kinds.kind import Issuance, Material


def _policy_arn(text: str) -> str:
    pattern = r"arn:aws[a-z-]*:iam::(aws|\d{12}):policy/[\w+=,.@/-]{1,512}"
    if re.fullmatch(pattern, text, re.ASCII) is None:
        raise ValueError(
            "not the ARN of a managed policy, such as arn:aws:iam::aws:policy/ReadOnlyAccess"
        )
    return text


class AwsAccessKeyScope(Model):
    """What an AWS access key may do."""

    policies: Annotated[
        tuple[Annotated[str, AfterValidator(_policy_arn)], ...], Field(max_length=9)
    ]
    """ARNs of managed policies, one to nine: IAM attaches ten to a user at most, and one is left
    for people who have to stop the user by hand.

    Source: IAM and AWS STS quotas, "Managed policies attached to an IAM user".
    """

    @field_validator("policies", mode="before")
    @classmethod
    def _sequence(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("policies")
    @classmethod
    def _distinct_and_some(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("at least one policy: a key that may do nothing is of no use")
        if len(set(value)) != len(value):
            raise ValueError("the same policy twice")
        return value


def _stray_access_keys(pending: Pending, clients: Clients) -> Iterable[Orphan]:
    """Access keys of the version's own user that the state does not know."""
    iam = clients.aws("iam")
    user = pending.inputs["user"]
    try:
        found = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    except iam.exceptions.NoSuchEntityException:
        return
    for entry in found:
        stray = entry["AccessKeyId"]
        if stray not in pending.known:
            yield Orphan(
                f"access key {stray} of the IAM user {user}",
                partial(iam.delete_access_key, UserName=user, AccessKeyId=stray),
            )


def _stray_user(pending: Pending, clients: Clients) -> Iterable[Orphan]:
    """The version's user, if it was made and the state does not know it. It is empty still:
    everything else of the version is made after it is known."""
    iam = clients.aws("iam")
    name = pending.inputs["name"]
    if name in pending.known:
        return
    try:
        found = iam.get_user(UserName=name)["User"]
    except iam.exceptions.NoSuchEntityException:
        return
    if found["Path"] == pending.inputs["path"]:  # another path is another program's user
        yield Orphan(f"IAM user {name}", partial(iam.delete_user, UserName=name))


class AwsAccessKey:
    """An IAM access key whose user is refused everything from the version's expiry on."""

    name: ClassVar[str] = "aws-access-key"
    traits: ClassVar[Traits] = Traits(can_deactivate=True, scope_in_place=True)
    scope: ClassVar[type[Model]] = AwsAccessKeyScope
    credential: ClassVar[str] = "aws:iam/accessKey:AccessKey"
    finders: ClassVar[Mapping[str, Finder]] = {
        "aws:iam/accessKey:AccessKey": _stray_access_keys,
        "aws:iam/user:User": _stray_user,
        "aws:iam/userPolicy:UserPolicy": nothing_to_find,
        "aws:iam/userPolicyAttachment:UserPolicyAttachment": nothing_to_find,
    }
    expiry_enforced_by: ClassVar[str] = "AWS, by a policy that denies everything from the expiry on"

    def issue(self, issuance: Issuance, options: pulumi.ResourceOptions) -> Material:
        """Declare user, attachments, deny-after policy and access key of one version.

        The access key depends on the policy, so that it never exists without an end. One that
        is to be refused comes before its attachments: the engine stops at the first failure, and
        a policy that cannot be attached must not keep a revoked key alive.
        """
        from pulumi_aws import iam

        name = issuance.name
        user = iam.User(
            f"{name}-user",
            name=_user_name(issuance),
            path=f"/keylife/{issuance.key_id}/",
            force_destroy=True,
            tags={
                "keylife:key": issuance.key_id,
                "keylife:version": str(issuance.version.number),
                "keylife:owner": issuance.owner,
                "keylife:service": issuance.service,
                "keylife:birth": format_instant(issuance.version.birth),
                "keylife:expiry": format_instant(issuance.version.expiry),
            },
            opts=options,
        )
        end = iam.UserPolicy(
            f"{name}-expiry",
            name="keylife-expiry",
            user=user.name,
            policy=json.dumps(deny_from(issuance.version.expiry)),
            opts=options,
        )
        scope = AwsAccessKeyScope.model_validate(dict(issuance.scope))

        def attach(after: list[pulumi.Resource]) -> list[pulumi.Resource]:
            return [
                iam.UserPolicyAttachment(
                    f"{name}-{_short(arn)}",
                    user=user.name,
                    policy_arn=arn,
                    opts=_after(options, after),
                )
                for arn in scope.policies
            ]

        before = [] if issuance.deactivated else [end, *attach([])]
        access_key = iam.AccessKey(
            name,
            user=user.name,
            status="Inactive" if issuance.deactivated else "Active",
            opts=_after(options, before),
        )
        if issuance.deactivated:
            attach([access_key])
        return {"access_key_id": access_key.id, "secret_access_key": access_key.secret}


def _after(
    options: pulumi.ResourceOptions, resources: list[pulumi.Resource]
) -> pulumi.ResourceOptions:
    import pulumi

    return pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=resources))


def deny_from(expiry: datetime) -> dict[str, Any]:
    """An identity policy that refuses everything from ``expiry`` on, that instant included.

    Source: IAM user guide, "Date condition operators"; an explicit deny wins over any allow.
    ``sts:GetCallerIdentity`` still answers: no policy can deny it.
    """
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "KeylifeExpiry",
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {"DateGreaterThanEquals": {"aws:CurrentTime": format_instant(expiry)}},
            }
        ],
    }


def _user_name(issuance: Issuance) -> str:
    """The version's name where IAM's 64 characters allow it, else a shortened one with a hash."""
    if len(issuance.name) <= 64:
        return issuance.name
    digest = hashlib.sha256(issuance.key_id.encode()).hexdigest()[:8]
    return f"{issuance.key_id[:40]}-{digest}-v{issuance.version.number}"


def _short(arn: str) -> str:
    """What tells two policies apart: ``aws-ReadOnlyAccess``, ``aws-service-role/AWSConfigRole``."""
    account, _, path = arn.split(":", 4)[4].partition(":policy/")
    return f"{account}-{path}"
