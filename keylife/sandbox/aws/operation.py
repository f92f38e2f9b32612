"""Which call an HTTP request makes: service, action, parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from keylife.sandbox.aws.replies import JSON_SERVICES
from keylife.sandbox.aws.signature import Request

SERVICES = frozenset({"iam", "sts", "secretsmanager"})

_OTHER_PARTITIONS = ("cn-", "us-gov-", "us-iso", "eu-iso", "eusc-")
"""Regions of accounts in other partitions (China, governments), which the sandbox has not."""

_SHOWN = frozenset(
    {
        "AccessKeyId",
        "ForceDeleteWithoutRecovery",
        "GroupName",
        "MoveToVersionId",
        "Name",
        "NewPath",
        "NewUserName",
        "Path",
        "PathPrefix",
        "PolicyArn",
        "PolicyName",
        "RecoveryWindowInDays",
        "RemoveFromVersionId",
        "SecretId",
        "Status",
        "UserName",
        "VersionId",
        "VersionStage",
        "VersionStages",
    }
)
"""Parameters that may be shown: an allow-list, because what is new may well be secret."""


@dataclass(frozen=True)
class Operation:
    """One call of an AWS service."""

    service: str
    action: str
    region: str
    parameters: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"Operation({self.name}, {self.shown})"

    @property
    def name(self) -> str:
        """``service:Action``, as policies write it."""
        return f"{self.service}:{self.action}"

    @property
    def shown(self) -> dict[str, Any]:
        """The parameters that hold no secret, for the log and for oracles."""
        return {name: self.parameters[name] for name in sorted(_SHOWN & self.parameters.keys())}


def read_operation(request: Request, service: str, region: str) -> Operation | None:
    """The call a request makes; ``None`` if it makes none that the sandbox's AWS knows."""
    if region.startswith(_OTHER_PARTITIONS) or service not in SERVICES:
        return None
    if request.method != "POST" or request.path != "/":
        return None
    if service in JSON_SERVICES:
        prefix, _, action = request.headers.get("x-amz-target", "").partition(".")
        parameters = _json_object(request.body)
        if prefix != service or parameters is None:
            return None
    else:
        parameters = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        action = parameters.pop("Action", "")
    if not action.isalnum():
        return None
    return Operation(service, action, region, parameters)


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
