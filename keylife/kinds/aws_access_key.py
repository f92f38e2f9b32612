"""AWS access keys: per version an IAM user of its own, with an end that AWS enforces."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, Field, field_validator

from keylife.model.base import Model
from keylife.model.traits import Traits

if TYPE_CHECKING:
    import pulumi

    from keylife.kinds.kind import Issuance, Material


def _policy_arn(text: str) -> str:
    if re.fullmatch(r"arn:aws[a-z-]*:iam::(aws|\d{12}):policy/[\w+=,.@/-]{1,512}", text) is None:
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


class AwsAccessKey:
    """An IAM access key whose user is refused everything from the version's expiry on."""

    name: ClassVar[str] = "aws-access-key"
    traits: ClassVar[Traits] = Traits(can_deactivate=True, scope_in_place=True)
    scope: ClassVar[type[Model]] = AwsAccessKeyScope
    expiry_enforced_by: ClassVar[str] = "AWS, by a policy that denies everything from the expiry on"

    def issue(self, issuance: Issuance, options: pulumi.ResourceOptions) -> Material:
        """Declare user, attachments, deny-after policy and access key of one version."""
        raise NotImplementedError
