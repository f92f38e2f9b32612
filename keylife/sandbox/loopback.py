"""Asking a server of the sandbox's, on this machine, in JSON."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from typing import Any

# No proxies: the sandbox is on this machine, whatever the environment says.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def address(port: int) -> str:
    """Where a server on this port of the loopback interface answers."""
    return f"http://127.0.0.1:{port}"


def ask(
    method: str, url: str, body: Any = None, *, headers: Mapping[str, str] | None = None
) -> Any:
    """The answer's content; None if it has none.

    Raises:
        OSError: the server cannot be reached, or its status says no.
        ValueError: the answer is not JSON.
    """
    request = urllib.request.Request(
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **(headers or {})},
    )
    with _OPENER.open(request, timeout=10) as answer:
        content = answer.read()
    return json.loads(content) if content else None
