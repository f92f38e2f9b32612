"""A secret id is dead when nobody can log in with it, and nobody who did is known any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import requests

from keylife.orphan import Clients
from keylife.systems.holdings import holdings_of, material_of
from keylife.systems.system import Holding, Verdict
from keylife.systems.table import SYSTEMS
from keylife.systems.vault_token import ask_as
from tests.program.states import SECRET, resource, state
from tests.systems.doing import done, holding
from tests.systems.lossy import Lossy

APPROLE = SYSTEMS["vault-approle"]


@dataclass
class Role:
    """A version as keylife makes it: entity, alias, role and secret id of its own."""

    held: Holding
    material: dict[str, str]
    vault: Any

    def login(self) -> str:
        token: str = self.vault.auth.approle.login(
            **self.material, use_token=False, mount_point=self.held.facts["mount"]
        )["auth"]["client_token"]
        return token


@pytest.fixture
def role(clients: Clients, name: str) -> Role:
    vault = clients.vault
    vault.sys.enable_auth_method("approle", path=name)
    return made(clients, name, f"keylife-{name}-v1")


def made(clients: Clients, name: str, role: str) -> Role:
    vault = clients.vault
    mount = vault.sys.list_auth_methods()["data"][f"{name}/"]["accessor"]
    entity = vault.write_data("identity/entity", data={"name": role})["data"]["id"]
    alias = {"name": role, "mount_accessor": mount, "canonical_id": entity}
    vault.write_data("identity/entity-alias", data=alias)
    about = {
        "role_id": role,
        "token_policies": ["kv-read"],
        "token_no_default_policy": True,
        "token_ttl": "10m",
        "secret_id_ttl": "1h",
    }
    vault.write_data(f"auth/{name}/role/{role}", data=about)
    # the role's id in a call of its own: OpenBao takes it there too
    vault.write_data(f"auth/{name}/role/{role}/role-id", data={"role_id": role})
    told = vault.write_data(f"auth/{name}/role/{role}/secret-id", data={"ttl": "30m"})["data"]
    accessor = told["secret_id_accessor"]
    held = holding("vault-approle", name, mount=name, role=role, accessor=accessor, entity=entity)
    return Role(held, {"role_id": role, "secret_id": told["secret_id"]}, vault)


def verdict(role: Role, clients: Clients) -> tuple[Verdict, str]:
    answer = APPROLE.use(role.held, role.material, clients)
    return answer.verdict, answer.said


def test_no_login_and_no_token_that_was_got_before(clients: Clients, role: Role, name: str) -> None:
    token = role.login()
    other = made(clients, name, f"keylife-{name}-v2")
    assert verdict(role, clients) == (Verdict.ACCEPTED, "200")
    assert APPROLE.look(role.held, clients).verdict is Verdict.ACCEPTED

    first, second, third = APPROLE.steps
    assert first.do(role.held, clients) == "destroyed 1 secret ids"
    assert verdict(role, clients) == (Verdict.REFUSED, "400 invalid role or secret ID")
    # the secret id is gone, and who logged in with it goes on
    assert ask_as(token, clients).verdict is Verdict.ACCEPTED
    looked = APPROLE.look(role.held, clients)
    said = "200: the entity behind its logins stands"
    assert (looked.verdict, looked.said) == (Verdict.ACCEPTED, said)
    assert second.do(role.held, clients) == "deleted the entity behind its logins"
    assert ask_as(token, clients).verdict is Verdict.REFUSED
    assert third.do(role.held, clients) == "deleted the role"

    assert verdict(role, clients) == (Verdict.REFUSED, "400 invalid role or secret ID")
    assert APPROLE.look(role.held, clients).verdict is Verdict.REFUSED
    assert verdict(other, clients)[0] is Verdict.ACCEPTED


def test_all_of_it_again_finds_nothing_to_do(clients: Clients, role: Role) -> None:
    done(role.held, clients)

    assert done(role.held, clients)["destroy-secret-ids"] == "no secret id stands"
    assert verdict(role, clients)[0] is Verdict.REFUSED
    assert APPROLE.look(role.held, clients).verdict is Verdict.REFUSED


def test_a_secret_id_that_somebody_added_to_the_role_goes_too(clients: Clients, role: Role) -> None:
    path = f"auth/{role.held.facts['mount']}/role/{role.held.facts['role']}/secret-id"
    added = {**role.material, **clients.vault.write_data(path)["data"]}

    assert done(role.held, clients)["destroy-secret-ids"] == "destroyed 2 secret ids"
    again = Role(role.held, {n: added[n] for n in ("role_id", "secret_id")}, clients.vault)
    assert verdict(again, clients)[0] is Verdict.REFUSED


def test_a_secret_id_that_is_gone_meanwhile_is_no_error(
    through_vault_way: Clients, vault_way: Lossy, role: Role
) -> None:
    """OpenBao calls it an internal error."""

    def meanwhile(path: str) -> None:
        if path.endswith("/destroy") and not vault_way.lost:
            vault_way.lost.append(path)
            facts = role.held.facts
            role.vault.auth.approle.destroy_secret_id_accessor(
                facts["role"], facts["accessor"], mount_point=facts["mount"]
            )

    vault_way.answers = meanwhile

    assert done(role.held, through_vault_way)["destroy-secret-ids"] == "destroyed 1 secret ids"
    assert vault_way.lost
    assert verdict(role, through_vault_way)[0] is Verdict.REFUSED


def test_a_probe_leaves_no_token_behind(clients: Clients, role: Role) -> None:
    def tokens() -> int:
        return len(clients.vault.auth.token.list_accessors()["data"]["keys"])

    before = tokens()
    verdict(role, clients)

    assert tokens() == before


@pytest.mark.parametrize("lost", ["/destroy", "identity/entity", "/role/keylife"])
def test_a_step_whose_answer_is_lost_is_done_again(
    through_vault_way: Clients, vault_way: Lossy, role: Role, lost: str
) -> None:
    def loses(method: str, path: str, body: bytes) -> bool:
        changes = method == "DELETE" or path.endswith("/destroy")
        return changes and lost in path and not vault_way.lost

    vault_way.loses = loses
    with pytest.raises(requests.ConnectionError):
        done(role.held, through_vault_way)
    assert len(vault_way.lost) == 1

    done(role.held, through_vault_way)
    assert verdict(role, through_vault_way)[0] is Verdict.REFUSED
    assert APPROLE.look(role.held, through_vault_way).verdict is Verdict.REFUSED


def test_a_login_at_another_mount_is_no_refusal(clients: Clients, role: Role) -> None:
    facts = {**role.held.facts, "mount": "no-such-mount"}
    elsewhere = Role(role.held.model_copy(update={"facts": facts}), role.material, role.vault)

    assert verdict(elsewhere, clients)[0] is Verdict.UNCLEAR
    assert APPROLE.look(elsewhere.held, clients).verdict is Verdict.UNCLEAR


def test_what_the_state_has_of_a_secret_id() -> None:
    export = state("in-rotation")
    version = resource(export, "keylife:index:Version", "metrics-reader-v2")
    token = resource(export, "vault:index/token:Token", "metrics-reader-v2")
    token["type"] = "vault:appRole/authBackendRoleSecretId:AuthBackendRoleSecretId"
    token["id"] = "backend=approle::role=keylife-metrics-reader-v2::accessor=acc-1"
    token["inputs"] = {"backend": "approle", "roleName": "keylife-metrics-reader-v2"}
    plain = {**SECRET, "plaintext": '"canary"'}
    token["outputs"] = {"secretId": plain}
    export["deployment"]["resources"].append(
        {
            "urn": "urn:pulumi:dev::keylife::vault:identity/entity:Entity::its-entity",
            "type": "vault:identity/entity:Entity",
            "id": "the-entity",
            "custom": True,
            "parent": version["urn"],
            "inputs": {},
        }
    )

    found = holdings_of(export, "metrics-reader")
    [held] = (each for each in found if each.system == "vault-approle")
    [copy] = (each for each in found if each.system == "vault-kv")

    assert held.place == "vault-approle/approle/acc-1"
    assert held.facts == {
        "mount": "approle",
        "role": "keylife-metrics-reader-v2",
        "accessor": "acc-1",
        "entity": "the-entity",
    }
    expected = {"role_id": "keylife-metrics-reader-v2", "secret_id": "canary"}
    assert material_of(export, held) == expected
    assert copy.facts["mark.role_id"] == "keylife-metrics-reader-v2"
