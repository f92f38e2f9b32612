"""The sandbox's AWS: a WSGI application before moto that judges every request itself.

Who checks what:

* **this front**: that the request is signed and the signature right (``signature``), that the
  key exists and is Active, that the identity-based policies of its user allow the call at the
  sandbox's instant (``policy``, ``conditions``), and what moto gets wrong (``corrections``);
* **moto**: what the call then does, except for calls that it has not (``supplements``).

Credentials that are used without a signature (``service_use``) are judged here altogether.

Moto's own authorization is not used. It treats a conditional deny as unconditional, lets an
Inactive key pass, and answers Secrets Manager's clients in the wrong protocol. Feeding it
rewritten documents would make it agree at one instant, but then a policy read back would not
be the one written. So there is one judge, in front; moto has no socket of its own and sees
only what was let through, none of its ``/moto-api`` included. Calls run one at a time: moto's
dictionaries are not made for threads.

Any key may ask ``sts:GetCallerIdentity`` whatever its policies deny, as long as it is Active
(AWS STS API Reference, GetCallerIdentity): it shows that a key authenticates, not that it can
do anything.
"""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from io import BytesIO
from threading import Lock
from typing import Any, TypeAlias
from uuid import uuid4

from keylife.sandbox.aws import replies
from keylife.sandbox.aws.account import Principal, principal_of, resource_of
from keylife.sandbox.aws.calls import Calls
from keylife.sandbox.aws.clock import SandboxClock
from keylife.sandbox.aws.corrections import completion, refusal
from keylife.sandbox.aws.faults import FaultKind, Faults
from keylife.sandbox.aws.operation import SERVICES, Operation, read_operation
from keylife.sandbox.aws.policy import Call, Verdict, decide
from keylife.sandbox.aws.replies import AwsError, Reply
from keylife.sandbox.aws.service_use import used_without_signature
from keylife.sandbox.aws.sessions import untrusted
from keylife.sandbox.aws.signature import (
    Authorization,
    Request,
    is_signed_with,
    read_authorization,
)
from keylife.sandbox.aws.supplements import supplement_of

WsgiApp: TypeAlias = Callable[[dict[str, Any], Any], Iterable[bytes]]

LARGEST_BODY = 1 << 20
"""Bytes; AWS takes at most 64 KiB in a secret and 128 KiB in a policy."""

LONGEST_HOLD = 120.0
"""Seconds after which an answer that is held back is sent all the same."""

_REQUEST_ID = re.compile(rb"<RequestId>[^<]*</RequestId>")
"""Moto and the sandbox's own answers have one for all requests."""

log = logging.getLogger(__name__)


