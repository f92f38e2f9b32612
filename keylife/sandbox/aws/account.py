"""The sandbox's AWS accounts: who their keys belong to, and what a call acts on, read from moto.

There are two: the own one, and another, in which a role of the administrator's can be assumed.

Everything the front must know of moto's insides stands here and in ``corrections``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.apigateway.models import apigateway_backends
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sts.models import sts_backends

from keylife.sandbox.aws.conditions import Context
from keylife.sandbox.aws.operation import Operation
from keylife.sandbox.aws.policy import Document

ADMIN_USER = "sandbox-admin"
ADMIN_PATH = "/sandbox/"
ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"

OTHER_ACCOUNT = "210987654321"
OTHER_ROLE = "sandbox-admin"

_USER_OF_CALLER = {
    "CreateAccessKey",
    "DeleteAccessKey",
    "GetUser",
    "ListAccessKeys",
    "UpdateAccessKey",
}
"""Calls that mean the caller's own user when they name none (AWS IAM API Reference)."""


@dataclass(frozen=True)
class Session:
    """What is temporary about a credential."""

    token: str = field(repr=False)
    issued: datetime
    ends: datetime


@dataclass(frozen=True)
class Principal:
    """The IAM user behind an access key, or the role behind a session's."""

    account: str
    user_name: str
    """Of a role's session: the session's name."""

    arn: str
    secret: str = field(repr=False)
    active: bool
    tags: Mapping[str, str]
    documents: tuple[Document, ...]
    session: Session | None = None

    def __repr__(self) -> str:
        return f"Principal({self.arn})"

    def context(self, at: datetime) -> Context:
        """The condition keys AWS sends with a call by this principal.

        Source: AWS IAM User Guide, "AWS global condition context keys": the keys on
        multi-factor authentication and on token issue are not sent with long-term credentials;
        a role's session has no user name, and its principal is the role.
        """
        context: dict[str, str | None] = {
            "aws:currenttime": at.isoformat(timespec="seconds"),
            "aws:epochtime": str(int(at.timestamp())),
            "aws:username": self.user_name,
            "aws:principalarn": self.arn,
            "aws:principalaccount": self.account,
            "aws:principaltype": "User",
            "aws:multifactorauthpresent": None,
            "aws:multifactorauthage": None,
            "aws:tokenissuetime": None,
        }
        if self.session is not None:
            context |= {
                "aws:username": None,
                "aws:principaltype": "AssumedRole",
                "aws:tokenissuetime": self.session.issued.isoformat(timespec="seconds"),
            }
        context |= {f"aws:principaltag/{name.lower()}": v for name, v in self.tags.items()}
        return context


def iam(account: str = DEFAULT_ACCOUNT_ID) -> Any:
    """Moto's IAM of an account."""
    return iam_backends[account]["aws"]


def sts(account: str) -> Any:
    """Moto's STS of an account."""
    return sts_backends[account]["aws"]


def api_gateway(operation: Operation) -> Any:
    """Moto's API Gateway where a call is carried out."""
    return apigateway_backends[operation.account][operation.region]


def secrets_manager(operation: Operation) -> Any:
    """Moto's Secrets Manager where a call is carried out."""
    return secretsmanager_backends[operation.account][operation.region]


def principal_of(access_key_id: str) -> Principal | None:
    """Who an access key belongs to; ``None`` for one that does not exist."""
    for account in (DEFAULT_ACCOUNT_ID, OTHER_ACCOUNT):
        key = iam(account).access_keys.get(access_key_id)
        user = iam(account).users.get(key.user_name) if key is not None and key.user_name else None
        if user is not None:
            active = key.status == "Active"
            return principal(user, key.secret_access_key, account=account, active=active)
        assumed = sts(account).get_assumed_role_from_access_key(access_key_id)
        if assumed is not None:
            return _session(assumed, account)
    return None


