"""X.509 certificates of Vault's PKI secrets engine, revoked when their version ends."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, JsonValue

from keylife.kinds.vault_names import MountPath, sequence
from keylife.model.base import Model
from keylife.model.instant import format_instant, parse_instant
from keylife.model.ledger import IssuedVersion
from keylife.model.traits import Traits
from keylife.orphan import Clients, Finder, Orphan, Pending

if TYPE_CHECKING:
    import hvac
    import pulumi

    from keylife.kinds.kind import Issuance, Material


def _host(text: str) -> str:
    label = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
    if len(text) > 253 or re.fullmatch(rf"(\*\.)?{label}(\.{label})*", text) is None:
        raise ValueError("not a host name, such as api.example.com")
    return text


Host = Annotated[str, AfterValidator(_host)]


class VaultPkiCertificateScope(Model):
    """Whom a certificate speaks for, and by whose word."""

    mount: MountPath = "pki"
    """Where the PKI secrets engine is mounted."""

    role: MountPath
    """The PKI role, made by whoever runs the authority: it decides which names, key types and
    uses it signs. It must store what it issues (``no_store`` false), or nothing can be revoked."""

    common_name: Host
    """The host that the certificate is for."""

    alt_names: Annotated[tuple[Host, ...], BeforeValidator(sequence)] = ()
    """Its other hosts."""


def _stray_certificates(pending: Pending, clients: Clients) -> Iterable[Orphan]:
    """Certificates of the host that end at the version's very instant of expiry.

    A certificate that is pending has no id in the state that would tell it from others, but its
    end is the version's own. Reads every certificate that the authority stored.
    """
    vault, mount = clients.vault, str(pending.inputs["backend"])
    end = parse_instant(str(pending.inputs["notAfter"]))
    host = str(pending.inputs["commonName"])
    for certificate in standing_certificates(vault, mount):
        if certificate.is_of(host, end):
            serial = certificate.serial
            yield Orphan(
                f"certificate {serial} of {host}",
                partial(vault.write_data, f"{mount}/revoke", data={"serial_number": serial}),
            )


@dataclass(frozen=True)
class Certificate:
    """A certificate as its authority stored it."""

    serial: str
    """As Vault writes it: ``20:b8:04``."""

    pem: str

    @cached_property
    def der(self) -> bytes:
        """What the text encodes."""
        return base64.b64decode("".join(self.pem.strip().splitlines()[1:-1]))

    def is_of(self, host: str, end: datetime) -> bool:
        """Whether it speaks for a host until an instant."""
        return ends_at(self.der) == end and host.encode() in self.der


def standing_certificates(vault: hvac.Client, mount: str) -> Iterator[Certificate]:
    """What an authority issued, stored and has not revoked; reads all it ever stored.

    Raises:
        hvac.exceptions.VaultError: it refused, or broke.
    """
    listed = vault.list(f"{mount}/certs")
    for serial in listed["data"]["keys"] if listed else ():
        found = vault.read(f"{mount}/cert/{serial}")
        if found is not None and not found["data"]["revocation_time"]:
            yield Certificate(serial, found["data"]["certificate"])


def ends_at(der: bytes) -> datetime | None:
    """The ``notAfter`` of a certificate; None if its validity is not found.

    Source: RFC 5280, section 4.1.2.5: two instants after each other, of 13 characters up to the
    year 2049 and of 15 from then on.
    """
    when = rb"(?:\x17\x0d([0-9]{12}Z)|\x18\x0f([0-9]{14}Z))"
    match = re.search(rb"\x30[\x1e\x20\x22]" + when + when, der)
    if match is None:
        return None
    short, long = match[3], match[4]
    text = (b"20" + short if short else long).decode()
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


class VaultPkiCertificate:
    """A certificate with its private key, on the authority's revocation list once it ends."""

    name: ClassVar[str] = "vault-pki-certificate"
    traits: ClassVar[Traits] = Traits(can_deactivate=False, scope_in_place=False)
    scope: ClassVar[type[Model]] = VaultPkiCertificateScope
    credential: ClassVar[str] = "vault:pkiSecret/secretBackendCert:SecretBackendCert"
    finders: ClassVar[Mapping[str, Finder]] = {
        "vault:pkiSecret/secretBackendCert:SecretBackendCert": _stray_certificates
    }
    presentable: ClassVar[frozenset[str]] = frozenset()
    expiry_enforced_by: ClassVar[str] = "whoever verifies the certificate, by its `notAfter`"

    def issue(self, issuance: Issuance, options: pulumi.ResourceOptions) -> Material:
        """Declare the certificate of one version.

        Its end is an instant, the version's expiry, and no span: so it is the same in every run,
        and what a slow run takes is not added to its life.
        """
        import pulumi
        from pulumi_vault import pkisecret

        version = issuance.version
        scope = VaultPkiCertificateScope.model_validate(dict(version.scope))
        certificate = pkisecret.SecretBackendCert(
            issuance.name,
            backend=scope.mount,
            name=scope.role,
            common_name=scope.common_name,
            alt_names=list(scope.alt_names) or None,
            not_after=format_instant(version.expiry),
            private_key_format="pkcs8",
            revoke=True,
            opts=options,
        )
        chain = pulumi.Output.all(certificate.ca_chain, certificate.issuing_ca)
        return {
            "certificate": certificate.certificate,
            "private_key": certificate.private_key,
            "ca_chain": chain.apply(lambda given: str(given[0] or given[1])),
        }

    def trace(self, key_id: str, version: IssuedVersion) -> Mapping[str, JsonValue]:
        """The host and the instant of expiry: what a certificate tells of its version."""
        scope = VaultPkiCertificateScope.model_validate(dict(version.scope))
        return {
            "backend": scope.mount,
            "commonName": scope.common_name,
            "notAfter": format_instant(version.expiry),
        }
