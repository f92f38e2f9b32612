"""Vault AppRole secret ids: no login any more, and every token that was got with one refused.

Tried with OpenBao 2.7.2: a token got by logging in outlives the secret id and the role; with its
identity entity deleted it is told that it is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from keylife.orphan import Clients
from keylife.systems.state import issued, open_text, secret_text
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
from keylife.systems.vault_token import WINDOW

_CREDENTIAL = "vault:appRole/authBackendRoleSecretId:AuthBackendRoleSecretId"
_ROLE = "vault:appRole/authBackendRole:AuthBackendRole"
_ENTITY = "vault:identity/entity:Entity"
_ALIAS = "vault:identity/entityAlias:EntityAlias"

_ID = re.compile(r"backend=(?P<mount>.*)::role=(?P<role>.*)::accessor=(?P<accessor>.*)")


def _destroy_secret_ids(holding: Holding, clients: Clients) -> str:
    """The version's, and any other of its role, which is the version's own."""
    told = ask(clients.vault, "LIST", f"{_role(holding)}/secret-id")
    if _no_role(told) or told.nothing_there:
        return "no secret id stands"
    accessors = require(told).data.get("keys") or []
    for accessor in accessors:
        body = {"secret_id_accessor": accessor}
        done = ask(clients.vault, "POST", f"{_role(holding)}/secret-id-accessor/destroy", body)
        if not _no_accessor(done):  # which OpenBao calls an internal error
            require(done)
    return f"destroyed {len(accessors)} secret ids"


def _end_tokens(holding: Holding, clients: Clients) -> str:
    """Delete the entity that every login was of: Vault refuses its tokens from then on."""
    entity = holding.facts["entity"]
    if not entity:
        return "no entity stands behind its logins: their tokens live until their TTL"
    require(ask(clients.vault, "DELETE", f"identity/entity/id/{entity}"))
    return "deleted the entity behind its logins"


def _delete_role(holding: Holding, clients: Clients) -> str:
    require(ask(clients.vault, "DELETE", _role(holding)))
    return "deleted the role"


def _role(holding: Holding) -> str:
    return f"auth/{holding.facts['mount']}/role/{holding.facts['role']}"


def _no_accessor(told: Told) -> bool:
    gone = any("failed to find accessor entry" in text for text in told.errors)
    return gone or (told.status == 404 and "accessor entry" in str(told.data.get("error")))


def _no_role(told: Told) -> bool:
    return told.status in (400, 500) and any("does not exist" in text for text in told.errors)


class VaultApprole:
    """A secret id, its role and the entity behind its logins: all the version's own."""

    name: ClassVar[str] = "vault-approle"
    types: ClassVar[frozenset[str]] = frozenset({_CREDENTIAL, _ROLE, _ENTITY, _ALIAS})
    issues: ClassVar[bool] = True
    steps: ClassVar[Sequence[Step]] = (
        Step("destroy-secret-ids", _destroy_secret_ids),
        Step("end-tokens", _end_tokens),
        Step("delete-role", _delete_role),
    )
    deleted_by_deploy: ClassVar[bool] = True
    """The provider takes a secret id that is not there for an error (pulumi-vault 7.10)."""

    def holdings(self, resource: Resource, around: Surroundings) -> Iterable[Holding]:
        """One, of the secret id; the rest goes with it."""
        found = _ID.fullmatch(str(resource.get("id")))
        if resource["type"] != _CREDENTIAL or found is None or around.version is None:
            return ()
        entities = [str(r["id"]) for r in around.versions[around.version] if r["type"] == _ENTITY]
        facts = {**found.groupdict(), "entity": entities[-1] if entities else ""}
        return issued(
            self.name,
            resource,
            around,
            identity=f"{facts['mount']}/{facts['accessor']}",
            facts=facts,
            window=WINDOW,
        )

    def material(self, resource: Resource) -> Material:
        """Role id and secret id; the role's name is its id."""
        secret = secret_text(resource.get("outputs"), "secretId")
        role = open_text(resource, "inputs", "roleName")
        if resource["type"] != _CREDENTIAL or not secret:
            return {}
        return {"role_id": role, "secret_id": secret}

    def mark(self, resource: Resource) -> Mapping[str, str]:
        """The role id, which a copy shows beside the secret id."""
        role = open_text(resource, "inputs", "roleName")
        return {"role_id": role} if resource["type"] == _CREDENTIAL and role else {}

    def use(self, holding: Holding, material: Material, clients: Clients) -> Answer:
        """Log in; a token that this yields is revoked at once."""
        login = f"auth/{holding.facts['mount']}/login"
        told = ask(clients.vault, "POST", login, material, token="")
        if told.status == 200:
            got = ((told.body or {}).get("auth") or {}).get("accessor")
            ask(clients.vault, "POST", "auth/token/revoke-accessor", {"accessor": got})
            return Answer(Verdict.ACCEPTED, "200", told.request_id)
        if told.status == 400 and told.errors == ("invalid role or secret ID",):
            return Answer(Verdict.REFUSED, told.said)
        return told.unclear()

    def look(self, holding: Holding, clients: Clients) -> Answer:
        """Look up the secret id's accessor, and the entity that its tokens are of."""
        body = {"secret_id_accessor": holding.facts["accessor"]}
        told = ask(clients.vault, "POST", f"{_role(holding)}/secret-id-accessor/lookup", body)
        if told.status == 200:
            return Answer(Verdict.ACCEPTED, "200", told.request_id)
        if not (_no_accessor(told) or _no_role(told)):
            return told.unclear()
        if holding.facts["entity"]:
            entity = ask(clients.vault, "GET", f"identity/entity/id/{holding.facts['entity']}")
            if entity.status == 200:
                said = "200: the entity behind its logins stands"
                return Answer(Verdict.ACCEPTED, said, entity.request_id)
            if not entity.nothing_there:
                return entity.unclear()
        return Answer(Verdict.REFUSED, told.said, told.request_id)
