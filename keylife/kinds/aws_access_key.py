"""AWS access keys: per version an IAM user of its own, with an end that AWS enforces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from keylife.kinds.aws_user import PolicyArns, stray_user, with_user
from keylife.model.base import Model
from keylife.model.traits import Traits
from keylife.orphan import Clients, Finder, Orphan, Pending, nothing_to_find

if TYPE_CHECKING:
    import pulumi
    from pulumi_aws import iam

    from keylife.kinds.kind import Issuance, Material


class AwsAccessKeyScope(Model):
    """What an AWS access key may do."""

    policies: PolicyArns
    """ARNs of managed policies, one to nine: IAM attaches ten to a user at most, and one is left
    for people who have to stop the user by hand.

    Source: IAM and AWS STS quotas, "Managed policies attached to an IAM user".
    """


def stray_access_keys(pending: Pending, clients: Clients) -> Iterable[Orphan]:
    """Access keys, which the state does not know, of a user that it knows.

    The user was there before any key of it was begun. One that this stack's state has not is
    somebody else's: another stack's key of the same id may have a user of the same name.
    """
    user = pending.inputs["user"]
    if user not in pending.standing.get("aws:iam/user:User", ()):
        return
    iam = clients.aws("iam")
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


def access_key(
    issuance: Issuance, user: iam.User, options: pulumi.ResourceOptions
) -> iam.AccessKey:
    """Declare a version's access key."""
    from pulumi_aws import iam

    return iam.AccessKey(
        issuance.name,
        user=user.name,
        status="Inactive" if issuance.deactivated else "Active",
        opts=options,
    )


def material_of(made: iam.AccessKey) -> Material:
    """What a consumer needs to use an access key."""
    return {"access_key_id": made.id, "secret_access_key": made.secret}


class AwsAccessKey:
    """An IAM access key whose user is refused everything from the version's expiry on."""

    name: ClassVar[str] = "aws-access-key"
    traits: ClassVar[Traits] = Traits(can_deactivate=True, scope_in_place=True)
    scope: ClassVar[type[Model]] = AwsAccessKeyScope
    credential: ClassVar[str] = "aws:iam/accessKey:AccessKey"
    finders: ClassVar[Mapping[str, Finder]] = {
        "aws:iam/accessKey:AccessKey": stray_access_keys,
        "aws:iam/user:User": stray_user,
        "aws:iam/userPolicy:UserPolicy": nothing_to_find,
        "aws:iam/userPolicyAttachment:UserPolicyAttachment": nothing_to_find,
    }
    presentable: ClassVar[frozenset[str]] = frozenset({"access_key_id", "secret_access_key"})
    expiry_enforced_by: ClassVar[str] = "AWS, by a policy that denies everything from the expiry on"

    def issue(self, issuance: Issuance, options: pulumi.ResourceOptions) -> Material:
        """Declare user, attachments, deny-after policy and access key of one version."""
        scope = AwsAccessKeyScope.model_validate(dict(issuance.scope))
        return material_of(
            with_user(issuance, scope.policies, options, partial(access_key, issuance))
        )
