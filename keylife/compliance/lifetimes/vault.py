"""When the credentials of pulumi-vault end."""

from __future__ import annotations

from collections.abc import Mapping

from keylife.compliance.credential import Expiry, ExpiryUnknown, NeverExpires
from keylife.compliance.endpoint import minted_through
from keylife.compliance.lifetimes.readers import (
    HAS_NONE,
    SECONDS,
    Inputs,
    Lifetime,
    computed,
    decided_by_issuer,
    elsewhere,
    ending,
    lasting,
    never,
    unreadable,
)
from keylife.compliance.spans import read_go_duration, read_seconds
from keylife.compliance.unknown import UNKNOWN


def _vault_token(inputs: Inputs) -> Expiry:
    """An explicit maximum wins over all else; a renewed token outlives its ``ttl``.

    Source: Vault's documentation, "Tokens", on periodic tokens and explicit max TTLs.
    """
    capped = lasting("explicitMaxTtl", read_go_duration, "a duration such as 768h")(inputs)
    if not isinstance(capped, NeverExpires):
        return capped
    cure = "set `explicitMaxTtl`, which no renewal outlives"
    period = inputs.get("period")
    if period is UNKNOWN:
        return computed("period")
    try:
        periodic = period is not None and bool(read_go_duration(period))
    except ValueError:
        return unreadable("period", "a duration such as 24h")
    if periodic:
        return NeverExpires("`period` is set, and a periodic token is renewed for ever", cure)
    if inputs.get("renewable") not in (None, False):
        return ExpiryUnknown(
            "`renewable` is set without `explicitMaxTtl`, so its mount decides when it ends", cure
        )
    return lasting("ttl", read_go_duration, "a duration such as 768h")(inputs)


def _pki_certificate(inputs: Inputs) -> Expiry:
    """``notAfter`` wins over ``ttl``. Source: Vault's API, "PKI secrets engine"."""
    if inputs.get("notAfter") is not None:
        return ending("notAfter")(inputs)
    return lasting("ttl", read_go_duration, "a duration such as 720h")(inputs)


def _vault_endpoint(inputs: Inputs) -> Expiry | None:
    """An arbitrary write: a credential only where it is one of the writes that mint.

    Its data is a secret, and so is not even read here: such a credential has no readable end.
    """
    path, fields = inputs.get("path"), inputs.get("writeFields")
    if path is UNKNOWN or fields is UNKNOWN:
        return computed("path" if path is UNKNOWN else "writeFields")
    if not fields and not minted_through(path):
        return None
    return ExpiryUnknown(
        "its data is a secret, so nobody can review when what it mints ends",
        "use the resource type that is made for this path",
    )


VAULT: Mapping[str, Lifetime] = {
    "vault:appRole/authBackendLogin:AuthBackendLogin": decided_by_issuer("its AppRole"),
    "vault:appRole/authBackendRoleSecretId:AuthBackendRoleSecretId": lasting(
        "ttl", read_seconds, SECONDS
    ),
    "vault:aws/authBackendLogin:AuthBackendLogin": decided_by_issuer("its auth role"),
    "vault:gcp/kmsSecretBackendKey:KmsSecretBackendKey": lasting(
        "rotationPeriod", read_go_duration, "a duration such as 2160h"
    ),
    "vault:generic/endpoint:Endpoint": _vault_endpoint,
    "vault:identity/oidcClient:OidcClient": never("its client secret has no expiry"),
    "vault:identity/oidcKey:OidcKey": lasting("rotationPeriod", read_seconds, SECONDS),
    "vault:index/token:Token": _vault_token,
    "vault:keymgmt/key:Key": never(HAS_NONE),
    "vault:kmip/secretCaGenerated:SecretCaGenerated": lasting("ttl", read_seconds, SECONDS),
    "vault:pkiSecret/backendAcmeEab:BackendAcmeEab": never(HAS_NONE),
    "vault:pkiSecret/backendExportKey:BackendExportKey": never(HAS_NONE),
    "vault:pkiSecret/secretBackendCert:SecretBackendCert": _pki_certificate,
    "vault:pkiSecret/secretBackendIntermediateCertRequest:"
    "SecretBackendIntermediateCertRequest": elsewhere(
        "the resource that signs it, without which it is of no use"
    ),
    "vault:pkiSecret/secretBackendKey:SecretBackendKey": elsewhere(
        "the certificate that is made for it, without which it is of no use"
    ),
    "vault:pkiSecret/secretBackendRootCert:SecretBackendRootCert": _pki_certificate,
    "vault:pkiSecret/secretBackendRootSignIntermediate:"
    "SecretBackendRootSignIntermediate": _pki_certificate,
    "vault:pkiSecret/secretBackendSign:SecretBackendSign": _pki_certificate,
    "vault:pkiexternalca/secretBackendAcmeAccount:SecretBackendAcmeAccount": never(HAS_NONE),
    "vault:pkiexternalca/secretBackendOrderCertificate:"
    "SecretBackendOrderCertificate": decided_by_issuer("the external authority"),
    "vault:ssh/secretBackendCa:SecretBackendCa": never(HAS_NONE),
    "vault:terraformcloud/secretCreds:SecretCreds": decided_by_issuer("its role"),
    "vault:transit/secretBackendKey:SecretBackendKey": lasting(
        "autoRotatePeriod", read_seconds, SECONDS
    ),
}
