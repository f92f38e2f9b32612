"""AWS Signature Version 4, the checking side.

The sandbox checks signatures itself, so that a wrong secret is refused before moto, which
would only be asked afterwards, sees the request.

Source: AWS IAM User Guide, "Create a signed AWS API request" (canonical request, string to
sign, derived signing key). Requests signed in the query string are not taken: no client that
keylife uses makes them. The age of a signature is not judged, because the sandbox's clock may
be moved while clients sign by the real one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

_HEADER = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>\w{16,128})/(?P<day>\d{8})/(?P<region>[\w-]+)"
    r"/(?P<service>[\w-]+)/aws4_request, ?SignedHeaders=(?P<headers>[\w;-]+),"
    r" ?Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True)
class Request:
    """An HTTP request as it came in."""

    method: str
    path: str
    """As sent, its parts still encoded."""

    query: str
    headers: Mapping[str, str]
    """Names in lower case."""

    body: bytes


@dataclass(frozen=True)
class Authorization:
    """What the ``Authorization`` header claims; nothing in it is proven yet."""

    access_key_id: str
    day: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str

    @property
    def scope(self) -> str:
        """The credential scope that the signing key is derived for."""
        return f"{self.day}/{self.region}/{self.service}/aws4_request"


def read_authorization(header: str | None) -> Authorization | None:
    """The claim of an ``Authorization`` header; ``None`` without one in Signature Version 4."""
    found = _HEADER.fullmatch(header or "")
    if found is None:
        return None
    return Authorization(
        access_key_id=found["key"],
        day=found["day"],
        region=found["region"],
        service=found["service"],
        signed_headers=tuple(found["headers"].split(";")),
        signature=found["signature"],
    )


def is_signed_with(secret: str, claim: Authorization, request: Request) -> bool:
    """Whether the request was signed with this secret, body and signed headers included.

    A signature that leaves out ``host`` or the date is refused, as AWS does.
    """
    stamp = request.headers.get("x-amz-date", "")
    if not {"host", "x-amz-date"} <= set(claim.signed_headers) or not stamp.startswith(claim.day):
        return False
    digest = hashlib.sha256(_canonical(claim, request).encode()).hexdigest()
    to_sign = "\n".join(("AWS4-HMAC-SHA256", stamp, claim.scope, digest))
    key = f"AWS4{secret}".encode()
    for part in claim.scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    expected = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, claim.signature)


def _canonical(claim: Authorization, request: Request) -> str:
    query = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in parse_qsl(request.query, keep_blank_values=True)
    )
    headers = (
        f"{name}:{' '.join(request.headers.get(name, '').split())}\n"
        for name in claim.signed_headers
    )
    return "\n".join(
        (
            request.method,
            quote(request.path or "/", safe="/-_.~"),  # as sent, so what is encoded is so twice
            "&".join(f"{name}={value}" for name, value in query),
            "".join(headers),
            ";".join(claim.signed_headers),
            hashlib.sha256(request.body).hexdigest(),
        )
    )
