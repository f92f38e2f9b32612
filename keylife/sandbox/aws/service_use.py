"""The doors at which service-specific credentials are shown, so that tests can use them.

======  =========================  ==========================  ================================
method  path                       shown as                    the service and what it asks IAM
======  =========================  ==========================  ================================
GET     ``/foundation-models``     ``Bearer`` + API key        Bedrock: may call with a bearer
                                                               token, and list models
GET     ``/v1/repos/NAME/…``       ``Basic`` + user, password  CodeCommit: may pull
======  =========================  ==========================  ================================

They answer 200 with nothing in it, or 403. Keyspaces speaks Cassandra's protocol and has no door
here. Source: Amazon Bedrock User Guide, "API keys" (permission ``bedrock:CallWithBearerToken``);
AWS CodeCommit User Guide, "HTTPS connections using Git credentials".
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64Error
from datetime import datetime

from keylife.sandbox.aws.account import principal
from keylife.sandbox.aws.policy import Call, Verdict, decide
from keylife.sandbox.aws.replies import Reply
from keylife.sandbox.aws.service_credentials import BEDROCK, CODECOMMIT, holder_of
from keylife.sandbox.aws.signature import Request

_BEDROCK_ASKS = ("bedrock:CallWithBearerToken", "bedrock:ListFoundationModels")
_CODECOMMIT_ASKS = ("codecommit:GitPull",)


def used_without_signature(request: Request, at: datetime) -> Reply | None:
    """The answer to a service-specific credential; ``None`` where none is shown."""
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    if request.method != "GET":
        return None
    if scheme == "Bearer" and request.path == "/foundation-models":
        return _answer(BEDROCK, None, shown, _BEDROCK_ASKS, at)
    if scheme == "Basic" and request.path.startswith("/v1/repos/"):
        name, _, secret = _basic(shown).partition(":")
        return _answer(CODECOMMIT, name, secret, _CODECOMMIT_ASKS, at)
    return None


def _answer(
    service: str, name: str | None, secret: str, actions: tuple[str, ...], at: datetime
) -> Reply:
    found = holder_of(service, name, secret)
    if found is None or not found[1].accepted(at):
        return _refused()
    caller = principal(found[0], secret, active=True)
    for action in actions:
        verdict = decide(caller.documents, Call(action, None, caller.context(at))).verdict
        if verdict is not Verdict.ALLOWED:
            return _refused()
    return Reply(200, "application/json", b"{}")


def _refused() -> Reply:
    return Reply(403, "application/json", b'{"message": "not authorized"}')


def _basic(shown: str) -> str:
    try:
        return b64decode(shown, validate=True).decode("utf-8", "replace")
    except (NotBase64Error, ValueError):
        return ""
