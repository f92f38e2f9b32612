"""The calls of API Gateway that the sandbox has, by method and path.

Source: Amazon API Gateway, Version 1 API Reference; the permission of each call is its HTTP
method on its path (Service Authorization Reference, "Amazon API Gateway Management").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

_ROUTES = {
    ("GET", "/apikeys"): "GetApiKeys",
    ("POST", "/apikeys"): "CreateApiKey",
    ("GET", "/apikeys/{apiKey}"): "GetApiKey",
    ("PATCH", "/apikeys/{apiKey}"): "UpdateApiKey",
    ("DELETE", "/apikeys/{apiKey}"): "DeleteApiKey",
    ("GET", "/usageplans"): "GetUsagePlans",
    ("POST", "/usageplans"): "CreateUsagePlan",
    ("GET", "/usageplans/{usagePlanId}"): "GetUsagePlan",
    ("DELETE", "/usageplans/{usagePlanId}"): "DeleteUsagePlan",
    ("GET", "/usageplans/{usagePlanId}/keys"): "GetUsagePlanKeys",
    ("POST", "/usageplans/{usagePlanId}/keys"): "CreateUsagePlanKey",
    ("GET", "/usageplans/{usagePlanId}/keys/{keyId}"): "GetUsagePlanKey",
    ("DELETE", "/usageplans/{usagePlanId}/keys/{keyId}"): "DeleteUsagePlanKey",
    ("PUT", "/tags/{resourceArn}"): "TagResource",
    ("DELETE", "/tags/{resourceArn}"): "UntagResource",
}
_PATTERNS = [
    (method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), action)
    for (method, path), action in _ROUTES.items()
]


def rest_call(method: str, path: str) -> tuple[str, Mapping[str, str]] | None:
    """The call's name and what its path names; ``None`` for a call that the sandbox has not.

    Args:
        method: the HTTP method.
        path: as sent, its parts still encoded.
    """
    for known, pattern, action in _PATTERNS:
        found = pattern.fullmatch(path)
        if known == method and found is not None:
            return action, {name: unquote(value) for name, value in found.groupdict().items()}
    return None
