"""What AWS does and moto 5.2 does not, for the calls keylife makes.

Each correction is either a *refusal* given before moto is asked, or a *completion* run after
moto has carried the call out.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

from keylife.sandbox.aws.account import api_gateway, iam, secrets_manager
from keylife.sandbox.aws.operation import Operation
from keylife.sandbox.aws.replies import AwsError, callers_fault, not_implemented
from keylife.sandbox.aws.service_credentials import credentials_of
from keylife.sandbox.aws.sessions import ASSUME, begin_session

Completion: TypeAlias = Callable[[], None]

USERS_PER_ACCOUNT = 5_000
POLICIES_PER_USER = 10
INLINE_CHARACTERS_PER_USER = 2_048
"""AWS IAM User Guide, "IAM and AWS STS quotas"; white space in inline policies is not counted."""

_LARGEST_VALUE = {False: 4_096, True: 8_192}
"""Bytes of a parameter, by whether its tier is the advanced one (AWS Systems Manager User Guide,
"Managing parameter tiers")."""

_ON_A_SECRET = {
    "GetSecretValue",
    "PutSecretValue",
    "UpdateSecret",
    "UpdateSecretVersionStage",
}
_DELETED = "You can't perform this operation on the secret because it was marked for deletion."


def refusal(operation: Operation) -> AwsError | None:
    """The error by which AWS refuses a call that moto would carry out."""
    rule = _REFUSALS.get(operation.name)
    return rule(operation) if rule is not None else None


def completion(operation: Operation, at: datetime) -> Completion | None:
    """What is left to do once moto has carried the call out; taken before it does."""
    if operation.name == ASSUME:
        return begin_session(operation, at)
    rule = _COMPLETIONS.get(operation.name)
    return rule(operation) if rule is not None else None


def _delete_user(operation: Operation) -> AwsError | None:
    """A user that still owns something cannot be deleted (AWS IAM API Reference, DeleteUser)."""
    user = iam(operation.account).users.get(operation.parameters.get("UserName"))
    if user is None:
        return None
    owned = {
        "remove users from group": iam(operation.account).get_groups_for_user(user.name),
        "detach all policies": user.managed_policies,
        "delete policies": user.policies,
        "delete access keys": user.access_keys,
        "delete login profile": user.password,
        "delete SSH public keys": user.ssh_public_keys,
        "delete MFA device": user.mfa_devices,
        "delete signing certificates": user.signing_certificates,
        "delete service specific credentials": credentials_of(user),
    }
    for cure, what in owned.items():
        if what:
            return _conflict("DeleteConflict", f"Cannot delete entity, must {cure} first.")
    return None


def _create_user(operation: Operation) -> AwsError | None:
    if operation.parameters.get("PermissionsBoundary"):
        return _beyond_the_sandbox("permissions boundaries")
    return _quota("UsersPerAccount", USERS_PER_ACCOUNT, len(iam(operation.account).users))


def _attach_user_policy(operation: Operation) -> AwsError | None:
    user = iam(operation.account).users.get(operation.parameters.get("UserName"))
    if user is None or operation.parameters.get("PolicyArn") in user.managed_policies:
        return None
    return _quota("PoliciesPerUser", POLICIES_PER_USER, len(user.managed_policies))


def _beyond_the_sandbox(what: str) -> AwsError:
    """Moto takes these and nothing comes of them: to accept them would be to pretend."""
    return not_implemented(f"The sandbox's AWS has no {what}.")


def _put_resource_policy(operation: Operation) -> AwsError | None:
    return _beyond_the_sandbox("resource-based policies")


def _open_session(operation: Operation) -> AwsError | None:
    return _beyond_the_sandbox("sessions of users")


def _put_user_policy(operation: Operation) -> AwsError | None:
    user = iam(operation.account).users.get(operation.parameters.get("UserName"))
    if user is None:
        return None
    name = operation.parameters.get("PolicyName")
    texts = [text for other, text in user.policies.items() if other != name]
    texts.append(operation.parameters.get("PolicyDocument", ""))
    if sum(len("".join(text.split())) for text in texts) <= INLINE_CHARACTERS_PER_USER:
        return None
    return _conflict(
        "LimitExceeded",
        f"Maximum policy size of {INLINE_CHARACTERS_PER_USER} bytes exceeded for user {user.name}",
    )


def _quota(name: str, limit: int, used: int) -> AwsError | None:
    if used < limit:
        return None
    return _conflict("LimitExceeded", f"Cannot exceed quota for {name}: {limit}")


def _conflict(code: str, message: str) -> AwsError:
    return callers_fault(code, code, message, query_status=409)


def _secret(operation: Operation) -> Any:
    name = operation.parameters.get("SecretId") or operation.parameters.get("Name")
    return secrets_manager(operation).secrets.get(name) if name else None


def _use_of_a_deleted_secret(operation: Operation) -> AwsError | None:
    secret = _secret(operation)
    if secret is None or not secret.is_deleted():
        return None
    return callers_fault("InvalidRequestException", "InvalidRequestException", _DELETED)


def _create_secret(operation: Operation) -> AwsError | None:
    secret = _secret(operation)
    if secret is None or not secret.is_deleted():
        return None
    return callers_fault(
        "InvalidRequestException",
        "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled"
        " for deletion.",
    )


def _update_version_stage(operation: Operation) -> AwsError | None:
    given = operation.parameters
    if given.get("VersionStage") == "AWSCURRENT" and not given.get("MoveToVersionId"):
        return callers_fault(
            "InvalidParameterException",
            "InvalidParameterException",
            "You can only move staging label AWSCURRENT to a different secret version."
            " It can't be completely removed.",
        )
    return _use_of_a_deleted_secret(operation)


def _after_put_secret_value(operation: Operation) -> Completion | None:
    """Move staging labels as AWS does; moto drops all other labels of the old version.

    Source: AWS Secrets Manager API Reference, PutSecretValue, VersionStages.
    """
    secret = _secret(operation)
    if secret is None:
        return None
    before = {v: list(found["version_stages"]) for v, found in secret.versions.items()}
    wanted = list(operation.parameters.get("VersionStages") or ["AWSCURRENT"])

    def complete() -> None:
        new = secret.versions.keys() - before.keys()
        if not new:
            return  # the same request token again: AWS changes nothing
        was_current = next((v for v, had in before.items() if "AWSCURRENT" in had), None)
        demoted = was_current if "AWSCURRENT" in wanted else None
        taken = {*wanted, "AWSPREVIOUS"} if demoted else set(wanted)
        for version, had in before.items():
            kept = [label for label in had if label not in taken]
            previous = ["AWSPREVIOUS"] if version == demoted else []
            secret.versions[version]["version_stages"] = [*kept, *previous]
        version = new.pop()
        first = [] if before or "AWSCURRENT" in wanted else ["AWSCURRENT"]
        secret.versions[version]["version_stages"] = [*wanted, *first]
        _follow_current(secret)

    return complete


def _after_update_version_stage(operation: Operation) -> Completion | None:
    """Moto goes on to take the version that was current before for the current one."""
    secret = _secret(operation)
    return None if secret is None else lambda: _follow_current(secret)


def _after_update_secret(operation: Operation) -> Completion | None:
    """A new value moves the labels; an empty description empties the old one, which moto keeps."""
    secret = _secret(operation)
    if secret is None:
        return None
    move_labels = _after_put_secret_value(operation)

    def complete() -> None:
        if "Description" in operation.parameters:
            secret.description = operation.parameters["Description"]
        if move_labels is not None:
            move_labels()

    return complete


def _follow_current(secret: Any) -> None:
    for version, found in secret.versions.items():
        if "AWSCURRENT" in found["version_stages"]:
            secret.set_default_version_id(version)


def _after_update_user(operation: Operation) -> Completion | None:
    """Keys and tags follow a user that is renamed or moved; moto leaves them behind."""
    user = iam(operation.account).users.get(operation.parameters.get("UserName"))
    if user is None:
        return None
    old_arn, tags = user.arn, user.tags

    def complete() -> None:
        for key in user.access_keys:
            key.user_name = user.name
        if user.arn != old_arn:
            iam(operation.account).tagger.delete_all_tags_for_resource(old_arn)
            iam(operation.account).tagger.tag_resource(user.arn, tags or [])

    return complete


def _put_parameter(operation: Operation) -> AwsError | None:
    given = operation.parameters
    if given.get("Policies"):
        return _beyond_the_sandbox("parameter policies")
    advanced = given.get("Tier") in ("Advanced", "Intelligent-Tiering")
    if len(str(given.get("Value", "")).encode()) <= _LARGEST_VALUE[advanced]:
        return None
    return callers_fault(
        "ValidationException",
        "ValidationException",
        "Parameter value is too large for its tier.",
    )


def _create_usage_plan_key(operation: Operation) -> AwsError | None:
    """A plan must be there, and a key is in it once (API Gateway Version 1 API Reference)."""
    gateway, given = api_gateway(operation), operation.parameters
    plan = str(given.get("usagePlanId"))
    if plan not in gateway.usage_plans:
        return _not_found("Invalid Usage Plan ID specified")
    if given.get("keyId") in gateway.usage_plan_keys.get(plan, {}):
        return _conflict("ConflictException", "The key is in this usage plan already")
    return None


def _delete_usage_plan_key(operation: Operation) -> AwsError | None:
    plan, key = operation.parameters.get("usagePlanId"), operation.parameters.get("keyId")
    if key in api_gateway(operation).usage_plan_keys.get(str(plan), {}):
        return None
    return _not_found("Invalid Usage Plan Key identifier specified")


def _not_found(message: str) -> AwsError:
    return callers_fault("NotFoundException", "NotFoundException", message)


def _after_delete_api_key(operation: Operation) -> Completion | None:
    """A deleted key leaves its usage plans; moto keeps it there."""
    gateway, key = api_gateway(operation), operation.parameters.get("apiKey")

    def complete() -> None:
        for held in gateway.usage_plan_keys.values():
            held.pop(key, None)

    return complete


_REFUSALS: dict[str, Callable[[Operation], AwsError | None]] = {
    "iam:DeleteUser": _delete_user,
    "iam:CreateUser": _create_user,
    "iam:AttachUserPolicy": _attach_user_policy,
    "iam:PutUserPolicy": _put_user_policy,
    "apigateway:CreateUsagePlanKey": _create_usage_plan_key,
    "apigateway:DeleteUsagePlanKey": _delete_usage_plan_key,
    "ssm:PutParameter": _put_parameter,
    "sts:GetFederationToken": _open_session,
    "sts:GetSessionToken": _open_session,
    "secretsmanager:CreateSecret": _create_secret,
    "secretsmanager:PutResourcePolicy": _put_resource_policy,
    **{f"secretsmanager:{action}": _use_of_a_deleted_secret for action in _ON_A_SECRET},
    "secretsmanager:UpdateSecretVersionStage": _update_version_stage,
}

_COMPLETIONS: dict[str, Callable[[Operation], Completion | None]] = {
    "apigateway:DeleteApiKey": _after_delete_api_key,
    "iam:UpdateUser": _after_update_user,
    "secretsmanager:UpdateSecret": _after_update_secret,
    "secretsmanager:PutSecretValue": _after_put_secret_value,
    "secretsmanager:UpdateSecretVersionStage": _after_update_version_stage,
}