class AwsFront:
    """Authenticates, authorizes and records every call before moto carries it out."""

    def __init__(
        self, moto: Mapping[str, WsgiApp], clock: SandboxClock, faults: Faults, calls: Calls
    ) -> None:
        """``moto`` holds one application of moto's for each of the sandbox's services."""
        self._moto = moto
        self._clock = clock
        self._faults = faults
        self._calls = calls
        self._one_at_a_time = Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        request = _read_request(environ)
        with self._one_at_a_time:
            reply = self._answer(request, environ)
        if reply.held_until is not None:
            reply.held_until.wait(LONGEST_HOLD)
        request_id = str(uuid4())
        body = _REQUEST_ID.sub(f"<RequestId>{request_id}</RequestId>".encode(), reply.body)
        headers = [
            ("Content-Type", reply.content_type),
            ("Content-Length", str(len(body))),
            ("x-amzn-RequestId", request_id),
            ("Date", format_datetime(self._clock.now().astimezone(UTC), usegmt=True)),
        ]
        start_response(reply.status_line, headers)
        return [body]

    def _answer(self, request: Request, environ: dict[str, Any]) -> Reply:
        claim = read_authorization(request.headers.get("authorization"))
        if claim is None:
            return used_without_signature(request, self._clock.now()) or replies.not_signed().reply(
                "iam"
            )
        operation = read_operation(request, claim.service, claim.region)
        if operation is None:
            message = f"The sandbox's AWS has {', '.join(sorted(SERVICES))}, and not this call."
            return replies.callers_fault("InvalidAction", "InvalidAction", message).reply(
                claim.service
            )
        at = self._clock.now()
        caller = _authenticated(claim, request, at)
        if isinstance(caller, AwsError):
            return self._refused(operation, None, at, caller)
        operation = replace(operation, account=caller.account)
        error = (
            _unauthorized(operation, caller, at)
            or untrusted(operation, caller)
            or refusal(operation)
        )
        if error is not None:
            return self._refused(operation, caller, at, error)
        return self._carried_out(operation, caller, at, request, environ)

    def _carried_out(
        self,
        operation: Operation,
        caller: Principal,
        at: datetime,
        request: Request,
        environ: dict[str, Any],
    ) -> Reply:
        fault = self._faults.take(operation)
        if fault is FaultKind.THROTTLE:
            return self._refused(operation, caller, at, replies.throttled())
        if fault is FaultKind.ERROR_BEFORE:
            return self._refused(operation, caller, at, replies.service_failure())
        complete = completion(operation, at)
        supplement = supplement_of(operation, at)
        if supplement is None:
            reply, error_code = self._ask_moto(operation.service, request, environ)
        else:
            reply, error_code = supplement, None if supplement.ok else _error_code(supplement.body)
        if reply.ok and complete is not None:
            complete()
        executed = reply.ok
        if fault is FaultKind.EXECUTED_BUT_ERROR:
            error = replies.service_failure()
            reply, error_code = error.reply(operation.service), error.code(operation.service)
        if fault is FaultKind.HELD:
            reply = replace(reply, held_until=self._faults.replaced)
        self._record(operation, caller, at, error_code, executed=executed)
        return reply

    def _refused(
        self, operation: Operation, caller: Principal | None, at: datetime, error: AwsError
    ) -> Reply:
        code = error.code(operation.service)
        log.info("%s refused to %s: %s", operation, caller or "an unknown caller", code)
        self._record(operation, caller, at, code, executed=False)
        return error.reply(operation.service)

    def _record(
        self,
        operation: Operation,
        caller: Principal | None,
        at: datetime,
        error: str | None,
        *,
        executed: bool,
    ) -> None:
        self._calls.record(
            operation.service,
            operation.action,
            operation.shown,
            caller=caller.user_name if caller else None,
            at=at,
            error=error,
            executed=executed,
        )

    def _ask_moto(
        self, service: str, request: Request, environ: dict[str, Any]
    ) -> tuple[Reply, str | None]:
        answer: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
            answer["status"] = int(status.split(" ", 1)[0])
            answer["headers"] = {name.lower(): value for name, value in headers}

        inner = {**environ, "wsgi.input": BytesIO(request.body)}
        try:
            body = replies.join_body(self._moto[service](inner, start_response))
        except Exception as broken:  # moto raises whatever it likes, above all NotImplementedError
            log.error("moto broke: %s", type(broken).__name__)
            error = replies.not_implemented("Moto, behind the sandbox's AWS, cannot do this.")
            return error.reply(service), error.code(service)
        content_type = answer["headers"].get("content-type", "text/xml")
        reply = Reply(answer["status"], content_type, body)
        return reply, None if reply.ok else _error_code(body)


def _error_code(body: bytes) -> str:
    """AWS's name of the error in an answer of moto's, in either protocol."""
    found = re.search(rb'<Code>(\w+)</Code>|"__type": ?"(\w+)"', body)
    return (found[1] or found[2]).decode() if found else "Unknown"


def _authenticated(claim: Authorization, request: Request, at: datetime) -> Principal | AwsError:
    principal = principal_of(claim.access_key_id)
    if principal is None or not principal.active:
        return replies.unknown_key()
    if not is_signed_with(principal.secret, claim, request):
        return replies.wrong_signature()
    session = principal.session
    if session is not None:
        token = request.headers.get("x-amz-security-token", "")
        if not hmac.compare_digest(token.encode(), session.token.encode()):
            return replies.unknown_key()
        if at >= session.ends:
            return replies.expired_session()
    return principal


def _unauthorized(operation: Operation, caller: Principal, at: datetime) -> AwsError | None:
    if operation.name == "sts:GetCallerIdentity":
        return None
    resource = resource_of(operation, caller)
    decision = decide(caller.documents, Call(operation.permission, resource, caller.context(at)))
    if decision.verdict is Verdict.ALLOWED:
        return None
    level = logging.ERROR if decision.verdict is Verdict.UNDECIDABLE else logging.INFO
    log.log(
        level,
        "%s denied to %s: %s: %s",
        operation,
        caller,
        decision.verdict.value,
        decision.because,
    )
    explicitly = decision.verdict is not Verdict.NOT_ALLOWED
    return replies.denied(caller.arn, operation.permission, resource, explicitly=explicitly)


def _read_request(environ: dict[str, Any]) -> Request:
    length = min(int(environ.get("CONTENT_LENGTH") or 0), LARGEST_BODY)
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or name in {"CONTENT_TYPE", "CONTENT_LENGTH"}
    }
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ["REQUEST_URI"].partition("?")[0],
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=environ["wsgi.input"].read(length),
    )
