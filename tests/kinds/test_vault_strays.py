"""What a create whose answer was lost left in Vault is found, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import hvac
import pytest

from keylife.kinds import KINDS
from keylife.orphan import Clients, Pending
from tests.openbao import running_openbao

ROLE_PATH = "auth/approle/role/keylife-robot-v1"
END = "2027-03-31T12:00:00Z"


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[hvac.Client]:
    with running_openbao(tmp_path_factory.mktemp("openbao")) as client:
        client.sys.enable_auth_method("approle")
        client.write_data(ROLE_PATH, data={"secret_id_ttl": 600})
        client.sys.enable_secrets_engine("pki", path="pki", config={"max_lease_ttl": "87600h"})
        root = {"common_name": "ca.example.com", "ttl": "87600h"}
        client.write_data("pki/root/generate/internal", data=root)
        client.write_data("pki/roles/web", data={"allow_any_name": True})
        yield client


@pytest.fixture
def clients(vault: hvac.Client, monkeypatch: pytest.MonkeyPatch) -> Clients:
    monkeypatch.setenv("VAULT_ADDR", vault.url)
    monkeypatch.setenv("VAULT_TOKEN", vault.token)
    monkeypatch.delenv("VAULT_NAMESPACE", raising=False)
    return Clients()


def strays(
    clients: Clients, kind: str, type_: str, inputs: Mapping[str, Any], *known: str
) -> list[str]:
    """Find and end them."""
    pending = Pending("creating", "urn", type_, "robot-v1", inputs, frozenset(known))
    found = list(KINDS[kind].finders[type_](pending, clients))
    for orphan in found:
        orphan.destroy()
    return [orphan.what for orphan in found]


def test_a_secret_id_that_no_state_knows(vault: hvac.Client, clients: Clients) -> None:
    type_ = "vault:appRole/authBackendRoleSecretId:AuthBackendRoleSecretId"
    inputs = {"backend": "approle", "roleName": "keylife-robot-v1"}
    ids = [
        vault.write_data(f"{ROLE_PATH}/secret-id", data={})["data"]["secret_id_accessor"]
        for _ in range(2)
    ]
    known = f"backend=approle::role=keylife-robot-v1::accessor={ids[0]}"

    found = strays(clients, "vault-approle-secret-id", type_, inputs, known)

    assert found == [f"secret id with accessor {ids[1]} of the AppRole keylife-robot-v1"]
    assert vault.list(f"{ROLE_PATH}/secret-id")["data"]["keys"] == [ids[0]]
    nobody = {"backend": "approle", "roleName": "keylife-nobody-v1"}
    assert strays(clients, "vault-approle-secret-id", type_, nobody) == []


def test_an_entity_that_no_state_knows(vault: hvac.Client, clients: Clients) -> None:
    type_ = "vault:identity/entity:Entity"
    about = {"keylife-key": "robot", "keylife-version": "1"}
    inputs = {"name": "keylife-robot-v1", "metadata": about}
    made = vault.write_data("identity/entity", data=inputs)["data"]["id"]

    assert strays(clients, "vault-approle-secret-id", type_, inputs, made) == []
    for other in ({**about, "keylife-version": "2"}, {**about, "keylife-key": "billing"}):
        theirs = {**inputs, "metadata": other}
        assert strays(clients, "vault-approle-secret-id", type_, theirs) == []
    assert strays(clients, "vault-approle-secret-id", type_, inputs) == ["entity keylife-robot-v1"]
    assert vault.read(f"identity/entity/id/{made}") is None
    assert strays(clients, "vault-approle-secret-id", type_, inputs) == []


def test_an_alias_that_no_state_knows(vault: hvac.Client, clients: Clients) -> None:
    type_ = "vault:identity/entityAlias:EntityAlias"
    accessor = vault.sys.list_auth_methods()["data"]["approle/"]["accessor"]
    entity = vault.write_data("identity/entity", data={"name": "keylife-robot-v2"})["data"]["id"]
    alias = {"name": "keylife-robot-v2", "mount_accessor": accessor, "canonical_id": entity}
    made = vault.write_data("identity/entity-alias", data=alias)["data"]["id"]
    inputs = {"name": "keylife-robot-v2", "mountAccessor": accessor, "canonicalId": entity}

    assert strays(clients, "vault-approle-secret-id", type_, inputs, made) == []
    found = strays(clients, "vault-approle-secret-id", type_, inputs)
    assert found == ["entity alias keylife-robot-v2"]
    assert vault.read(f"identity/entity-alias/id/{made}") is None
    assert vault.read(f"identity/entity/id/{entity}") is not None
    gone = {**inputs, "canonicalId": "11111111-2222-3333-4444-555555555555"}
    assert strays(clients, "vault-approle-secret-id", type_, gone) == []


def test_a_certificate_whose_key_was_never_received(vault: hvac.Client, clients: Clients) -> None:
    type_ = "vault:pkiSecret/secretBackendCert:SecretBackendCert"

    def issue(host: str, end: str) -> str:
        request = {"common_name": host, "not_after": end}
        return str(vault.write_data("pki/issue/web", data=request)["data"]["serial_number"])

    lost = issue("api.example.com", END)
    others = [issue("www.example.com", END), issue("api.example.com", "2027-03-31T12:00:01Z")]
    inputs = {"backend": "pki", "commonName": "api.example.com", "notAfter": END}

    found = strays(clients, "vault-pki-certificate", type_, inputs)

    assert found == [f"certificate {lost} of api.example.com"]
    revoked = {
        serial: bool(vault.read(f"pki/cert/{serial}")["data"]["revocation_time"])
        for serial in (lost, *others)
    }
    assert revoked == {lost: True, others[0]: False, others[1]: False}
    assert strays(clients, "vault-pki-certificate", type_, inputs) == []
    assert strays(clients, "vault-pki-certificate", type_, {**inputs, "backend": "none"}) == []
