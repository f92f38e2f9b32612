"""A certificate that ends with its version, and is revoked when that ends earlier."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pulumi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import JsonValue, ValidationError

from keylife.kinds.kind import Issuance
from keylife.kinds.vault_pki_certificate import (
    VaultPkiCertificate,
    VaultPkiCertificateScope,
    ends_at,
)
from keylife.model.ledger import IssuedVersion
from tests.program.engine import Engine, Registered, value_of

BIRTH = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CERTIFICATE = "vault:pkiSecret/secretBackendCert:SecretBackendCert"
SCOPE = {"role": "web", "common_name": "api.example.com"}


def issued(at: datetime = BIRTH, **scope: JsonValue) -> Registered:
    engine = Engine()
    version = IssuedVersion(
        number=2,
        birth=BIRTH,
        expiry=BIRTH + timedelta(days=14),
        rotation_due=BIRTH + timedelta(days=7),
        grace=timedelta(days=7),
        cause="first",
        owner="team",
        service="billing",
        scope={**SCOPE, **scope},
    )
    wanted = Issuance(
        key_id="billing-tls",
        version=version,
        scope={},
        owner="team",
        service="billing",
        at=at,
        deactivated=False,
    )

    def program() -> Any:
        material = VaultPkiCertificate().issue(wanted, pulumi.ResourceOptions())
        assert set(material) == {"certificate", "private_key", "ca_chain"}
        return value_of(material["ca_chain"])

    assert engine.run(program)() == "mock-issuing-ca"
    return engine.one(CERTIFICATE, "billing-tls-v2")


@pytest.mark.parametrize("late", [timedelta(0), timedelta(days=13)], ids=["at birth", "late"])
def test_a_certificate_ends_when_its_version_does_whenever_it_is_made(late: timedelta) -> None:
    assert issued(BIRTH + late).inputs == {
        "backend": "pki",
        "name": "web",
        "commonName": "api.example.com",
        "notAfter": "2026-12-07T09:00:00Z",
        "privateKeyFormat": "pkcs8",
        "revoke": True,
    }


def test_other_hosts_and_another_mount_are_as_declared() -> None:
    inputs = issued(mount="team/pki", alt_names=["www.example.com", "*.eu.example.com"]).inputs

    assert inputs["backend"] == "team/pki"
    assert inputs["altNames"] == ["www.example.com", "*.eu.example.com"]


SCOPES: list[Any] = [
    pytest.param("api.example.com", "api example com", id="no blanks"),
    pytest.param("*.example.com", "api.*.example.com", id="a star stands for the first part"),
    pytest.param("localhost", "", id="something"),
    pytest.param("a" * 63, "a" * 64, id="63 characters a part"),
    pytest.param("a-b.example", "-b.example", id="no part begins with a hyphen"),
    pytest.param("a.example", "a.example\n", id="one line"),
    pytest.param("xn--caf-dma.example", "café.example", id="as it goes into DNS"),
]


@pytest.mark.parametrize(("accepted", "refused"), SCOPES)
def test_a_scope_names_hosts(accepted: str, refused: str) -> None:
    for field in ({"common_name": accepted}, {"alt_names": [accepted]}):
        VaultPkiCertificateScope.model_validate({**SCOPE, **field})
    for wrong in ({"common_name": refused}, {"alt_names": [refused]}):
        with pytest.raises(ValidationError):
            VaultPkiCertificateScope.model_validate({**SCOPE, **wrong})


@pytest.mark.parametrize(
    "end",
    [
        datetime(2026, 12, 7, 9, 0, 1, tzinfo=UTC),
        datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2050, 1, 1, tzinfo=UTC),
    ],
    ids=str,
)
@pytest.mark.parametrize("start", [BIRTH, datetime(2050, 1, 1, tzinfo=UTC)], ids=str)
def test_the_end_is_read_from_any_certificate(start: datetime, end: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "api.example.com")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, min(start, end), end)
    der = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)

    assert ends_at(der) == end


def test_what_is_no_certificate_has_no_end() -> None:
    assert ends_at(b"\x30\x1e\x17\x0d261207090000Z") is None
