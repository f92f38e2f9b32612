"""Roles that are assumed: who may, and since when a session counts.

Moto lets anybody assume anything, roles that do not exist among it, and its sessions never end.
Source: AWS STS API Reference, AssumeRole; AWS IAM User Guide, "IAM role trust policies". Both the
caller's own policies and the role's trust policy have to allow it here, also within one account,
where AWS is content with one of them in some cases.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from keylife.sandbox.aws.account import Principal, iam, sts
from keylife.sandbox.aws.operation import Operation
from keylife.sandbox.aws.replies import AwsError, callers_fault, denied, not_implemented

ASSUME = "sts:AssumeRole"

_TAKEN = {"RoleArn", "RoleSessionName", "DurationSeconds", "Version"}
"""Parameters that have an effect here, and the protocol's own."""


def untrusted(operation: Operation, caller: Principal) -> AwsError | None:
    """The error by which a role is not assumed; ``None`` for all other calls, too."""
    if operation.name != ASSUME:
        return None
    more = sorted(operation.parameters.keys() - _TAKEN)
    if more:
        return not_implemented(f"The sandbox's AWS has no {more[0]} of a session.")
    if caller.session is not None:
        return not_implemented("The sandbox's AWS has no chains of roles.")
    arn = str(operation.parameters.get("RoleArn"))
    role = _role(arn)
    if role is None or not _trusts(json.loads(role.assume_role_policy_document), caller):
        return denied(caller.arn, ASSUME, arn, explicitly=False)
    longest = timedelta(seconds=int(role.max_session_duration or 3600))
    if not timedelta(minutes=15) <= _duration(operation) <= longest:
        message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        return callers_fault("ValidationError", "ValidationError", message)
    return None


def begin_session(operation: Operation, at: datetime) -> Callable[[], None]:
    """Count a session that moto opens from ``at`` on, by the sandbox's clock."""

    def complete() -> None:
        assumed = sts(_account(str(operation.parameters["RoleArn"]))).assumed_roles[-1]
        assumed.keylife_issued, assumed.expiration = at, at + _duration(operation)

    return complete


def _duration(operation: Operation) -> timedelta:
    return timedelta(seconds=int(operation.parameters.get("DurationSeconds", 3600)))


def _account(arn: str) -> str:
    return arn.split(":")[4] if arn.count(":") == 5 else ""


def _role(arn: str) -> Any:
    account = _account(arn)
    roles = iam(account).roles.values() if account else ()
    return next((role for role in roles if role.arn == arn), None)


def _trusts(document: Mapping[str, Any], caller: Principal) -> bool:
    """Whether a trust policy allows the caller; what is not known here in it allows nothing."""
    named = {caller.arn, caller.account, f"arn:aws:iam::{caller.account}:root"}
    statements = document.get("Statement", [])
    listed = statements if isinstance(statements, list) else [statements]
    known = {"Sid", "Effect", "Principal", "Action"}
    if any(s.get("Effect") != "Allow" or s.keys() - known for s in listed):
        return False
    return any(
        ASSUME in _texts(statement.get("Action"))
        and not named.isdisjoint(_texts(_aws_of(statement)))
        for statement in listed
    )


def _aws_of(statement: Mapping[str, Any]) -> object:
    principal = statement.get("Principal")
    return principal.get("AWS") if isinstance(principal, Mapping) else None


def _texts(element: object) -> Iterator[str]:
    values = element if isinstance(element, list) else [element]
    return (value for value in values if isinstance(value, str))
