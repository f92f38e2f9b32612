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


def _days(name: str) -> list[tuple[dict[str, Any], object]]:
    return [({name: 30}, days(30)), ({name: 0}, NeverExpires), ({}, NeverExpires)]


def _hours(name: str) -> list[tuple[dict[str, Any], object]]:
    return [({name: 720}, days(30)), ({name: UNKNOWN}, ExpiryUnknown), ({}, NeverExpires)]


def _months(name: str) -> list[tuple[dict[str, Any], object]]:
    return [({name: 1}, days(31)), ({name: 0}, NeverExpires), ({}, NeverExpires)]


def _duration(name: str) -> list[tuple[dict[str, Any], object]]:
    return [
        ({name: "720h"}, days(30)),
        ({name: "forever"}, ExpiryUnknown),
        ({name: UNKNOWN}, ExpiryUnknown),
        ({}, NeverExpires),
    ]


def _date(name: str) -> list[tuple[dict[str, Any], object]]:
    return [
        ({name: "2027-01-01"}, AT_NEW_YEAR),
        ({name: NEW_YEAR}, AT_NEW_YEAR),
        ({name: "9999-01-01"}, NeverExpires),
        ({name: "2027-1-1"}, ExpiryUnknown),
        ({name: UNKNOWN}, ExpiryUnknown),
        ({}, NeverExpires),
    ]


_ENTRA = [
    *((inputs, end) for inputs, end in _duration("endDateRelative") if inputs),
    ({"endDate": NEW_YEAR}, AT_NEW_YEAR),
    ({"endDate": NEW_YEAR, "endDateRelative": "1h"}, AT_NEW_YEAR),
    ({"endDate": UNKNOWN, "endDateRelative": "1h"}, ExpiryUnknown),
    ({}, NeverExpires),
]


def _gitlab() -> list[tuple[dict[str, Any], object]]:
    return [
        *_date("expiresAt"),
        ({"rotationConfiguration": {"expirationDays": 30, "rotateBeforeDays": 7}}, days(30)),
        ({"rotationConfiguration": {"rotateBeforeDays": 7}}, NeverExpires),
        ({"rotationConfiguration": UNKNOWN}, ExpiryUnknown),
    ]


def _command() -> list[tuple[dict[str, Any], object]]:
    return [
        ({"create": "aws iam create-access-key --user-name ci"}, ExpiryUnknown),
        ({"create": "vault  token  create -policy=root"}, ExpiryUnknown),
        ({"update": "gcloud iam service-accounts keys create k.json"}, ExpiryUnknown),
        ({"create": "kubectl -n ci create token deployer"}, ExpiryUnknown),
        ({"create": "true", "interpreter": ["sh", "-c", "bao token create"]}, ExpiryUnknown),
        ({"create": UNKNOWN}, ExpiryUnknown),
        ({"create": "make migrate"}, None),
        ({}, None),
    ]


def _template() -> list[tuple[dict[str, Any], object]]:
    return [
        ({"templateBody": '{"Resources": {"K": {"Type": "AWS::IAM::AccessKey"}}}'}, ExpiryUnknown),
        ({"templateBody": "Resources:\n  K:\n    Type: AWS::ApiGateway::ApiKey\n"}, ExpiryUnknown),
        ({"templateBody": UNKNOWN}, ExpiryUnknown),
        ({"templateUrl": "https://example.com/t.json"}, ExpiryUnknown),
        ({"templateBody": '{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}'}, None),
    ]


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
    "aws:cloudcontrol/resource:Resource": [
        ({"typeName": "AWS::ApiGateway::ApiKey"}, ExpiryUnknown),
        ({"typeName": UNKNOWN}, ExpiryUnknown),
        ({"typeName": "AWS::S3::Bucket", "desiredState": UNKNOWN}, None),
    ],
    "aws:cloudformation/stack:Stack": _template(),
    "aws:cloudformation/stackSet:StackSet": _template(),
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
    "aws:redshift/hsmClientCertificate:HsmClientCertificate": [({}, ExpiryUnknown)],
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
        ({"path": "auth//userpass/../token/./create%2Dorphan"}, ExpiryUnknown),
        ({"path": "Auth/Token/Create?x=1"}, ExpiryUnknown),
        ({"path": "auth%2Ftoken%2fcreate"}, ExpiryUnknown),
        ({"path": "aws/creds/deploy?x=/sys/policies"}, ExpiryUnknown),
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
    "vault:kmip/secretCaGenerated:SecretCaGenerated": _seconds("ttl"),
    f"{_PKI}Cert:SecretBackendCert": _CERTIFICATE,
    f"{_PKI}IntermediateCertRequest:SecretBackendIntermediateCertRequest": [
        ({}, ExpiryJudgedElsewhere)
    ],
    f"{_PKI}Key:SecretBackendKey": [({}, ExpiryJudgedElsewhere)],
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

