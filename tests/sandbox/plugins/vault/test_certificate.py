"""Certificates of a PKI mount, on a real OpenBao."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import grpc  # type: ignore[import-untyped]  # no stubs among the locked packages
import hvac
import pytest
from cryptography import x509

from keylife.sandbox.plugins.values import UNKNOWN, Secret
from tests.sandbox.plugins.engine import Deployed, Engine

CERTIFICATE = "vault:pkiSecret/secretBackendCert:SecretBackendCert"
DECLARED: dict[str, Any] = {
    "backend": "pki",
    "name": "web",
    "commonName": "api.example.com",
    "revoke": True,
}


@pytest.fixture(scope="module")
def authority(vault: hvac.Client) -> hvac.Client:
    vault.sys.enable_secrets_engine("pki", path="pki")
    root = {"common_name": "ca.example.com", "ttl": "700h"}
    vault.write_data("pki/root/generate/internal", data=root)
    role = {"allowed_domains": "example.com", "allow_subdomains": True, "max_ttl": "48h"}
    vault.write_data("pki/roles/web", data=role)
    return vault


def revocation_time(vault: hvac.Client, certificate: Deployed) -> int:
    return int(vault.read(f"pki/cert/{certificate['serialNumber']}")["data"]["revocation_time"])


def parsed(certificate: Deployed) -> x509.Certificate:
    return x509.load_pem_x509_certificate(certificate["certificate"].encode())


def test_a_certificate_is_issued_as_declared(engine: Engine, authority: hvac.Client) -> None:
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=30)
    certificate = engine.create(
        CERTIFICATE,
        **DECLARED,
        altNames=["www.example.com"],
        notAfter=end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        privateKeyFormat="pkcs8",
    )

    found = parsed(certificate)
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert sorted(names.get_values_for_type(x509.DNSName)) == ["api.example.com", "www.example.com"]
    assert found.not_valid_after_utc == end
    assert certificate["expiration"] == int(end.timestamp())
    assert certificate["renewPending"] is True  # it is due from a week before its end
    assert isinstance(certificate.outputs["privateKey"], Secret)
    assert certificate["privateKey"].startswith("-----BEGIN PRIVATE KEY-----")
    assert certificate["caChain"] == certificate["issuingCa"]
    assert certificate.id == "pki/web/api.example.com"


def test_a_preview_issues_nothing(engine: Engine, authority: hvac.Client) -> None:
    before = authority.list("pki/certs")["data"]["keys"]

    planned = engine.create(CERTIFICATE, preview=True, **DECLARED, ttl="1h")

    assert planned["certificate"] is planned["serialNumber"] is UNKNOWN
    assert authority.list("pki/certs")["data"]["keys"] == before


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"commonName": "www.example.com"}, ["commonName"]),
        ({"altNames": ["www.example.com"]}, ["altNames"]),
        ({"ttl": "2h"}, []),
        ({"revoke": False}, []),
    ],
    ids=str,
)
def test_what_another_certificate_is_needed_for(
    engine: Engine, authority: hvac.Client, change: dict[str, Any], replaces: list[str]
) -> None:
    certificate = engine.create(CERTIFICATE, **DECLARED, ttl="1h")

    answer = engine.diff(certificate, **{**DECLARED, "ttl": "1h", **change})

    assert list(answer.replaces) == replaces
    if not replaces:
        same = engine.update(certificate, **{**DECLARED, "ttl": "1h", **change})
        assert same["serialNumber"] == certificate["serialNumber"]


@pytest.mark.parametrize(
    ("declared", "revoked"),
    [({"revoke": True}, True), ({"revoke": False}, False)],
    ids=["as asked", "only if asked"],
)
def test_a_deleted_certificate_is_revoked(
    engine: Engine, authority: hvac.Client, declared: dict[str, bool], revoked: bool
) -> None:
    certificate = engine.create(CERTIFICATE, **{**DECLARED, **declared}, ttl="1h")

    engine.delete(certificate)

    assert bool(revocation_time(authority, certificate)) is revoked


def test_revoked_already_is_no_error_and_unknown_is_one(
    engine: Engine, authority: hvac.Client
) -> None:
    certificate = engine.create(CERTIFICATE, **DECLARED, ttl="1h")
    serial = certificate["serialNumber"]
    authority.write_data("pki/revoke", data={"serial_number": serial})

    engine.delete(certificate)

    certificate.outputs["serialNumber"] = "11:22:33"
    with pytest.raises(grpc.RpcError, match="error revoking certificate"):
        engine.delete(certificate)


def test_the_authority_has_the_last_word(engine: Engine, authority: hvac.Client) -> None:
    with pytest.raises(grpc.RpcError, match=r"error creating certificate bad\.example\.org"):
        engine.create(CERTIFICATE, **{**DECLARED, "commonName": "bad.example.org"}, ttl="1h")


def test_a_certificate_lives_for_a_refresh_as_long_as_its_mount(
    engine: Engine, authority: hvac.Client
) -> None:
    authority.sys.enable_secrets_engine("pki", path="gone")
    authority.write_data(
        "gone/root/generate/internal", data={"common_name": "ca.example.com", "ttl": "700h"}
    )
    authority.write_data("gone/roles/web", data={"allow_any_name": True})
    certificate = engine.create(CERTIFICATE, **{**DECLARED, "backend": "gone"}, ttl="1h")
    authority.write_data("gone/revoke", data={"serial_number": certificate["serialNumber"]})
    assert engine.refresh(certificate) is not None  # it does not ask for the certificate

    authority.sys.disable_secrets_engine("gone")

    assert engine.refresh(certificate) is None


def test_what_the_sandbox_cannot_do_is_refused(engine: Engine, authority: hvac.Client) -> None:
    with pytest.raises(grpc.RpcError, match="has no autoRenew"):
        engine.create(CERTIFICATE, **DECLARED, ttl="1h", autoRenew=True)
