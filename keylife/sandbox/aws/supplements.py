"""Calls that AWS has and moto 5.2 has not, answered by the sandbox itself.

Source: AWS IAM API Reference (service-specific credentials); Amazon API Gateway, Version 1 API
Reference, TagResource and UntagResource: moto tags stages only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from keylife.sandbox.aws.account import api_gateway, iam
from keylife.sandbox.aws.operation import Operation
from keylife.sandbox.aws.replies import Reply, callers_fault
from keylife.sandbox.aws.service_credentials import (
    BEDROCK,
    PER_SERVICE_AND_USER,
    SERVICES,
    ServiceCredential,
    credentials_of,
    made_for,
)


def supplement_of(operation: Operation, at: datetime) -> Reply | None:
    """The sandbox's own answer, the call carried out; ``None`` for a call that moto has."""
    rule = _SUPPLEMENTS.get(operation.name)
    return None if rule is None else rule(operation, at)


def _create(operation: Operation, at: datetime) -> Reply:
    given, user = operation.parameters, _user(operation)
    service, age = given.get("ServiceName"), given.get("CredentialAgeDays")
    if user is None:
        return _no_such("user", given.get("UserName"))
    if service not in SERVICES:
        return _refused("NoSuchEntity", f"No such service {service} is supported.", 404)
    if age is not None and (service != BEDROCK or not 1 <= int(age) <= 36600):
        return _refused("InvalidInput", "CredentialAgeDays is not valid for this service.")
    if sum(held.service == service for held in credentials_of(user)) >= PER_SERVICE_AND_USER:
        message = f"Cannot exceed quota for ServiceSpecificCredentials: {PER_SERVICE_AND_USER}"
        return _refused("LimitExceeded", message, 409)
    made = made_for(user, service, None if age is None else int(age), at)
    told = {**_told(user, made, at), **_secrets(made)}
    return _xml(operation, f"<ServiceSpecificCredential>{_tags(told)}</ServiceSpecificCredential>")


def _list(operation: Operation, at: datetime) -> Reply:
    user, service = _user(operation), operation.parameters.get("ServiceName")
    if user is None:
        return _no_such("user", operation.parameters.get("UserName"))
    members = "".join(
        f"<member>{_tags(_told(user, held, at))}</member>"
        for held in credentials_of(user)
        if service in (None, held.service)
    )
    return _xml(
        operation,
        f"<ServiceSpecificCredentials>{members}</ServiceSpecificCredentials>"
        "<IsTruncated>false</IsTruncated>",
    )


def _update(operation: Operation, at: datetime) -> Reply:
    found = _credential(operation)
    if found is None:
        return _no_such("credential", operation.parameters.get("ServiceSpecificCredentialId"))
    status = operation.parameters.get("Status")
    if status not in ("Active", "Inactive"):
        return _refused("ValidationError", "Status must be Active or Inactive")
    found.active = status == "Active"
    return _xml(operation)


def _delete(operation: Operation, at: datetime) -> Reply:
    user, found = _user(operation), _credential(operation)
    if found is None:
        return _no_such("credential", operation.parameters.get("ServiceSpecificCredentialId"))
    credentials_of(user).remove(found)
    return _xml(operation)


def _user(operation: Operation) -> Any:
    return iam(operation.account).users.get(operation.parameters.get("UserName"))


def _credential(operation: Operation) -> ServiceCredential | None:
    user, wanted = _user(operation), operation.parameters.get("ServiceSpecificCredentialId")
    held = credentials_of(user) if user is not None else []
    return next((found for found in held if found.id == wanted), None)


def _told(user: Any, held: ServiceCredential, at: datetime) -> Mapping[str, str]:
    name = "ServiceCredentialAlias" if held.service == BEDROCK else "ServiceUserName"
    return {
        "CreateDate": _stamp(held.created),
        **({"ExpirationDate": _stamp(held.expires)} if held.expires else {}),
        "ServiceName": held.service,
        name: held.name,
        "ServiceSpecificCredentialId": held.id,
        "UserName": user.name,
        "Status": held.status(at),
    }


def _secrets(made: ServiceCredential) -> Mapping[str, str]:
    name = "ServiceCredentialSecret" if made.service == BEDROCK else "ServicePassword"
    return {name: made.secret}


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _tags(values: Mapping[str, str]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())


def _xml(operation: Operation, result: str = "") -> Reply:
    action = operation.action
    inner = f"<{action}Result>{result}</{action}Result>" if result else ""
    body = (
        f'<{action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/">{inner}'
        "<ResponseMetadata><RequestId>sandbox</RequestId></ResponseMetadata>"
        f"</{action}Response>"
    )
    return Reply(200, "text/xml", body.encode())


def _refused(code: str, message: str, status: int = 400) -> Reply:
    return callers_fault(code, code, message, query_status=status).reply("iam")


def _no_such(what: str, name: object) -> Reply:
    return _refused("NoSuchEntity", f"The {what} with name {name} cannot be found.", 404)


def _tag(operation: Operation, at: datetime) -> Reply:
    key = _tagged_api_key(operation)
    if key is None:
        return _not_found()
    key.tags = {**(key.tags or {}), **operation.parameters.get("tags", {})}
    return Reply(204, "application/json", b"")


def _untag(operation: Operation, at: datetime) -> Reply:
    key = _tagged_api_key(operation)
    if key is None:
        return _not_found()
    names = operation.parameters.get("tagKeys", ())
    key.tags = {name: value for name, value in (key.tags or {}).items() if name not in names}
    return Reply(204, "application/json", b"")


def _tagged_api_key(operation: Operation) -> Any:
    kind, _, name = str(operation.parameters["resourceArn"]).rpartition("/")
    return api_gateway(operation).keys.get(name) if kind.endswith("/apikeys") else None


def _not_found() -> Reply:
    body = {"__type": "NotFoundException", "message": "Invalid Resource identifier specified"}
    return Reply(404, "application/json", json.dumps(body).encode())


_SUPPLEMENTS: dict[str, Callable[[Operation, datetime], Reply]] = {
    "iam:CreateServiceSpecificCredential": _create,
    "iam:ListServiceSpecificCredentials": _list,
    "iam:UpdateServiceSpecificCredential": _update,
    "iam:DeleteServiceSpecificCredential": _delete,
    "apigateway:TagResource": _tag,
    "apigateway:UntagResource": _untag,
}
