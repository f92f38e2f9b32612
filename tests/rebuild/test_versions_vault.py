"""Which versions a Vault is found to have, and what of them is not as keylife makes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from keylife.model.key import Key
from keylife.orphan import Clients
from keylife.rebuild.versions_vault import certificates, secret_ids
from tests.program.declared import key
from tests.rebuild.searches import BORN, LIFE, labels, record, search

NAME = "keylife-billing-v2"
ROLE = f"auth/approle/role/{NAME}"
ROBOT: Key = key(kind="vault-approle-secret-id", scope={"policies": ["kv-read"]})


class Vault(Clients):
    """A Vault that has these paths; what is below one is listed there."""

    def __init__(self, **paths: Any) -> None:
        super().__init__()
        self.paths = paths

    @property
    def vault(self) -> Any:
        return self

    def read(self, path: str) -> Any:
        return {"data": self.paths[path]} if path in self.paths else None

    def list(self, path: str) -> Any:
        parts = [
            name.removeprefix(f"{path}/") for name in self.paths if name.startswith(f"{path}/")
        ]
        return {"data": {"keys": sorted({part.split("/")[0] for part in parts})}} if parts else None

    @property
    def auth(self) -> Any:
        return type("Auth", (), {"approle": self})()

    def read_secret_id_accessor(self, role: str, accessor: str, mount_point: str) -> Any:
        return {"data": {"secret_id_ttl": 100}}


ENTITY = {f"identity/entity/name/{NAME}": {"id": "e", "metadata": labels("keylife-")}}
STANDING: dict[str, Any] = {**ENTITY, ROLE: {"token_policies": ["kv-read"]}}


def test_a_secret_id_is_told_as_the_state_has_it() -> None:
    [version] = secret_ids(search(Vault(**STANDING, **{f"{ROLE}/secret-id/acc": {}}), ROBOT))

    assert version.credential == f"backend=approle::role={NAME}::accessor=acc"
    assert (version.facts, version.shown) == ({"ttl": 100}, {"role_id": NAME})
    assert version.scope == {"policies": ["kv-read"]}


@pytest.mark.parametrize("there", [ENTITY, STANDING], ids=["without a role", "without a secret id"])
def test_what_only_surrounds_a_secret_id_is_a_version_without_its_credential(there: Any) -> None:
    [version] = secret_ids(search(Vault(**there), ROBOT))

    assert (version.number, version.credential) == (2, None)


ACCESSORS: dict[str, Any] = {f"{ROLE}/secret-id/{name}": {} for name in ("a", "b")}


@pytest.mark.parametrize(
    "there",
    [
        pytest.param({ROLE: STANDING[ROLE]}, id="a role without its entity"),
        pytest.param({**STANDING, **ACCESSORS}, id="a role with two secret ids"),
        pytest.param({next(iter(ENTITY)): {"metadata": None}}, id="an entity without metadata"),
    ],
)
def test_what_is_not_as_keylife_makes_it_is_passed_over(there: Any) -> None:
    asked = search(Vault(**there), ROBOT)

    assert (list(secret_ids(asked)), asked.unreadable) == ([], {"billing-v2"})


def test_an_entity_of_no_declared_key_is_a_stranger() -> None:
    other = key(id="other", kind="vault-approle-secret-id", scope={"policies": ["kv-read"]})
    asked = search(Vault(**STANDING), other)

    assert (list(secret_ids(asked)), asked.strangers) == ([], {"Vault entity of billing v2"})


def test_a_role_of_the_mount_that_it_was_born_at_is_found() -> None:
    elsewhere = {path.replace("approle", "robots"): told for path, told in STANDING.items()}
    kept = record("x", BORN, BORN, scope={"policies": ["kv-read"], "mount": "robots"})
    there = Vault(**elsewhere, **{"auth/robots/role/" + NAME + "/secret-id/acc": {}})

    assert [v.credential for v in secret_ids(search(there, ROBOT))] == [None]
    [version] = secret_ids(search(there, ROBOT, remembered=kept))
    assert version.credential == f"backend=robots::role={NAME}::accessor=acc"
    assert version.scope["mount"] == "robots"


SUBJECT = {"mount": "pki", "role": "web", "common_name": "api.example.com"}
TLS: Key = key(kind="vault-pki-certificate", scope=SUBJECT)


def pem(host: str, end: datetime) -> str:
    own = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    built = x509.CertificateBuilder(name, name, own.public_key(), x509.random_serial_number())
    begun = built.not_valid_before(end - LIFE).not_valid_after(end)
    return begun.sign(own, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def stored(*certificates: str, revoked: int = 0) -> Vault:
    return Vault(
        **{
            f"pki/{where}/{serial}": {"certificate": text, "revocation_time": revoked}
            for serial, text in enumerate(certificates)
            for where in ("cert", "certs")
        }
    )


def test_a_certificate_is_known_by_its_host_and_its_end() -> None:
    kept = record("vault-pki-certificate", BORN, BORN + timedelta(days=21), scope=SUBJECT)
    ours = pem("api.example.com", BORN + LIFE)
    others = pem("web.example.com", BORN + LIFE), pem("api.example.com", BORN)

    [version] = certificates(search(stored(*others, ours), TLS, remembered=kept))

    assert (version.number, version.credential) == (1, "2")
    assert version.shown == {"certificate": ours.strip()}


def test_a_revoked_certificate_does_not_stand() -> None:
    kept = record("vault-pki-certificate", BORN, scope=SUBJECT)
    asked = search(stored(pem("api.example.com", BORN + LIFE), revoked=1), TLS, remembered=kept)

    assert (list(certificates(asked)), asked.unreadable) == ([], set())


def test_of_two_of_one_host_and_end_none_is_taken() -> None:
    kept = record("vault-pki-certificate", BORN, scope=SUBJECT)
    both = stored(*(pem("api.example.com", BORN + LIFE) for _ in range(2)))
    asked = search(both, TLS, remembered=kept)

    assert (list(certificates(asked)), asked.unreadable) == ([], {"billing-v1"})


def test_the_store_s_memory_is_asked_and_not_the_clock() -> None:
    asked = search(stored(pem("api.example.com", datetime(2026, 12, 1, tzinfo=UTC))), TLS)

    assert list(certificates(asked)) == []
