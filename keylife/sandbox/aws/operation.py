"""Which call an HTTP request makes: service, action, parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote

from keylife.sandbox.aws.rest import rest_call
from keylife.sandbox.aws.signature import Request

SERVICES = frozenset({"apigateway", "iam", "secretsmanager", "ssm", "sts"})

_TARGETS = {"secretsmanager": "secretsmanager", "ssm": "AmazonSSM"}
"""How a service that speaks JSON 1.1 calls itself in the header that names the call."""

_OTHER_PARTITIONS = ("cn-", "us-gov-", "us-iso", "eu-iso", "eusc-")
"""Regions of accounts in other partitions (China, governments), which the sandbox has not."""

_SHOWN = frozenset(
    {
        "AccessKeyId",
        "CredentialAgeDays",
        "ForceDeleteWithoutRecovery",
        "GroupName",
        "MoveToVersionId",
        "Name",
        "NewPath",
        "NewUserName",
        "Overwrite",
        "Path",
        "PathPrefix",
        "PolicyArn",
        "PolicyName",
        "RecoveryWindowInDays",
        "RemoveFromVersionId",
        "ResourceId",
        "RoleArn",
        "RoleSessionName",
        "SecretId",
        "ServiceName",
        "ServiceSpecificCredentialId",
        "Status",
        "Tier",
        "Type",
        "UserName",
        "VersionId",
        "VersionStage",
        "VersionStages",
        "apiKey",
        "enabled",
        "keyId",
        "name",
        "usagePlanId",
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
    path: str = "/"
    """What a REST call acts on; ``/`` of all other calls."""

    verb: str | None = None
    """The HTTP method, where the service names its permissions by it."""

    account: str = ""
    """Whose it is to carry out: the caller's, and so known once the caller is."""

    def __repr__(self) -> str:
        return f"Operation({self.name}, {self.shown})"

    @property
    def name(self) -> str:
        """``service:Action``, as AWS's reference of the service calls it."""
        return f"{self.service}:{self.action}"

    @property
    def permission(self) -> str:
        """What a policy must allow: the name, except where a service names the HTTP method."""
        return f"{self.service}:{self.verb}" if self.verb else self.name

    @property
    def shown(self) -> dict[str, Any]:
        """The parameters that hold no secret, for the log and for oracles."""
        return {name: self.parameters[name] for name in sorted(_SHOWN & self.parameters.keys())}


def read_operation(request: Request, service: str, region: str) -> Operation | None:
    """The call a request makes; ``None`` if it makes none that the sandbox's AWS knows."""
    if region.startswith(_OTHER_PARTITIONS) or service not in SERVICES:
        return None
    if service == "apigateway":
        return _rest_operation(request, region)
    if request.method != "POST" or request.path != "/":
        return None
    if service in _TARGETS:
        prefix, _, action = request.headers.get("x-amz-target", "").partition(".")
        parameters = _json_object(request.body)
        if prefix != _TARGETS[service] or parameters is None:
            return None
    else:
        parameters = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        action = parameters.pop("Action", "")
    if not action.isalnum():
        return None
    return Operation(service, action, region, parameters)


def _rest_operation(request: Request, region: str) -> Operation | None:
    call, body = rest_call(request.method, request.path), _json_object(request.body)
    if call is None or body is None:
        return None
    action, named = call
    queried = parse_qs(request.query)
    return Operation(
        "apigateway",
        action,
        region,
        {**body, **queried, **named},
        path=unquote(request.path),
        verb=request.method,
    )


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
