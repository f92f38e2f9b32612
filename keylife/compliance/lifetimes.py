"""How each credential-minting resource type says when its credential ends.

One reader per type, and one entry in :data:`LIFETIMES` for every ``mint`` row of the catalogue's
pulumi-aws and pulumi-vault: a test holds both to each other and to the installed SDKs. A reader
takes the resource's plain inputs and reads no other property than the end needs. An end that
nobody wrote is none, also where an issuer has a default: a reviewer sees only what is written.

What counts as *never*: unset, ``0``, ``0s``, a ``period``, the year 9999.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

from keylife.compliance.credential import (
    ExpiresAfter,
    ExpiresAt,
    Expiry,
    ExpiryJudgedElsewhere,
    ExpiryUnknown,
    NeverExpires,
)
from keylife.compliance.endpoint import minted_through
from keylife.compliance.spans import read_days, read_go_duration, read_rfc3339, read_seconds
from keylife.compliance.unknown import UNKNOWN

Inputs = Mapping[str, object]
End = Callable[[Inputs], Expiry]
"""From a resource's inputs to its credential's end."""

Lifetime = Callable[[Inputs], Expiry | None]
"""The same, and None where the resource mints no credential."""


def computed(name: str) -> ExpiryUnknown:
    """An end that is known only after the deploy, when a policy can no longer stop it."""
    return ExpiryUnknown(
        f"`{name}` is computed, and so known only after the deploy",
        f"write `{name}` as a literal value",
    )


def unreadable(name: str, form: str) -> ExpiryUnknown:
    """An end that is written in a form that no issuer would read as one."""
    return ExpiryUnknown(f"`{name}` cannot be read", f"write `{name}` as {form}")


def lasting(name: str, read: Callable[[object], timedelta], form: str) -> End:
    """A span in one property."""

    def expiry(value: object) -> Expiry:
        span = read(value)
        zero = NeverExpires(f"`{name}` is 0, which means for ever", f"set `{name}` to {form}")
        return ExpiresAfter(span) if span else zero

    return _written(name, form, expiry)


def ending(name: str) -> End:
    """An instant in one property."""
    form = "an RFC 3339 instant such as 2027-01-31T00:00:00Z"

    def expiry(value: object) -> Expiry:
        instant = read_rfc3339(value)
        if instant is None:
            return NeverExpires(f"`{name}` is in the year 9999", f"set `{name}` to {form}")
        return ExpiresAt(instant)

    return _written(name, form, expiry)


def _written(name: str, form: str, read: Callable[[object], Expiry]) -> End:
    """The end in one property, if somebody wrote it as a literal of its form."""

    def end(inputs: Inputs) -> Expiry:
        value = inputs.get(name)
        if value is UNKNOWN:
            return computed(name)
        if value is None:
            return NeverExpires(f"`{name}` is not set", f"set `{name}` to {form}")
        try:
            return read(value)
        except ValueError:
            return unreadable(name, form)

    return end


def never(why: str) -> End:
    """A type whose credentials live until somebody deletes them."""
    expiry = NeverExpires(
        why, "declare it as a keylife key if there is a kind for it, or use what expires by itself"
    )
    return lambda _inputs: expiry


def decided_by_issuer(who: str) -> End:
    """A type whose credentials end, but as something outside of the resource decides."""
    expiry = ExpiryUnknown(
        f"{who} decides when it ends, which is not in this resource",
        "state the longest life that allows under `issuerLives` in the pack's configuration",
    )
    return lambda _inputs: expiry


def elsewhere(where: str) -> End:
    """A type that holds no credential of its own without another resource that is judged."""
    return lambda _inputs: ExpiryJudgedElsewhere(where)


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


def _private_ca_certificate(inputs: Inputs) -> Expiry:
    """A unit and a value. Source: AWS Private CA's API, ``Validity``."""
    validity = inputs.get("validity")
    if validity is UNKNOWN:
        return computed("validity")
    if not isinstance(validity, Mapping):
        return NeverExpires("`validity` is not set", "set `validity`, in DAYS")
    unit, value = validity.get("type"), validity.get("value")
    if unit is UNKNOWN or value is UNKNOWN:
        return computed("validity")
    if unit in ("ABSOLUTE", "END_DATE"):
        return ending("validity.value")({"validity.value": value})
    length = {"DAYS": 1, "MONTHS": 31, "YEARS": 366}.get(str(unit))
    if length is None or not isinstance(value, str) or not value.isdecimal():
        return unreadable("validity", "a number of DAYS")
    days = lasting("validity.value", read_days, "a number of DAYS")
    return days({"validity.value": int(value) * length})


def _kms_key(inputs: Inputs) -> Expiry:
    """A KMS key does not end; a version of its material does, by rotation.

    Source: KMS's API, ``EnableKeyRotation``: 365 days unless another period is given.
    """
    rotated = inputs.get("enableKeyRotation")
    if rotated is UNKNOWN:
        return computed("enableKeyRotation")
    if rotated is not True:
        return NeverExpires(
            "its material is never rotated (`enableKeyRotation` is not true)",
            "set `enableKeyRotation` and `rotationPeriodInDays`",
        )
    period = {"rotationPeriodInDays": inputs.get("rotationPeriodInDays", 365)}
    return lasting("rotationPeriodInDays", read_days, "a number of days")(period)


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


