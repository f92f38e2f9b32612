"""Vault tokens: revoked by their accessor, and probed by asking with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from keylife.orphan import Clients
from keylife.systems.state import issued, secret_text
from keylife.systems.system import (
    Answer,
    Holding,
    Material,
    Resource,
    Step,
    Surroundings,
    Verdict,
)
from keylife.systems.vault_answers import Told, ask, require

WINDOW = 1.0
"""Seconds. Vault's active node forgets a token before it answers; standbys forward what they are
asked, or hear of it at once. Source: docs/reference/systems.md."""

_ANYBODY = "sys/internal/ui/mounts"
"""Answers every token that Vault knows, whatever its policies allow, and refuses all others (tried
with OpenBao 2.7.2: a token without any policy is answered with an empty list)."""


def _revoke(holding: Holding, clients: Clients) -> str:
    """Vault revokes the token's children with it. What it answers proves nothing: a token that
    never was is answered the same."""
    accessor = {"accessor": holding.facts["accessor"]}
    told = require(ask(clients.vault, "POST", "auth/token/revoke-accessor", accessor), 400, 403)
    if told.status >= 400 and not _unknown_accessor(told):
        require(told)
    unknown = _unknown_accessor(told) or bool((told.body or {}).get("warnings"))
    return "no token has this accessor" if unknown else "revoked"


def _unknown_accessor(told: Told) -> bool:
    """OpenBao says so with 400, Vault with 403 in some versions."""
    return told.status in (400, 403) and any("invalid accessor" in text for text in told.errors)


def ask_as(token: str, clients: Clients) -> Answer:
    """Use a token: accepted if Vault knows it, whatever it may do.

    Refused is only what two different paths refuse as unknown.
    """
    itself = ask(clients.vault, "GET", "auth/token/lookup-self", token=token)
    if itself.status == 200:
        return Answer(Verdict.ACCEPTED, "200", itself.request_id)
    anybody = ask(clients.vault, "GET", _ANYBODY, token=token)
    if anybody.status == 200:
        return Answer(Verdict.ACCEPTED, "200", anybody.request_id)
    if itself.unknown_token and anybody.unknown_token:
        return Answer(Verdict.REFUSED, anybody.said)
    return (itself if anybody.unknown_token else anybody).unclear()


class VaultToken:
    """A service token, known by its accessor."""

    name: ClassVar[str] = "vault-token"
    types: ClassVar[frozenset[str]] = frozenset({"vault:index/token:Token"})
    issues: ClassVar[bool] = True
    steps: ClassVar[Sequence[Step]] = (Step("revoke", _revoke),)

    def holdings(self, resource: Resource, around: Surroundings) -> Iterable[Holding]:
        """One, of the version that it stands below; its id is its accessor."""
        accessor = str(resource["id"])
        facts = {"accessor": accessor}
        return issued(self.name, resource, around, identity=accessor, facts=facts, window=WINDOW)

    def material(self, resource: Resource) -> Material:
        """The token."""
        token = secret_text(resource.get("outputs"), "clientToken")
        return {"token": token} if token else {}

    def mark(self, resource: Resource) -> Mapping[str, str]:
        """None: a token's copy shows nothing but the token."""
        return {}

    def use(self, holding: Holding, material: Material, clients: Clients) -> Answer:
        """Ask Vault with the token."""
        return ask_as(material["token"], clients)

    def look(self, holding: Holding, clients: Clients) -> Answer:
        """Look the accessor up."""
        accessor = {"accessor": holding.facts["accessor"]}
        told = ask(clients.vault, "POST", "auth/token/lookup-accessor", accessor)
        if told.status == 200:
            return Answer(Verdict.ACCEPTED, "200", told.request_id)
        if _unknown_accessor(told):
            return Answer(Verdict.REFUSED, told.said)
        return told.unclear()
