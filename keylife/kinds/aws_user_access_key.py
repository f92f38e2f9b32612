"""AWS access keys of one IAM user that stays: for those whose resource policies name the user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from pydantic import JsonValue

from keylife.kinds.aws_access_key import (
    AwsAccessKeyScope,
    access_key,
    material_of,
    stray_access_keys,
)
from keylife.kinds.aws_tags import tags_of_principal
from keylife.kinds.aws_user import attached, ended, stray_user
from keylife.model.base import Model
from keylife.model.ledger import IssuedVersion
from keylife.model.traits import Traits
from keylife.orphan import Finder, nothing_to_find

if TYPE_CHECKING:
    import pulumi
    from pulumi_aws import iam

    from keylife.kinds.kind import Issuance, Material, Principal


class AwsUserAccessKey:
    """An IAM access key of a user that all versions share and that is named as the key is."""

    name: ClassVar[str] = "aws-user-access-key"
    traits: ClassVar[Traits] = Traits(
        can_deactivate=True,
        scope_in_place=True,
        most_at_once=2,  # IAM and AWS STS quotas, "Access keys assigned to an IAM user"
    )
    scope: ClassVar[type[Model]] = AwsAccessKeyScope
    credential: ClassVar[str] = "aws:iam/accessKey:AccessKey"
    finders: ClassVar[Mapping[str, Finder]] = {
        "aws:iam/accessKey:AccessKey": stray_access_keys,
        "aws:iam/user:User": stray_user,
        "aws:iam/userPolicy:UserPolicy": nothing_to_find,
        "aws:iam/userPolicyAttachment:UserPolicyAttachment": nothing_to_find,
    }
    presentable: ClassVar[frozenset[str]] = frozenset({"access_key_id", "secret_access_key"})
    expiry_enforced_by: ClassVar[str] = (
        "AWS in part: the user is refused everything from the expiry of its newest version on; an"
        " older version is ended at its own expiry by keylife's next run"
    )

    def stand_for(self, principal: Principal, options: pulumi.ResourceOptions) -> pulumi.Resource:
        """Declare the user: nothing of it changes at a rotation."""
        from pulumi_aws import iam

        user: pulumi.Resource = iam.User(
            f"{principal.key_id}/user",
            name=principal.key_id,
            path=f"/keylife/{principal.key_id}/",
            force_destroy=True,
            tags=tags_of_principal(principal),
            opts=options,
        )
        return user

    def bound(
        self, principal: Principal, made: pulumi.Resource, options: pulumi.ResourceOptions
    ) -> Sequence[pulumi.Resource]:
        """Declare the deny-after policy and the attachments; a revoked key's user has none."""
        user, prefix = cast("iam.User", made), f"{principal.key_id}/"
        scope = AwsAccessKeyScope.model_validate(dict(principal.scope))
        policies = scope.policies if principal.live else ()
        return [
            ended(prefix, user, principal.end, options),
            *attached(prefix, user, policies, options),
        ]

    def issue(self, issuance: Issuance, options: pulumi.ResourceOptions) -> Material:
        """Declare one version's access key."""
        return material_of(access_key(issuance, cast("iam.User", issuance.principal), options))

    def trace(self, key_id: str, version: IssuedVersion) -> Mapping[str, JsonValue]:
        """A version is one of its user's keys, and its end does not end with the user's."""
        return {"user": key_id}
