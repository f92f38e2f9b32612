"""Resources by which an IAM user, or whoever has a Vault policy, may do something."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from keylife.compliance.credential import Absence, Scope
from keylife.compliance.scopes import declared_scope, read_iam_policy, read_vault_policy
from keylife.compliance.unknown import UNKNOWN

Inputs = Mapping[str, object]


def _attached(inputs: Inputs) -> Scope | Absence:
    """A policy by its ARN; one that the same program makes has none yet, and is judged there."""
    arn = inputs.get("policyArn")
    return Scope((arn,)) if isinstance(arn, str) else Absence.UNSTATED


def _attached_to_many(inputs: Inputs) -> Scope | Absence:
    """An attachment to users, groups and roles at once; to roles only is no key's business."""
    if not inputs.get("users") and not inputs.get("groups"):
        return Absence.UNSTATED
    return _attached(inputs)


def _list_of_a_user(inputs: Inputs) -> Scope | Absence:
    arns = inputs.get("policyArns")
    return Absence.UNSTATED if arns is UNKNOWN else declared_scope({"policies": arns})


GRANTS: Mapping[str, tuple[str, Callable[[Inputs], Scope | Absence]]] = MappingProxyType(
    {
        "aws:iam/groupPolicy:GroupPolicy": (
            "inline policy of an IAM group",
            lambda inputs: read_iam_policy(inputs.get("policy")),
        ),
        "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": (
            "attachment to an IAM group",
            _attached,
        ),
        "aws:iam/policyAttachment:PolicyAttachment": ("attachment", _attached_to_many),
        "aws:iam/userPolicy:UserPolicy": (
            "inline policy of an IAM user",
            lambda inputs: read_iam_policy(inputs.get("policy")),
        ),
        "aws:iam/userPolicyAttachment:UserPolicyAttachment": (
            "attachment to an IAM user",
            _attached,
        ),
        "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": (
            "set of attachments to an IAM user",
            _list_of_a_user,
        ),
        "vault:index/policy:Policy": (
            "Vault policy",
            lambda inputs: read_vault_policy(inputs.get("policy")),
        ),
    }
)
"""By type: what it is, and what it allows."""
