"""An IAM user of a version's own, refused everything from the version's expiry on.

What IAM itself enforces of a credential's life, it enforces through the user: whatever kind of
credential a version is, its user's policies are asked at every use.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

from keylife.kinds.aws_tags import of_the_same, tags_of
from keylife.kinds.scopes import sequence, some_and_distinct
from keylife.model.fitting import Fits
from keylife.model.instant import format_instant
from keylife.orphan import Clients, Orphan, Pending

if TYPE_CHECKING:
    import pulumi
    from pulumi_aws import iam

    from keylife.kinds.kind import Issuance

Credential = TypeVar("Credential", bound="pulumi.Resource")


PolicyArn = Annotated[
    str,
    Fits(
        "^arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy/[A-Za-z0-9_+=,.@/-]{1,512}$",
        "not the ARN of a managed policy, such as arn:aws:iam::aws:policy/ReadOnlyAccess",
    ),
]
"""The ARN of a managed policy, AWS's own or an account's."""

PolicyArns = Annotated[
    tuple[PolicyArn, ...],
    Field(max_length=9),  # next to the tuple, or it is lost from the schema
    BeforeValidator(sequence),
    AfterValidator(some_and_distinct("policy", "a key that may do nothing is of no use")),
]
"""ARNs of managed policies, one to nine, none twice."""


def stray_user(pending: Pending, clients: Clients) -> Iterable[Orphan]:
    """The version's user, if it was made and the state does not know it.

    Its tags tell it from one of the same name of another stack's; and it is empty, because
    everything else of the version is made once it is known: IAM deletes no other.
    """
    iam = clients.aws("iam")
    name = pending.inputs["name"]
    if name in pending.known:
        return
    try:
        tags = iam.list_user_tags(UserName=name)["Tags"]
    except iam.exceptions.NoSuchEntityException:
        return
    if of_the_same({tag["Key"]: tag["Value"] for tag in tags}, pending.inputs["tags"]):
        yield Orphan(f"IAM user {name}", partial(iam.delete_user, UserName=name))


def with_user(
    issuance: Issuance,
    policies: Iterable[str],
    options: pulumi.ResourceOptions,
    mint: Callable[[iam.User, pulumi.ResourceOptions], Credential],
) -> Credential:
    """Declare user, deny-after policy and attachments of one version around its credential.

    The credential depends on the policy, so that it never exists without an end. One that is to
    be refused comes before its attachments: the engine stops at the first failure, and a policy
    that cannot be attached must not keep a revoked key alive.
    """
    from pulumi_aws import iam

    name = issuance.name
    user = iam.User(
        f"{name}-user",
        name=user_name(issuance.key_id, issuance.version.number),
        path=f"/keylife/{issuance.key_id}/",
        force_destroy=True,
        tags=tags_of(issuance),
        opts=options,
    )
    end = ended(f"{name}-", user, issuance.version.expiry, options)
    if issuance.deactivated:
        credential = mint(user, options)
        attached(f"{name}-", user, policies, after_these(options, [credential]))
        return credential
    before = [end, *attached(f"{name}-", user, policies, options)]
    return mint(user, after_these(options, before))


def ended(
    prefix: str, user: iam.User, expiry: datetime, options: pulumi.ResourceOptions
) -> pulumi.Resource:
    """Declare the policy that refuses everything to a user from an instant on."""
    from pulumi_aws import iam

    policy: pulumi.Resource = iam.UserPolicy(
        f"{prefix}expiry",
        name="keylife-expiry",
        user=user.name,
        policy=json.dumps(deny_from(expiry)),
        opts=options,
    )
    return policy


def attached(
    prefix: str, user: iam.User, policies: Iterable[str], options: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Declare what a user may do."""
    from pulumi_aws import iam

    return [
        iam.UserPolicyAttachment(
            f"{prefix}{short(arn)}", user=user.name, policy_arn=arn, opts=options
        )
        for arn in policies
    ]


def after_these(
    options: pulumi.ResourceOptions, resources: list[pulumi.Resource]
) -> pulumi.ResourceOptions:
    """The same options, and nothing is done before these resources are."""
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


def user_name(key_id: str, number: int) -> str:
    """A version's name where IAM's 64 characters allow it, else a shortened one with a hash."""
    name = f"{key_id}-v{number}"
    if len(name) <= 64:
        return name
    digest = hashlib.sha256(key_id.encode()).hexdigest()[:8]
    return f"{key_id[:40]}-{digest}-v{number}"


def short(arn: str) -> str:
    """What tells two policies apart: ``aws-ReadOnlyAccess``, ``aws-service-role/AWSConfigRole``."""
    account, _, path = arn.split(":", 4)[4].partition(":policy/")
    return f"{account}-{path}"
