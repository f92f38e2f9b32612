"""What Vault's answers say of a version, and how Vault is asked as the version itself.

Tried with OpenBao 2.7.2: an unknown, revoked, expired or used-up token is told
``403 ["permission denied"]`` at every path; a live one that no policy allows a path is told
``403 ["1 error occurred:\\n\\t* permission denied\\n\\n"]`` there. Revoking a token that never
existed is answered ``204``, and by its accessor ``200`` with a warning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keylife.systems.system import Answer, Verdict

if TYPE_CHECKING:
    import hvac

_KNOWN = (
    "permission denied",
    "invalid accessor",
    "invalid role or secret ID",
    "Vault is sealed",
    "no handler for route",
)
"""What of Vault's words may be told: others may repeat what was sent."""

_NO_BODY = 204
"""The one status with which Vault says nothing more; any other answer without a body is not its."""


@dataclass(frozen=True)
class Told:
    """What Vault answered to one request."""

    status: int
    """The HTTP status; 0 where nobody answered."""

    errors: tuple[str, ...] = ()
    body: Mapping[str, Any] | None = None
    broke: str = ""
    """The kind of error, where nobody answered."""

    @property
    def said(self) -> str:
        """Status and Vault's own reasons, as far as they are among those that tell no secret."""
        if not self.status:
            return self.broke
        reasons = dict.fromkeys(
            known for text in self.errors for known in _KNOWN if known.lower() in text.lower()
        )
        return " ".join((str(self.status), *reasons))

    @property
    def data(self) -> Mapping[str, Any]:
        """The answer's data; empty where it has none."""
        found = (self.body or {}).get("data")
        return found if isinstance(found, Mapping) else {}

    @property
    def unknown_token(self) -> bool:
        """Whether Vault does not know the token that asked: a live one that may not do this is
        told so in other words."""
        return self.status == 403 and self.errors == ("permission denied",)

    @property
    def nothing_there(self) -> bool:
        """Whether there is nothing at the path of a mount that is there: without a mount, Vault
        says so in words."""
        return self.status == 404 and not self.errors

    def unclear(self) -> Answer:
        """This, as an answer that does not tell."""
        return Answer(Verdict.UNCLEAR, self.said, self.request_id)

    @property
    def request_id(self) -> str | None:
        """By which Vault's audit devices have the request; refusals do not tell it."""
        told = (self.body or {}).get("request_id")
        return str(told) if told else None


def vault_errors() -> tuple[type[Exception], ...]:
    """What Vault's client raises."""
    import hvac
    import requests

    return hvac.exceptions.VaultError, requests.RequestException


def ask(
    operators: hvac.Client,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    token: str | None = None,
) -> Told:
    """One request to Vault, whatever comes of it; raises nothing of a vendor's.

    Args:
        operators: the operator's client: where Vault is, in which namespace.
        method: of HTTP, and Vault's LIST.
        path: without ``/v1/``.
        body: what is sent, if anything.
        token: who asks; None is the operator, and empty nobody.
    """
    from hvac.adapters import RawAdapter

    raw = RawAdapter.from_adapter(operators.adapter)
    if token is not None:
        raw.token = token
    try:
        answer = raw.request(method, f"/v1/{path}", raise_exception=False, json=body)
    except vault_errors() as error:
        return Told(0, broke=type(error).__name__)
    try:
        found = {} if answer.status_code == _NO_BODY else answer.json()
    except ValueError:
        found = None
    if not isinstance(found, Mapping):  # somebody in between answered, or it was cut short
        return Told(0, broke=f"{answer.status_code} without Vault's JSON")
    errors = found.get("errors") or ()
    return Told(answer.status_code, tuple(map(str, errors)), found)


def fetch(
    operators: hvac.Client, method: str, path: str, body: bytes = b"", kind: str = ""
) -> tuple[int, bytes]:
    """What anybody is answered who shows no token, such as a revocation list.

    Returns:
        The HTTP status and the body; 0 and the kind of error where nobody answered.

    Args:
        operators: the operator's client: where Vault is, in which namespace.
        method: of HTTP.
        path: without ``/v1/``.
        body: what is sent, if anything.
        kind: the media type of what is sent.
    """
    from hvac.adapters import RawAdapter

    raw = RawAdapter.from_adapter(operators.adapter)
    raw.token = ""
    headers = {"Content-Type": kind} if kind else {}
    try:
        answer = raw.request(
            method, f"/v1/{path}", headers=headers, raise_exception=False, data=body
        )
    except vault_errors() as error:
        return 0, type(error).__name__.encode()
    return answer.status_code, answer.content


def require(told: Told, *also: int) -> Told:
    """The same, or the vendor's error that it is.

    Args:
        told: the answer to a step's request.
        also: statuses that are no errors here, besides those of success.

    Raises:
        hvac.exceptions.VaultError: Vault refused, or broke.
        requests.ConnectionError: nobody answered.
    """
    import hvac
    import requests

    if told.status == 0:
        raise requests.ConnectionError(told.broke)
    if told.status >= 300 and told.status not in also:
        raise hvac.exceptions.VaultError.from_status(told.status, errors=[told.said])
    return told