OTHERS: dict[str, list[tuple[dict[str, Any], object]]] = {
    "acme:index/certificate:Certificate": [({}, ExpiryUnknown)],
    "artifactory:index/scopedToken:ScopedToken": _seconds("expiresIn"),
    "aws-native:kms:Key": [
        ({"enableKeyRotation": True, "rotationPeriodInDays": 90}, days(90)),
        ({"enableKeyRotation": False}, NeverExpires),
    ],
    "azure:keyvault/certificate:Certificate": [
        (
            {"certificatePolicy": {"x509CertificateProperties": {"validityInMonths": 1}}},
            days(31),
        ),
        (
            {"certificatePolicy": [{"x509CertificateProperties": [{"validityInMonths": 1}]}]},
            days(31),
        ),
        ({"certificatePolicy": UNKNOWN}, ExpiryUnknown),
        ({"certificatePolicy": {"x509CertificateProperties": UNKNOWN}}, ExpiryUnknown),
        ({"certificate": {"contents": "x"}}, NeverExpires),
        ({}, NeverExpires),
    ],
    "azure:keyvault/key:Key": _instant("expirationDate"),
    "azuread:index/applicationPassword:ApplicationPassword": _ENTRA,
    "azuread:index/servicePrincipalPassword:ServicePrincipalPassword": _ENTRA,
    "azuread:index/servicePrincipalTokenSigningCertificate:"
    "ServicePrincipalTokenSigningCertificate": _instant("endDate"),
    "cloudflare:index/accountToken:AccountToken": _instant("expiresOn"),
    "cloudflare:index/apiToken:ApiToken": _instant("expiresOn"),
    "cloudflare:index/clientCertificate:ClientCertificate": _days("validityDays"),
    "cloudflare:index/originCaCertificate:OriginCaCertificate": _days("requestedValidity"),
    "cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken": _duration(
        "duration"
    ),
    "command:local:Command": _command(),
    "command:remote:Command": _command(),
    "consul:index/aclToken:AclToken": _instant("expirationTime"),
    "datadog:index/serviceAccessToken:ServiceAccessToken": _instant("expiresAt"),
    "digitalocean:index/containerRegistryDockerCredentials:"
    "ContainerRegistryDockerCredentials": _seconds("expirySeconds"),
    "gcp:certificateauthority/certificate:Certificate": _duration("lifetime"),
    "gcp:kms/cryptoKey:CryptoKey": [({"rotationPeriod": "2592000s"}, days(30)), ({}, NeverExpires)],
    "gitlab:index/groupAccessToken:GroupAccessToken": _gitlab(),
    "gitlab:index/groupDeployToken:GroupDeployToken": _date("expiresAt"),
    "gitlab:index/groupServiceAccountAccessToken:GroupServiceAccountAccessToken": _gitlab(),
    "gitlab:index/personalAccessToken:PersonalAccessToken": _gitlab(),
    "gitlab:index/projectAccessToken:ProjectAccessToken": _gitlab(),
    "gitlab:index/projectDeployToken:ProjectDeployToken": _date("expiresAt"),
    "gitlab:index/userImpersonationToken:UserImpersonationToken": _date("expiresAt"),
    "grafana:cloud/accessPolicyRotatingToken:AccessPolicyRotatingToken": _duration("expireAfter"),
    "grafana:cloud/accessPolicyToken:AccessPolicyToken": _instant("expiresAt"),
    "grafana:oss/serviceAccountToken:ServiceAccountToken": _seconds("secondsToLive"),
    "kubernetes:cert-manager.io/v1:Certificate": [
        ({"spec": {"duration": "720h"}}, days(30)),
        ({"spec": {}}, NeverExpires),
        ({"spec": UNKNOWN}, ExpiryUnknown),
    ],
    "kubernetes:certificates.k8s.io/v1:CertificateSigningRequest": [
        ({"spec": {"expirationSeconds": 3600}}, hours(1)),
        ({"spec": {"expirationSeconds": UNKNOWN}}, ExpiryUnknown),
        ({"spec": {}}, NeverExpires),
    ],
    "kubernetes:core/v1:Secret": [
        ({"type": "kubernetes.io/service-account-token"}, NeverExpires),
        ({"type": "Opaque", "data": UNKNOWN}, None),
        ({"type": UNKNOWN}, ExpiryUnknown),
        ({}, None),
    ],
    "linode:index/token:Token": _instant("expiry"),
    "mongodbatlas:index/serviceAccountSecret:ServiceAccountSecret": _hours(
        "secretExpiresAfterHours"
    ),
    "mongodbatlas:index/x509AuthenticationDatabaseUser:X509AuthenticationDatabaseUser": _months(
        "monthsUntilExpiration"
    ),
    "nomad:index/aclToken:AclToken": _duration("expirationTtl"),
    "pulumi-nodejs:dynamic:Resource": [({}, ExpiryUnknown)],
    "pulumi-python:dynamic:Resource": [({}, ExpiryUnknown)],
    "rancher2:index/token:Token": _seconds("ttl"),
    "random:index/randomPassword:RandomPassword": [({}, ExpiryUnknown)],
    "scaleway:iam/apiKey:ApiKey": _instant("expiresAt"),
    "snowflake:index/userProgrammaticAccessToken:UserProgrammaticAccessToken": _days(
        "daysToExpiry"
    ),
    "tailscale:index/tailnetKey:TailnetKey": _seconds("expiry"),
    "tls:index/locallySignedCert:LocallySignedCert": _hours("validityPeriodHours"),
    "tls:index/privateKey:PrivateKey": [({}, ExpiryUnknown)],
    "tls:index/selfSignedCert:SelfSignedCert": _hours("validityPeriodHours"),
}
"""The same, for providers whose SDKs are not installed."""

