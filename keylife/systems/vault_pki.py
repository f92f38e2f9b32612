"""X.509 certificates of Vault's PKI: revoked, and seen on their authority's signed list.

A certificate is refused by whoever verifies it, and nobody can be made to look. So its death is
what verifiers are told: the revocation list that the authority publishes has its serial number,
and where the authority answers OCSP, it says "revoked"; both signed with the authority's own key,
which the stack's state has. A verifier may keep a list until its ``nextUpdate``. Source: RFC 5280,
section 5; RFC 6960, section 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

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
from keylife.systems.vault_answers import ask, fetch, require
from keylife.systems.vault_token import WINDOW

if TYPE_CHECKING:
    from cryptography import x509


def _revoke(holding: Holding, clients: Clients) -> str:
    """Vault revokes a certificate once, and answers a repetition with when that was."""
    body = {"serial_number": holding.facts["serial"]}
    told = ask(clients.vault, "POST", f"{holding.facts['mount']}/revoke", body)
    if told.status == 400 and any("not found" in text for text in told.errors):
        return "the authority has no such certificate"
    require(told)
    return "revoked"


def _publish(holding: Holding, clients: Clients) -> str:
    """Have the list made anew: with ``auto_rebuild`` Vault would do so hours later."""
    require(ask(clients.vault, "GET", f"{holding.facts['mount']}/crl/rotate"))
    return "published a new list"


class VaultPki:
    """A certificate."""

    name: ClassVar[str] = "vault-pki"
    types: ClassVar[frozenset[str]] = frozenset(
        {"vault:pkiSecret/secretBackendCert:SecretBackendCert"}
    )
    issues: ClassVar[bool] = True
    steps: ClassVar[Sequence[Step]] = (Step("revoke", _revoke), Step("publish", _publish))

    def holdings(self, resource: Resource, around: Surroundings) -> Iterable[Holding]:
        """One, by its serial number."""
        serial = open_text(resource, "outputs", "serialNumber")
        mount = open_text(resource, "inputs", "backend")
        return issued(
            self.name,
            resource,
            around,
            identity=f"{mount}/{serial}",
            facts={"mount": mount, "serial": serial},
            window=WINDOW,
        )

    def material(self, resource: Resource) -> Material:
        """Certificate and the authority's, which are no secrets, and the private key."""
        outputs = resource.get("outputs")
        names = {
            "certificate": "certificate",
            "private_key": "privateKey",
            "issuing_ca": "issuingCa",
        }
        found = {field: secret_text(outputs, name) for field, name in names.items()}
        return {field: text for field, text in found.items() if text}

    def mark(self, resource: Resource) -> Mapping[str, str]:
        """The certificate, which is no secret."""
        text = open_text(resource, "outputs", "certificate")
        return {"certificate": text} if text else {}

    def use(self, holding: Holding, material: Material, clients: Clients) -> Answer:
        """Verify the certificate as whoever is shown it does: by list, and by OCSP if served."""
        from cryptography import x509

        try:
            certificate = x509.load_pem_x509_certificate(material["certificate"].encode())
            authority = x509.load_pem_x509_certificate(material["issuing_ca"].encode())
        except (KeyError, ValueError):
            return Answer(Verdict.UNCLEAR, "its certificates cannot be read")
        listed = _on_the_list(certificate, authority, holding, clients)
        if listed.verdict is not Verdict.REFUSED:
            return listed
        status = _by_ocsp(certificate, authority, holding, clients)
        if status == "revoked":
            return Answer(Verdict.REFUSED, f"{listed.said}; OCSP says revoked")
        if status == "good":
            return Answer(Verdict.ACCEPTED, f"{listed.said}, but OCSP says good")
        return listed

    def look(self, holding: Holding, clients: Clients) -> Answer:
        """Look the certificate up at its authority."""
        path = f"{holding.facts['mount']}/cert/{holding.facts['serial']}"
        told = ask(clients.vault, "GET", path)
        if told.status != 200:
            return told.unclear()
        if told.data.get("revocation_time"):
            return Answer(Verdict.REFUSED, "200: revoked", told.request_id)
        return Answer(Verdict.ACCEPTED, "200: not revoked", told.request_id)


def _on_the_list(
    certificate: x509.Certificate,
    authority: x509.Certificate,
    holding: Holding,
    clients: Clients,
) -> Answer:
    from cryptography import x509

    status, body = fetch(clients.vault, "GET", f"{holding.facts['mount']}/crl")
    if status != 200:
        return Answer(Verdict.UNCLEAR, f"no list: {status or body.decode()}")
    try:
        crl = x509.load_der_x509_crl(body)
        signed = crl.is_signature_valid(authority.public_key())  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return Answer(Verdict.UNCLEAR, "the list cannot be read")
    if not signed:
        return Answer(Verdict.UNCLEAR, "the list is not signed by the certificate's authority")
    if crl.get_revoked_certificate_by_serial_number(certificate.serial_number) is None:
        return Answer(Verdict.ACCEPTED, "not on the list")
    number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    return Answer(Verdict.REFUSED, f"on list {number}")


def _by_ocsp(
    certificate: x509.Certificate,
    authority: x509.Certificate,
    holding: Holding,
    clients: Clients,
) -> str:
    """``revoked``, ``good``, or empty where it is not served, or not by the authority itself."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.x509 import ocsp

    request = ocsp.OCSPRequestBuilder().add_certificate(certificate, authority, hashes.SHA256())
    sent = request.build().public_bytes(serialization.Encoding.DER)
    path = f"{holding.facts['mount']}/ocsp"
    status, body = fetch(clients.vault, "POST", path, sent, "application/ocsp-request")
    if status != 200:
        return ""
    try:
        told = ocsp.load_der_ocsp_response(body)
        if told.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return ""
        if told.serial_number != certificate.serial_number:
            return ""
        public, signed = authority.public_key(), told.tbs_response_bytes
        algorithm = told.signature_hash_algorithm
        if isinstance(public, rsa.RSAPublicKey) and algorithm is not None:
            public.verify(told.signature, signed, padding.PKCS1v15(), algorithm)
        elif isinstance(public, ec.EllipticCurvePublicKey) and algorithm is not None:
            public.verify(told.signature, signed, ec.ECDSA(algorithm))
        else:
            return ""
    except (InvalidSignature, ValueError):
        return ""
    return told.certificate_status.name.lower()
