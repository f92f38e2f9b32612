"""HTTP to Vault, and the provider's session: its token, and the child token it works with.

No call is tried twice: a token that was created although the answer got lost must not be created
again. The real plugin does retry (``maxRetries``).

Source: Vault's HTTP API; hashicorp/vault, api/logical.go and api/response.go (how a missing path
and an error read); terraform-provider-vault, internal/provider/meta.go (the child token).
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import urllib3

from keylife.sandbox.plugins.errors import PluginError

TIMEOUT = 60.0
"""Seconds after which a call is given up: the real client's default."""

NOT_FOUND = 404


class VaultUnreachableError(PluginError):
    """No answer: nothing is known about what was asked for."""

    def __init__(self, method: str, url: str, reason: str) -> None:
        super().__init__(method, url, reason)
        self.method = method
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        address = urlsplit(self.url).netloc
        return f'{self.method.capitalize()} "{self.url}": dial tcp {address}: {self.reason}'


class VaultRefusedError(PluginError):
    """Vault answered with an error."""

    def __init__(
        self, method: str, url: str, namespace: str, status: int, reasons: tuple[str, ...]
    ) -> None:
        super().__init__(method, url, namespace, status, reasons)
        self.method = method
        self.url = url
        self.namespace = namespace
        self.status = status
        self.reasons = reasons

    def __str__(self) -> str:
        where = f"Namespace: {self.namespace}\n" if self.namespace else ""
        reasons = "\n".join(f"* {reason}" for reason in self.reasons)
        return (
            f"Error making API request.\n\n{where}URL: {self.method} {self.url}\n"
            f"Code: {self.status}. Errors:\n\n{reasons}"
        )


@dataclass(frozen=True)
class Settings:
    """Where Vault is and who is asking."""

    address: str
    token: str = field(repr=False)
    namespace: str = ""
    child_ttl: int = 1200
    """Seconds that the child token lives."""

    child_name: str = "terraform"
    """The child token's display name, which Vault shows as ``token-…``."""

    skip_child: bool = False
    """Whether to work with ``token`` itself; what it creates then hangs on it."""


class Vault:
    """One session. The child token is made at the first call and never revoked: it runs out."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT, maxsize=16, block=False)
        self._lock = threading.Lock()
        self._token = ""

    def read(self, path: str, namespace: str | None = None) -> dict[str, Any] | None:
        """The answer at ``path``, ``None`` where there is nothing."""
        return self._call("GET", path, namespace)

    def write(
        self,
        path: str,
        body: Mapping[str, Any],
        namespace: str | None = None,
        wrapping_ttl: str | None = None,
    ) -> dict[str, Any]:
        """Write ``body`` and return the answer, empty if there is none."""
        headers = {"X-Vault-Wrap-TTL": wrapping_ttl} if wrapping_ttl else {}
        return self._call("PUT", path, namespace, body, headers) or {}

    def delete(self, path: str, namespace: str | None = None) -> None:
        """Delete what is at ``path``."""
        self._call("DELETE", path, namespace)

    def _call(
        self,
        method: str,
        path: str,
        namespace: str | None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any] | None:
        space = self._settings.namespace if namespace is None else namespace
        token = self.start_session()
        return self._send(token, method, path, namespace=space, body=body, headers=headers)

    def start_session(self) -> str:
        """Make sure that there is a session, and return its token.

        Raises ``PluginError`` when Vault cannot be reached or does not know the provider's token.
        """
        with self._lock:
            if not self._token:
                self._token = self._child_token()
            return self._token

    def _child_token(self) -> str:
        mine = self._settings
        if not mine.token:
            raise PluginError("no vault token set on Client")
        try:
            answer = self._send(
                mine.token, "GET", "auth/token/lookup-self", namespace=mine.namespace
            )
        except PluginError as error:
            raise PluginError(f"failed to lookup token, err={error}") from error
        if mine.skip_child:
            return mine.token
        # Made where its parent lives, whatever namespace the resources are in.
        home = str((answer or {}).get("data", {}).get("namespace_path", "")).strip("/")
        lifetime = f"{mine.child_ttl}s"
        body = {
            "display_name": mine.child_name,
            "ttl": lifetime,
            "explicit_max_ttl": lifetime,
            "renewable": False,
        }
        try:
            answer = self._send(mine.token, "POST", "auth/token/create", namespace=home, body=body)
        except PluginError as error:
            raise PluginError(f"failed to create limited child token: {error}") from error
        return str((answer or {})["auth"]["client_token"])

    def _send(
        self,
        token: str,
        method: str,
        path: str,
        *,
        namespace: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any] | None:
        url = f"{self._settings.address.rstrip('/')}/v1/{quote(path)}"
        sent = {"X-Vault-Token": token, "X-Vault-Request": "true", **(headers or {})}
        if namespace:
            sent["X-Vault-Namespace"] = namespace
        content = None if body is None else json.dumps(body)
        try:
            response = self._pool.request(method, url, headers=sent, body=content, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise VaultUnreachableError(method, url, _reason(error)) from None
        return _answer(response, method, url, namespace)


def _answer(
    response: urllib3.BaseHTTPResponse, method: str, url: str, namespace: str
) -> dict[str, Any] | None:
    answer = _body(response)
    if response.status < 400:
        return answer
    reasons = tuple(str(reason) for reason in answer.get("errors") or ())
    if method == "GET" and response.status == NOT_FOUND:
        # A deleted version answers 404 too, but with its metadata.
        return answer if answer.get("data") or answer.get("warnings") else None
    raise VaultRefusedError(method, url, namespace, response.status, reasons)


def _body(response: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    try:
        body = json.loads(response.data or b"{}")
    except ValueError:
        body = {}
    return body if isinstance(body, dict) else {}


def _reason(error: urllib3.exceptions.HTTPError) -> str:
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "connect: connection refused"
    return "i/o timeout" if isinstance(error, urllib3.exceptions.TimeoutError) else "EOF"
