"""The sandbox's AWS account: who its keys belong to, and what a call acts on, read from moto.

Everything the front must know of moto's insides stands here and in ``corrections``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.apigateway.models import apigateway_backends
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.secretsmanager.models import secretsmanager_backends

from keylife.sandbox.aws.conditions import Context
from keylife.sandbox.aws.operation import Operation
from keylife.sandbox.aws.policy import Document

ADMIN_USER = "sandbox-admin"
ADMIN_PATH = "/sandbox/"
ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"

_USER_OF_CALLER = {
    "CreateAccessKey",
    "DeleteAccessKey",
    "GetUser",
    "ListAccessKeys",
    "UpdateAccessKey",
}
"""Calls that mean the caller's own user when they name none (AWS IAM API Reference)."""


@dataclass(frozen=True)
class Principal:
    """The IAM user behind an access key."""

    user_name: str
    arn: str
    secret: str
    active: bool
    tags: Mapping[str, str]
    documents: tuple[Document, ...]

    def __repr__(self) -> str:
        return f"Principal({self.arn})"

    def context(self, at: datetime) -> Context:
        """The condition keys AWS sends with a call by this user's long-term key.

        Source: AWS IAM User Guide, "AWS global condition context keys": the keys on
        multi-factor authentication and on token issue are not sent with long-term credentials.
        """
        context: dict[str, str | None] = {
            "aws:currenttime": at.isoformat(timespec="seconds"),
            "aws:epochtime": str(int(at.timestamp())),
            "aws:username": self.user_name,
            "aws:principalarn": self.arn,
            "aws:principalaccount": DEFAULT_ACCOUNT_ID,
            "aws:principaltype": "User",
            "aws:multifactorauthpresent": None,
            "aws:multifactorauthage": None,
            "aws:tokenissuetime": None,
        }
        context |= {f"aws:principaltag/{name.lower()}": v for name, v in self.tags.items()}
        return context


def iam() -> Any:
    """Moto's IAM of the sandbox's account."""
    return iam_backends[DEFAULT_ACCOUNT_ID]["aws"]


def api_gateway(region: str) -> Any:
    """Moto's API Gateway of the sandbox's account in one region."""
    return apigateway_backends[DEFAULT_ACCOUNT_ID][region]


def secrets_manager(region: str) -> Any:
    """Moto's Secrets Manager of the sandbox's account in one region."""
    return secretsmanager_backends[DEFAULT_ACCOUNT_ID][region]


def principal_of(access_key_id: str) -> Principal | None:
    """Who an access key belongs to; ``None`` for one that does not exist.

    Keys of assumed roles count as not existing: the sandbox has no sessions.
    """
    key = iam().access_keys.get(access_key_id)
    user = iam().users.get(key.user_name) if key is not None and key.user_name else None
    if user is None:
        return None
    return principal(user, key.secret_access_key, active=key.status == "Active")


def principal(user: Any, secret: str, *, active: bool) -> Principal:
    """A user of moto's as the one who calls, by one of their credentials."""
    return Principal(
        user_name=user.name,
        arn=user.arn,
        secret=secret,
        active=active,
        tags={tag["Key"]: tag["Value"] for tag in user.tags or []},
        documents=tuple(_documents(user)),
    )


def _documents(user: Any) -> list[Document]:
    """All identity-based policies of a user: inline, attached, and through its groups."""
    found: list[Document] = []
    for holder in (user, *iam().get_groups_for_user(user.name)):
        found += [Document(f"{holder.name}/{name}", d) for name, d in holder.policies.items()]
        found += [
            Document(policy.arn, version.document)
            for policy in holder.managed_policies.values()
            for version in policy.versions
            if version.version_id == policy.default_version_id
        ]
    return found


def create_admin() -> tuple[str, str]:
    """Make the identity by which the sandbox uses its AWS; returns key id and secret."""
    iam().create_user("us-east-1", ADMIN_USER, ADMIN_PATH)
    iam().attach_user_policy(ADMINISTRATOR_ACCESS, ADMIN_USER)
    key = iam().create_access_key(ADMIN_USER)
    return key.access_key_id, key.secret_access_key


def resource_of(operation: Operation, caller: Principal) -> str | None:
    """The ARN that a call acts on; ``None`` where AWS knows none or the sandbox cannot tell.

    Source: AWS Service Authorization Reference, IAM, Secrets Manager, Systems Manager and API
    Gateway Management.
    """
    given, region = operation.parameters, operation.region
    match operation.service:
        case "iam":
            return _iam_resource(operation.action, given, caller)
        case "secretsmanager":
            return _secret_resource(given, region)
        case "ssm":
            return _parameter_resource(given, region)
        case "apigateway":
            return f"arn:aws:apigateway:{region}::{operation.path}"
    return None


def _iam_resource(action: str, parameters: Mapping[str, Any], caller: Principal) -> str | None:
    arn = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}"
    match parameters:
        case {"UserName": str(name)}:
            user = iam().users.get(name)
            path = user.path if user else parameters.get("Path", "/")
            return f"{arn}:user{path}{name}"
        case {"GroupName": str(name)}:
            return f"{arn}:group/{name}"
        case {"RoleName": str(name)}:
            return f"{arn}:role/{name}"
        case {"PolicyArn": str(policy)}:
            return policy
        case {"PolicyName": str(name)}:
            return f"{arn}:policy{parameters.get('Path', '/')}{name}"
    return caller.arn if action in _USER_OF_CALLER else None


def _parameter_resource(given: Mapping[str, Any], region: str) -> str | None:
    name = given.get("Name") or given.get("ResourceId")
    if not isinstance(name, str):
        return None
    return f"arn:aws:ssm:{region}:{DEFAULT_ACCOUNT_ID}:parameter/{name.lstrip('/')}"


def _secret_resource(parameters: Mapping[str, Any], region: str) -> str | None:
    name = parameters.get("SecretId") or parameters.get("Name")
    if not isinstance(name, str):
        return None
    secret = secrets_manager(region).secrets.get(name)
    if secret is not None:
        return str(secret.arn)
    if name.startswith("arn:"):
        return name
    # A secret's ARN ends in six characters that are drawn at its creation.
    return f"arn:aws:secretsmanager:{region}:{DEFAULT_ACCOUNT_ID}:secret:{name}-000000"
