"""How each type says its end: for every type that can, one way that ends and others that do not.

Shared by the test of the readers and by the one that holds their properties to the SDKs.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from keylife.compliance.credential import (
    ExpiresAfter,
    ExpiresAt,
    ExpiryJudgedElsewhere,
    ExpiryUnknown,
    NeverExpires,
)
from keylife.compliance.unknown import UNKNOWN

NEW_YEAR = "2027-01-01T00:00:00Z"
AT_NEW_YEAR = ExpiresAt(datetime(2027, 1, 1, tzinfo=UTC))
END_OF_TIME = "9999-12-31T23:59:59Z"


def days(number: float) -> ExpiresAfter:
    return ExpiresAfter(timedelta(days=number))


def hours(number: float) -> ExpiresAfter:
    return ExpiresAfter(timedelta(hours=number))


def _seconds(name: str) -> list[tuple[dict[str, Any], object]]:
    return [
        ({name: 3600}, hours(1)),
        ({name: 3600.0}, hours(1)),
        ({name: 0}, NeverExpires),
        ({}, NeverExpires),
        ({name: None}, NeverExpires),
        ({name: UNKNOWN}, ExpiryUnknown),
        ({name: -1}, ExpiryUnknown),
        ({name: 1.5}, ExpiryUnknown),
        ({name: float("inf")}, ExpiryUnknown),
        ({name: float("nan")}, ExpiryUnknown),
        ({name: True}, ExpiryUnknown),
        ({name: "soon"}, ExpiryUnknown),
        ({name: 10**40}, ExpiryUnknown),
    ]


def _instant(name: str) -> list[tuple[dict[str, Any], object]]:
    return [
        ({name: NEW_YEAR}, AT_NEW_YEAR),
        ({name: "2027-01-01T01:00:00+01:00"}, AT_NEW_YEAR),
        ({name: END_OF_TIME}, NeverExpires),
        ({}, NeverExpires),
        ({name: UNKNOWN}, ExpiryUnknown),
        ({name: "2027-01-01T00:00:00"}, ExpiryUnknown),
        ({name: "tomorrow"}, ExpiryUnknown),
        ({name: 1}, ExpiryUnknown),
    ]


_CERTIFICATE: list[tuple[dict[str, Any], object]] = [
    *_instant("notAfter"),
    ({"ttl": "720h"}, days(30)),
    ({"ttl": "2592000"}, days(30)),
    ({"ttl": "30d"}, days(30)),
    ({"ttl": "1h30m"}, hours(1.5)),
    ({"ttl": "0"}, NeverExpires),
    ({"ttl": "0s"}, NeverExpires),
    ({"ttl": UNKNOWN}, ExpiryUnknown),
    ({"ttl": "-1h"}, ExpiryUnknown),
    ({"ttl": "1h", "notAfter": END_OF_TIME}, NeverExpires),
]
_PKI = "vault:pkiSecret/secretBackend"

CASES: dict[str, list[tuple[dict[str, Any], object]]] = {
    "aws:acmpca/certificate:Certificate": [
        ({"validity": {"type": "DAYS", "value": "90"}}, days(90)),
        ({"validity": {"type": "MONTHS", "value": "1"}}, days(31)),
        ({"validity": {"type": "YEARS", "value": "1"}}, days(366)),
        ({"validity": {"type": "END_DATE", "value": NEW_YEAR}}, AT_NEW_YEAR),
        ({"validity": {"type": "ABSOLUTE", "value": NEW_YEAR}}, AT_NEW_YEAR),
        ({"validity": {"type": "END_DATE", "value": END_OF_TIME}}, NeverExpires),
        ({"validity": {"type": "DAYS", "value": "0"}}, NeverExpires),
        ({"validity": {"type": "DAYS", "value": UNKNOWN}}, ExpiryUnknown),
        ({"validity": {"type": "EONS", "value": "1"}}, ExpiryUnknown),
        ({"validity": {"type": "DAYS", "value": "-1"}}, ExpiryUnknown),
        ({"validity": UNKNOWN}, ExpiryUnknown),
        ({}, NeverExpires),
    ],
    "aws:apigateway/clientCertificate:ClientCertificate": [({}, days(365))],
    "aws:appsync/apiKey:ApiKey": _instant("expires"),
    "aws:grafana/workspaceApiKey:WorkspaceApiKey": _seconds("secondsToLive"),
    "aws:grafana/workspaceServiceAccountToken:WorkspaceServiceAccountToken": _seconds(
        "secondsToLive"
    ),
    "aws:iam/serviceSpecificCredential:ServiceSpecificCredential": [
        ({"credentialAgeDays": 30}, days(30)),
        ({}, NeverExpires),
        ({"credentialAgeDays": UNKNOWN}, ExpiryUnknown),
    ],
    "aws:kms/key:Key": [
        ({"enableKeyRotation": True}, days(365)),
        ({"enableKeyRotation": True, "rotationPeriodInDays": 90}, days(90)),
        ({"enableKeyRotation": True, "rotationPeriodInDays": UNKNOWN}, ExpiryUnknown),
        ({"enableKeyRotation": False, "rotationPeriodInDays": 90}, NeverExpires),
        ({"enableKeyRotation": UNKNOWN}, ExpiryUnknown),
        ({}, NeverExpires),
    ],
    "aws:kms/replicaKey:ReplicaKey": [({}, ExpiryJudgedElsewhere)],
    "aws:ssm/activation:Activation": _instant("expirationDate"),
    "vault:appRole/authBackendLogin:AuthBackendLogin": [({}, ExpiryUnknown)],
    "vault:appRole/authBackendRoleSecretId:AuthBackendRoleSecretId": _seconds("ttl"),
    "vault:aws/authBackendLogin:AuthBackendLogin": [({}, ExpiryUnknown)],
    "vault:gcp/kmsSecretBackendKey:KmsSecretBackendKey": [
        ({"rotationPeriod": "2160h"}, days(90)),
        ({"rotationPeriod": "7776000s"}, days(90)),
        ({}, NeverExpires),
    ],
    "vault:generic/endpoint:Endpoint": [
        ({"path": "auth/token/create"}, ExpiryUnknown),
        ({"path": "/v1/auth/token/create-orphan"}, ExpiryUnknown),
        ({"path": "aws/creds/deploy"}, ExpiryUnknown),
        ({"path": "pki/issue/web"}, ExpiryUnknown),
        ({"path": "auth/approle/role/ci/secret-id"}, ExpiryUnknown),
        ({"path": "sys/policies/acl/x", "writeFields": ["name"]}, ExpiryUnknown),
        ({"path": UNKNOWN}, ExpiryUnknown),
        ({"path": "sys/policies/acl/x", "writeFields": UNKNOWN}, ExpiryUnknown),
        ({"path": "sys/policies/acl/x"}, None),
        ({"path": "auth/approle/role/ci"}, None),
        ({"path": "aws/config/lease", "dataJson": UNKNOWN}, None),
    ],
    "vault:identity/oidcKey:OidcKey": _seconds("rotationPeriod"),
    "vault:index/token:Token": [
        ({"ttl": "1h"}, hours(1)),
        ({"ttl": "1h", "renewable": False}, hours(1)),
        ({"ttl": "1h", "renewable": True}, ExpiryUnknown),
        ({"ttl": "1h", "renewable": UNKNOWN}, ExpiryUnknown),
        ({"ttl": "1h", "renewable": True, "explicitMaxTtl": "24h"}, hours(24)),
        ({"explicitMaxTtl": "24h", "period": "1h"}, hours(24)),
        ({"explicitMaxTtl": "0", "ttl": "1h"}, hours(1)),
        ({"explicitMaxTtl": UNKNOWN, "ttl": "1h"}, ExpiryUnknown),
        ({"ttl": "1h", "period": "24h"}, NeverExpires),
        ({"ttl": "1h", "period": "0s"}, hours(1)),
        ({"ttl": "1h", "period": UNKNOWN}, ExpiryUnknown),
        ({"ttl": "1h", "period": "often"}, ExpiryUnknown),
        ({"ttl": UNKNOWN}, ExpiryUnknown),
        ({"ttl": "0"}, NeverExpires),
        ({"ttl": "999999999999h"}, ExpiryUnknown),
        ({"ttl": ""}, ExpiryUnknown),
        ({}, NeverExpires),
    ],
    f"{_PKI}Cert:SecretBackendCert": _CERTIFICATE,
    f"{_PKI}IntermediateCertRequest:SecretBackendIntermediateCertRequest": [
        ({}, ExpiryJudgedElsewhere)
    ],
    f"{_PKI}RootCert:SecretBackendRootCert": _CERTIFICATE,
    f"{_PKI}RootSignIntermediate:SecretBackendRootSignIntermediate": _CERTIFICATE,
    f"{_PKI}Sign:SecretBackendSign": _CERTIFICATE,
    "vault:pkiexternalca/secretBackendOrderCertificate:SecretBackendOrderCertificate": [
        ({}, ExpiryUnknown)
    ],
    "vault:terraformcloud/secretCreds:SecretCreds": [({}, ExpiryUnknown)],
    "vault:transit/secretBackendKey:SecretBackendKey": _seconds("autoRotatePeriod"),
}
"""By type: inputs, and the end they mean (a class where only its kind matters)."""

WITHOUT_AN_END = (
    "aws:amplify/webhook:Webhook",
    "aws:apigateway/apiKey:ApiKey",
    "aws:codebuild/webhook:Webhook",
    "aws:iam/accessKey:AccessKey",
    "aws:iam/userLoginProfile:UserLoginProfile",
    "aws:iam/virtualMfaDevice:VirtualMfaDevice",
    "aws:iot/certificate:Certificate",
    "aws:lightsail/bucketAccessKey:BucketAccessKey",
    "aws:lightsail/keyPair:KeyPair",
    "aws:paymentcryptography/key:Key",
    "aws:route53/keySigningKey:KeySigningKey",
    "aws:timestreaminfluxdb/dbCluster:DbCluster",
    "aws:timestreaminfluxdb/dbInstance:DbInstance",
    "aws:wafv2/apiKey:ApiKey",
    "vault:identity/oidcClient:OidcClient",
    "vault:keymgmt/key:Key",
    "vault:pkiSecret/backendAcmeEab:BackendAcmeEab",
    "vault:pkiSecret/backendExportKey:BackendExportKey",
    "vault:pkiexternalca/secretBackendAcmeAccount:SecretBackendAcmeAccount",
    "vault:ssh/secretBackendCa:SecretBackendCa",
)
"""Types whose credentials live until somebody deletes them, whatever their inputs say."""