_SECONDS = "a number of seconds"
_HAS_NONE = "it has no expiry of its own"

LIFETIMES: Mapping[str, Lifetime] = MappingProxyType(
    {
        "aws:acmpca/certificate:Certificate": _private_ca_certificate,
        "aws:amplify/webhook:Webhook": never(_HAS_NONE),
        "aws:apigateway/apiKey:ApiKey": never(_HAS_NONE),
        # Source: API Gateway's developer guide, "Generate and configure an SSL certificate".
        "aws:apigateway/clientCertificate:ClientCertificate": (
            lambda _inputs: ExpiresAfter(timedelta(days=365))
        ),
        "aws:appsync/apiKey:ApiKey": ending("expires"),
        "aws:codebuild/webhook:Webhook": never(_HAS_NONE),
        "aws:grafana/workspaceApiKey:WorkspaceApiKey": lasting(
            "secondsToLive", read_seconds, _SECONDS
        ),
        "aws:grafana/workspaceServiceAccountToken:WorkspaceServiceAccountToken": lasting(
            "secondsToLive", read_seconds, _SECONDS
        ),
        "aws:iam/accessKey:AccessKey": never(_HAS_NONE),
        "aws:iam/serviceSpecificCredential:ServiceSpecificCredential": lasting(
            "credentialAgeDays", read_days, "a number of days"
        ),
        "aws:iam/userLoginProfile:UserLoginProfile": never(_HAS_NONE),
        "aws:iam/virtualMfaDevice:VirtualMfaDevice": never(_HAS_NONE),
        # Source: AWS IoT's developer guide, "X.509 client certificates".
        "aws:iot/certificate:Certificate": never("AWS IoT makes it valid to the end of 2049"),
        "aws:kms/key:Key": _kms_key,
        "aws:kms/replicaKey:ReplicaKey": elsewhere("the primary key that it is a copy of"),
        "aws:lightsail/bucketAccessKey:BucketAccessKey": never(_HAS_NONE),
        "aws:lightsail/keyPair:KeyPair": never(_HAS_NONE),
        "aws:paymentcryptography/key:Key": never(_HAS_NONE),
        "aws:route53/keySigningKey:KeySigningKey": never(_HAS_NONE),
        "aws:ssm/activation:Activation": ending("expirationDate"),
        "aws:timestreaminfluxdb/dbCluster:DbCluster": never(_HAS_NONE),
        "aws:timestreaminfluxdb/dbInstance:DbInstance": never(_HAS_NONE),
        "aws:wafv2/apiKey:ApiKey": never(_HAS_NONE),
        "vault:appRole/authBackendLogin:AuthBackendLogin": decided_by_issuer("its AppRole"),
        "vault:appRole/authBackendRoleSecretId:AuthBackendRoleSecretId": lasting(
            "ttl", read_seconds, _SECONDS
        ),
        "vault:aws/authBackendLogin:AuthBackendLogin": decided_by_issuer("its auth role"),
        "vault:gcp/kmsSecretBackendKey:KmsSecretBackendKey": lasting(
            "rotationPeriod", read_go_duration, "a duration such as 2160h"
        ),
        "vault:generic/endpoint:Endpoint": _vault_endpoint,
        "vault:identity/oidcClient:OidcClient": never("its client secret has no expiry"),
        "vault:identity/oidcKey:OidcKey": lasting("rotationPeriod", read_seconds, _SECONDS),
        "vault:index/token:Token": _vault_token,
        "vault:keymgmt/key:Key": never(_HAS_NONE),
        "vault:pkiSecret/backendAcmeEab:BackendAcmeEab": never(_HAS_NONE),
        "vault:pkiSecret/backendExportKey:BackendExportKey": never(_HAS_NONE),
        "vault:pkiSecret/secretBackendCert:SecretBackendCert": _pki_certificate,
        "vault:pkiSecret/secretBackendIntermediateCertRequest:"
        "SecretBackendIntermediateCertRequest": elsewhere(
            "the resource that signs it, without which it is of no use"
        ),
        "vault:pkiSecret/secretBackendRootCert:SecretBackendRootCert": _pki_certificate,
        "vault:pkiSecret/secretBackendRootSignIntermediate:"
        "SecretBackendRootSignIntermediate": _pki_certificate,
        "vault:pkiSecret/secretBackendSign:SecretBackendSign": _pki_certificate,
        "vault:pkiexternalca/secretBackendAcmeAccount:SecretBackendAcmeAccount": never(_HAS_NONE),
        "vault:pkiexternalca/secretBackendOrderCertificate:"
        "SecretBackendOrderCertificate": decided_by_issuer("the external authority"),
        "vault:ssh/secretBackendCa:SecretBackendCa": never(_HAS_NONE),
        "vault:terraformcloud/secretCreds:SecretCreds": decided_by_issuer("its role"),
        "vault:transit/secretBackendKey:SecretBackendKey": lasting(
            "autoRotatePeriod", read_seconds, _SECONDS
        ),
    }
)
"""By type token, for every type that the rules judge."""
