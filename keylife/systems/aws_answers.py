"""What AWS's answers say of a version, and how AWS is asked as the version itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from keylife.orphan import code_of, strict
from keylife.systems.system import Answer, Verdict

REFUSALS = frozenset({"InvalidClientTokenId", "UnrecognizedClientException"})
"""AWS does not know the access key, or it is inactive: its secret was not even looked at.

Not among them: ``SignatureDoesNotMatch``, for then the key id exists. Source: AWS STS and AWS
Secrets Manager API Reference, "Common Errors"; the Query protocol and JSON name it differently.
"""

GONE = frozenset(
    {"NoSuchEntity", "NotFoundException", "ParameterNotFound", "ResourceNotFoundException"}
)
"""How AWS's services say that there is no such thing, at least not where they looked."""

_SECOND = {
    "aws": ("us-east-1", "us-west-2"),
    "aws-cn": ("cn-north-1", "cn-northwest-1"),
    "aws-us-gov": ("us-gov-west-1", "us-gov-east-1"),
}
"""By partition, regions that are on in every account (AWS General Reference, "Regions")."""


def aws_errors() -> tuple[type[Exception], ...]:
    """What AWS's client raises, also of what is no answer of AWS's."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    return ClientError, BotoCoreError, ResponseParserError


def stated(told: Mapping[str, Any], name: str) -> Any:
    """What an answer says by a name that every such answer of AWS's has.

    Raises:
        botocore.parsers.ResponseParserError: it does not, so it is not AWS's.
    """
    from botocore.parsers import ResponseParserError

    if name not in told:
        raise ResponseParserError(f"an answer without {name}")
    return told[name]


def asked(call: Callable[..., Mapping[str, Any]], **parameters: Any) -> Answer:
    """One call as the version: accepted if it authenticates, whatever it may then do."""
    try:
        told = call(**parameters)
    except aws_errors() as error:
        answer = unclear(error)
        refused = code_of(error) in REFUSALS
        return replace(answer, verdict=Verdict.REFUSED) if refused else answer
    return Answer(Verdict.ACCEPTED, "200", request_id_of(told))


def together(answers: Sequence[Answer]) -> Answer:
    """One answer of several, none of which accepted: refused only if all of them refused."""
    telling = [a for a in answers if a.verdict is Verdict.UNCLEAR] or answers
    return Answer(
        telling[0].verdict,
        "; ".join(dict.fromkeys(answer.said for answer in telling)),
        " ".join(answer.request_id for answer in answers if answer.request_id) or None,
    )


def unclear(error: Exception) -> Answer:
    """An error of AWS's client, of which the version's death is not to be seen."""
    request = request_id_of(response) if (response := getattr(error, "response", None)) else None
    return Answer(Verdict.UNCLEAR, said_of(error), request)


def said_of(error: Exception) -> str:
    """An error in words that hold nothing of what was sent."""
    return code_of(error) or type(error).__name__


def request_id_of(response: Mapping[str, Any]) -> str | None:
    """By which AWS's own log has the request."""
    about = response.get("ResponseMetadata") or {}
    told = about.get("RequestId") or (about.get("HTTPHeaders") or {}).get("x-amzn-requestid")
    return str(told) if told else None


def as_the_version(operators: Any, service: str, key_id: str, secret: str, region: str) -> Any:
    """A client that asks as the version, where the operator's client asks.

    Args:
        operators: the operator's client of the same service.
        service: which.
        key_id: the version's.
        secret: the version's.
        region: where; a custom endpoint, such as a sandbox's, is kept in any region.
    """
    from botocore.config import Config

    host = urlsplit(operators.meta.endpoint_url).hostname or ""
    own = re.search(r"(^|\.)(amazonaws|api\.aws|amazonwebservices)\.", f"{host}.") is not None
    client = _session().client(
        service,
        region_name=region,
        endpoint_url=None if own else operators.meta.endpoint_url,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=30),
    )
    return strict(client)


def two_regions(operators: Any) -> tuple[str, ...]:
    """The operator's region, and another one of its partition, where there is one."""
    own = operators.meta.region_name
    others = [r for r in _SECOND.get(operators.meta.partition, ()) if r != own]
    return (own, *others[:1])


@cache
def _session() -> Any:
    """Shared, so that a client costs 4 ms and not 100; it holds no credentials of a version's."""
    import boto3

    return boto3.session.Session()