def principal(
    user: Any, secret: str, *, active: bool, account: str = DEFAULT_ACCOUNT_ID
) -> Principal:
    """A user of moto's as the one who calls, by one of their credentials."""
    return Principal(
        account=account,
        user_name=user.name,
        arn=user.arn,
        secret=secret,
        active=active,
        tags={tag["Key"]: tag["Value"] for tag in user.tags or []},
        documents=tuple(_documents(user, iam(account).get_groups_for_user(user.name))),
    )


def _session(assumed: Any, account: str) -> Principal | None:
    """The session of a role; ``None`` if the role is gone, and its sessions with it."""
    role = next((r for r in iam(account).roles.values() if r.arn == assumed.role_arn), None)
    if role is None:
        return None
    return Principal(
        account=account,
        user_name=assumed.session_name,
        arn=role.arn,
        secret=assumed.secret_access_key,
        active=True,
        tags={tag["Key"]: tag["Value"] for tag in role.tags or []},
        documents=tuple(_documents(role, ())),
        session=Session(assumed.session_token, assumed.keylife_issued, assumed.expiration),
    )


def _documents(owner: Any, groups: Iterable[Any]) -> list[Document]:
    """All identity-based policies of a user or role: inline, attached, and through groups."""
    found: list[Document] = []
    for holder in (owner, *groups):
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


def create_other_account() -> str:
    """Make the role by which the administrator works in the other account; returns its ARN."""
    trust = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:root"},
            "Action": "sts:AssumeRole",
        },
    }
    role = iam(OTHER_ACCOUNT).create_role(
        role_name=OTHER_ROLE,
        assume_role_policy_document=json.dumps(trust),
        path=ADMIN_PATH,
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration=None,
    )
    iam(OTHER_ACCOUNT).attach_role_policy(ADMINISTRATOR_ACCESS, OTHER_ROLE)
    return str(role.arn)


def resource_of(operation: Operation, caller: Principal) -> str | None:
    """The ARN that a call acts on; ``None`` where AWS knows none or the sandbox cannot tell.

    Source: AWS Service Authorization Reference, IAM, Secrets Manager, Systems Manager and API
    Gateway Management.
    """
    match operation.service:
        case "iam":
            return _iam_resource(operation, caller)
        case "secretsmanager":
            return _secret_resource(operation)
        case "ssm":
            return _parameter_resource(operation)
        case "apigateway":
            return f"arn:aws:apigateway:{operation.region}::{operation.path}"
        case "sts":
            return operation.parameters.get("RoleArn")
    return None


def _iam_resource(operation: Operation, caller: Principal) -> str | None:
    arn, parameters = f"arn:aws:iam::{operation.account}", operation.parameters
    match parameters:
        case {"UserName": str(name)}:
            user = iam(operation.account).users.get(name)
            path = user.path if user else parameters.get("Path", "/")
            return f"{arn}:user{path}{name}"
        case {"GroupName": str(name)}:
            return f"{arn}:group/{name}"
        case {"RoleName": str(name)}:
            roles = iam(operation.account).roles.values()
            made = (role.path for role in roles if role.name == name)
            return f"{arn}:role{next(made, parameters.get('Path', '/'))}{name}"
        case {"PolicyArn": str(policy)}:
            return policy
        case {"PolicyName": str(name)}:
            return f"{arn}:policy{parameters.get('Path', '/')}{name}"
    return caller.arn if operation.action in _USER_OF_CALLER else None


def _parameter_resource(operation: Operation) -> str | None:
    given = operation.parameters
    name = given.get("Name") or given.get("ResourceId")
    if not isinstance(name, str):
        return None
    where = f"{operation.region}:{operation.account}"
    return f"arn:aws:ssm:{where}:parameter/{name.lstrip('/')}"


def _secret_resource(operation: Operation) -> str | None:
    name = operation.parameters.get("SecretId") or operation.parameters.get("Name")
    if not isinstance(name, str):
        return None
    secret = secrets_manager(operation).secrets.get(name)
    if secret is not None:
        return str(secret.arn)
    if name.startswith("arn:"):
        return name
    # A secret's ARN ends in six characters that are drawn at its creation.
    where = f"{operation.region}:{operation.account}"
    return f"arn:aws:secretsmanager:{where}:secret:{name}-000000"
