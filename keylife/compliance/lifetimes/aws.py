"""When the credentials of pulumi-aws and pulumi-aws-native end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from keylife.compliance.credential import ExpiresAfter, Expiry, NeverExpires
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
from keylife.compliance.spans import read_days, read_seconds
from keylife.compliance.unknown import UNKNOWN


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


AWS: Mapping[str, Lifetime] = {
    "aws-native:apigateway:ApiKey": never(HAS_NONE),
    "aws-native:iam:AccessKey": never(HAS_NONE),
    "aws-native:kms:Key": _kms_key,
    "aws:acmpca/certificate:Certificate": _private_ca_certificate,
    "aws:amplify/webhook:Webhook": never(HAS_NONE),
    "aws:apigateway/apiKey:ApiKey": never(HAS_NONE),
    # Source: API Gateway's developer guide, "Generate and configure an SSL certificate".
    "aws:apigateway/clientCertificate:ClientCertificate": (
        lambda _inputs: ExpiresAfter(timedelta(days=365))
    ),
    "aws:appsync/apiKey:ApiKey": ending("expires"),
    "aws:codebuild/webhook:Webhook": never(HAS_NONE),
    "aws:grafana/workspaceApiKey:WorkspaceApiKey": lasting("secondsToLive", read_seconds, SECONDS),
    "aws:grafana/workspaceServiceAccountToken:WorkspaceServiceAccountToken": lasting(
        "secondsToLive", read_seconds, SECONDS
    ),
    "aws:iam/accessKey:AccessKey": never(HAS_NONE),
    "aws:iam/serviceSpecificCredential:ServiceSpecificCredential": lasting(
        "credentialAgeDays", read_days, "a number of days"
    ),
    "aws:iam/userLoginProfile:UserLoginProfile": never(HAS_NONE),
    "aws:iam/virtualMfaDevice:VirtualMfaDevice": never(HAS_NONE),
    # Source: AWS IoT's developer guide, "X.509 client certificates".
    "aws:iot/certificate:Certificate": never("AWS IoT makes it valid to the end of 2049"),
    "aws:kms/key:Key": _kms_key,
    "aws:kms/replicaKey:ReplicaKey": elsewhere("the primary key that it is a copy of"),
    "aws:lightsail/bucketAccessKey:BucketAccessKey": never(HAS_NONE),
    "aws:lightsail/keyPair:KeyPair": never(HAS_NONE),
    "aws:paymentcryptography/key:Key": never(HAS_NONE),
    "aws:redshift/hsmClientCertificate:HsmClientCertificate": decided_by_issuer("Redshift"),
    "aws:route53/keySigningKey:KeySigningKey": never(HAS_NONE),
    "aws:ssm/activation:Activation": ending("expirationDate"),
    "aws:timestreaminfluxdb/dbCluster:DbCluster": never(HAS_NONE),
    "aws:timestreaminfluxdb/dbInstance:DbInstance": never(HAS_NONE),
    "aws:wafv2/apiKey:ApiKey": never(HAS_NONE),
}
