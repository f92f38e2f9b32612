"""A certificate is dead when the list that its own authority signed has it."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import requests

from keylife.orphan import Clients
from keylife.systems.system import Holding, Material, Verdict
from keylife.systems.table import SYSTEMS
from tests.systems.doing import done, holding
from tests.systems.lossy import Lossy

PKI = SYSTEMS["vault-pki"]


@pytest.fixture(params=["rsa", "ec"])
def authority(clients: Clients, name: str, request: pytest.FixtureRequest) -> str:
    """The mount of a fresh authority."""
    return made(clients, name, request.param)


def made(clients: Clients, mount: str, key: str = "ec", **crl: Any) -> str:
    vault = clients.vault
    vault.sys.enable_secrets_engine("pki", mount, config={"max_lease_ttl": "8760h"})
    root = {
        "common_name": mount,
        "ttl": "8760h",
        "key_type": key,
        "key_bits": 2048 if key == "rsa" else 256,
    }
    vault.write_data(f"{mount}/root/generate/internal", data=root)
    if crl:
        vault.write_data(f"{mount}/config/crl", data=crl)
    allowed = {"allow_any_name": True, "max_ttl": "72h", "key_type": "ec", "key_bits": 256}
    vault.write_data(f"{mount}/roles/web", data=allowed)
    return mount


def issue(clients: Clients, mount: str) -> tuple[Holding, Material]:
    path, about = f"{mount}/issue/web", {"common_name": "api.example.com"}
    told = clients.vault.write_data(path, data=about)["data"]
    held = holding("vault-pki", "k", mount=mount, serial=told["serial_number"])
    return held, {"certificate": told["certificate"], "issuing_ca": told["issuing_ca"]}


def verdict(held: Holding, material: Material, clients: Clients) -> tuple[Verdict, str]:
    answer = PKI.use(held, material, clients)
    return answer.verdict, answer.said


def test_a_revoked_certificate_is_on_the_signed_list_and_ocsp_says_so(
    clients: Clients, authority: str
) -> None:
    held, material = issue(clients, authority)
    other, its_material = issue(clients, authority)
    assert verdict(held, material, clients) == (Verdict.ACCEPTED, "not on the list")
    assert PKI.look(held, clients).verdict is Verdict.ACCEPTED

    assert done(held, clients) == {"revoke": "revoked", "publish": "published a new list"}
    assert done(held, clients) == {"revoke": "revoked", "publish": "published a new list"}

    answer = verdict(held, material, clients)
    assert answer[0] is Verdict.REFUSED
    assert answer[1].endswith("; OCSP says revoked")
    assert PKI.look(held, clients).verdict is Verdict.REFUSED
    assert verdict(other, its_material, clients) == (Verdict.ACCEPTED, "not on the list")


def test_a_list_that_another_authority_signed_does_not_tell(clients: Clients, name: str) -> None:
    """Whoever answers chooses the list; who may sign it, the state knows."""
    held, material = issue(clients, made(clients, name))
    _, others = issue(clients, made(clients, f"{name}-other"))
    done(held, clients)

    said = "the list is not signed by the certificate's authority"
    mixed = {**material, "issuing_ca": others["issuing_ca"]}
    assert verdict(held, mixed, clients) == (Verdict.UNCLEAR, said)


def test_an_authority_that_makes_its_list_later_makes_it_now(clients: Clients, name: str) -> None:
    held, material = issue(clients, made(clients, name, auto_rebuild=True))
    PKI.steps[0].do(held, clients)
    assert verdict(held, material, clients)[0] is Verdict.ACCEPTED

    PKI.steps[1].do(held, clients)
    assert verdict(held, material, clients)[0] is Verdict.REFUSED


def test_without_ocsp_the_list_tells(clients: Clients, name: str) -> None:
    held, material = issue(clients, made(clients, name, ocsp_disable=True))
    done(held, clients)

    verdict_, said = verdict(held, material, clients)
    assert verdict_ is Verdict.REFUSED
    assert said.startswith("on list ") and "OCSP" not in said


def test_an_ocsp_answer_that_contradicts_the_list_wins(
    through_vault_way: Clients, vault_way: Lossy, name: str
) -> None:
    """Whoever asks by OCSP accepts the certificate still."""
    held, material = issue(through_vault_way, made(through_vault_way, name))
    good = ocsp_answer(through_vault_way, name, material)
    done(held, through_vault_way)
    vault_way.answers = lambda path: (200, good) if path.endswith("/ocsp") else None

    answer = verdict(held, material, through_vault_way)
    assert answer[0] is Verdict.ACCEPTED
    assert answer[1].endswith(", but OCSP says good")


def test_an_ocsp_answer_of_another_certificate_or_signature_is_none(
    through_vault_way: Clients, vault_way: Lossy, name: str
) -> None:
    held, material = issue(through_vault_way, made(through_vault_way, name))
    _, neighbour = issue(through_vault_way, name)
    forged = tampered(ocsp_answer(through_vault_way, name, material))
    done(held, through_vault_way)
    for answer in (ocsp_answer(through_vault_way, name, neighbour), forged):
        vault_way.answers = lambda path, answer=answer: (  # type: ignore[misc]
            (200, answer) if path.endswith("/ocsp") else None
        )
        verdict_, said = verdict(held, material, through_vault_way)
        assert verdict_ is Verdict.REFUSED
        assert "OCSP" not in said


def tampered(answer: bytes) -> bytes:
    """The same answer with another signature."""
    from cryptography.x509 import ocsp

    signature = ocsp.load_der_ocsp_response(answer).signature
    return answer.replace(signature, signature[:-1] + bytes([signature[-1] ^ 1]))


def ocsp_answer(clients: Clients, mount: str, material: Material) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509 import ocsp

    pair = [x509.load_pem_x509_certificate(material[n].encode()) for n in material]
    asked = ocsp.OCSPRequestBuilder().add_certificate(pair[0], pair[1], hashes.SHA256()).build()
    sent = base64.b64encode(asked.public_bytes(serialization.Encoding.DER)).decode()
    answer = requests.get(f"{clients.vault.url}/v1/{mount}/ocsp/{sent}", timeout=10)
    assert answer.status_code == 200
    return answer.content


def test_no_list_and_a_broken_one_do_not_tell(
    through_vault_way: Clients, vault_way: Lossy, name: str
) -> None:
    held, material = issue(through_vault_way, made(through_vault_way, name))
    done(held, through_vault_way)
    for between, said in (
        ((503, b"{}"), "no list: 503"),
        ((200, b"<html>"), "the list cannot be read"),
    ):
        vault_way.answers = lambda path, between=between: (  # type: ignore[misc]
            between if path.endswith("/crl") else None
        )
        assert verdict(held, material, through_vault_way) == (Verdict.UNCLEAR, said)


def test_a_certificate_that_the_authority_does_not_know(clients: Clients, name: str) -> None:
    made(clients, name)
    nobodys = holding("vault-pki", "k", mount=name, serial="00:11:22")

    assert PKI.steps[0].do(nobodys, clients) == "the authority has no such certificate"
    assert PKI.look(nobodys, clients).verdict is Verdict.UNCLEAR


def test_a_revoke_whose_answer_is_lost_is_done_again(
    through_vault_way: Clients, vault_way: Lossy, name: str
) -> None:
    held, material = issue(through_vault_way, made(through_vault_way, name))
    vault_way.loses = lambda method, path, body: path.endswith("/revoke") and not vault_way.lost

    with pytest.raises(requests.ConnectionError):
        done(held, through_vault_way)
    done(held, through_vault_way)

    assert len(vault_way.lost) == 1
    assert verdict(held, material, through_vault_way)[0] is Verdict.REFUSED
