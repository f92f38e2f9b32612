"""Refusals and injected errors, in the wire protocols of the services the sandbox has.

IAM and STS speak the query protocol (errors in XML), Secrets Manager and Systems Manager JSON
1.1, API Gateway REST with JSON; the same fault has another name in each family. Source: AWS IAM
User Guide and AWS Secrets Manager API Reference, "Common Errors"; the modelled names of the JSON
ones are those of AWS's SDKs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Event
from xml.sax.saxutils import escape

JSON_SERVICES = frozenset({"apigateway", "secretsmanager", "ssm"})


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    content_type: str
    body: bytes
    held_until: Event | None = field(default=None, compare=False)
    """Until when the answer is not to be sent; None means at once."""

    @property
    def ok(self) -> bool:
        """Whether the call was carried out."""
        return self.status < 300

    @property
    def status_line(self) -> str:
        """For example ``403 Forbidden``, as WSGI wants it."""
        return f"{self.status} {HTTPStatus(self.status).phrase}"


@dataclass(frozen=True)
class AwsError:
    """An error as AWS names it in each protocol."""

    query_code: str
    query_status: int
    json_code: str
    json_status: int
    message: str

    def reply(self, service: str) -> Reply:
        """The answer a client of ``service`` understands."""
        if service in JSON_SERVICES:
            body = json.dumps({"__type": self.json_code, "message": self.message})
            return Reply(self.json_status, "application/x-amz-json-1.1", body.encode())
        body = (
            "<ErrorResponse><Error><Type>Sender</Type>"
            f"<Code>{escape(self.query_code)}</Code><Message>{escape(self.message)}</Message>"
            "</Error><RequestId>sandbox</RequestId></ErrorResponse>"
        )
        return Reply(self.query_status, "text/xml", body.encode())

    def code(self, service: str) -> str:
        """The name the error has in this service's protocol."""
        return self.json_code if service in JSON_SERVICES else self.query_code


def unknown_key() -> AwsError:
    """Answer to a key that does not exist, was deleted, or is Inactive."""
    return AwsError(
        "InvalidClientTokenId",
        403,
        "UnrecognizedClientException",
        400,
        "The security token included in the request is invalid.",
    )


def expired_session() -> AwsError:
    """Answer to the key of a session that has ended."""
    message = "The security token included in the request is expired"
    return callers_fault("ExpiredToken", "ExpiredTokenException", message, query_status=403)


def not_signed() -> AwsError:
    """Answer to a request without a signature in Signature Version 4."""
    return AwsError(
        "MissingAuthenticationToken",
        403,
        "MissingAuthenticationTokenException",
        400,
        "Request is missing Authentication Token",
    )


def wrong_signature() -> AwsError:
    """Answer to a request that was not signed with the key's secret."""
    return AwsError(
        "SignatureDoesNotMatch",
        403,
        "InvalidSignatureException",
        400,
        "The request signature we calculated does not match the signature you provided."
        " Check your AWS Secret Access Key and signing method.",
    )


def denied(arn: str, action: str, resource: str | None, *, explicitly: bool) -> AwsError:
    """Answer to a call that the caller's policies do not allow."""
    why = (
        "with an explicit deny in an identity-based policy"
        if explicitly
        else f"because no identity-based policy allows the {action} action"
    )
    on = f" on resource: {resource}" if resource else ""
    return callers_fault(
        "AccessDenied",
        "AccessDeniedException",
        f"User: {arn} is not authorized to perform: {action}{on} {why}",
        query_status=403,
    )


def callers_fault(
    query_code: str, json_code: str, message: str, *, query_status: int = 400
) -> AwsError:
    """An error of the caller's making."""
    return AwsError(query_code, query_status, json_code, 400, message)


def not_implemented(message: str) -> AwsError:
    """Answer to what AWS can do and the sandbox cannot."""
    return callers_fault("NotImplemented", "NotImplemented", message)


def throttled() -> AwsError:
    """Answer of a service that has had too many calls; nothing was carried out."""
    return callers_fault("Throttling", "ThrottlingException", "Rate exceeded")


def service_failure() -> AwsError:
    """Answer of a service that broke; the client cannot tell whether before or after the deed."""
    return AwsError(
        "ServiceFailure",
        500,
        "InternalServiceError",
        500,
        "An internal error occurred (injected by the sandbox).",
    )


def join_body(chunks: Iterable[bytes]) -> bytes:
    """The body of a WSGI answer, closed as PEP 3333 asks."""
    try:
        return b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