WITHOUT_AN_END = (
    "aws-native:apigateway:ApiKey",
    "aws-native:iam:AccessKey",
    "azure-native:apimanagement:Subscription",
    "digitalocean:index/spacesKey:SpacesKey",
    "artifactory:index/apiKey:ApiKey",
    "auth0:index/connectionScimToken:ConnectionScimToken",
    "confluentcloud:index/apiKey:ApiKey",
    "datadog:index/apiKey:ApiKey",
    "datadog:index/applicationKey:ApplicationKey",
    "datadog:index/serviceAccountApplicationKey:ServiceAccountApplicationKey",
    "digitalocean:index/databaseUser:DatabaseUser",
    "gcp:iam/oauthClientCredential:OauthClientCredential",
    "gcp:iam/workforcePoolProviderScimToken:WorkforcePoolProviderScimToken",
    "gcp:projects/apiKey:ApiKey",
    "gcp:serviceaccount/key:Key",
    "gcp:storage/hmacKey:HmacKey",
    "gitlab:index/clusterAgentToken:ClusterAgentToken",
    "gitlab:index/pipelineTrigger:PipelineTrigger",
    "gitlab:index/userRunner:UserRunner",
    "minio:index/iamServiceAccount:IamServiceAccount",
    "mongodbatlas:index/apiKey:ApiKey",
    "newrelic:index/apiAccessKey:ApiAccessKey",
    "okta:app/oAuth:OAuth",
    "pulumiservice:index:AccessToken",
    "pulumiservice:index:OrgAccessToken",
    "pulumiservice:index:TeamAccessToken",
    "tailscale:index/oauthClient:OauthClient",
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
