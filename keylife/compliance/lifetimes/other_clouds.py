"""When the credentials of other providers end, in the forms that each of them writes.

Sources: the schemas of these providers' SDKs, as of July 2026; the catalogue says per row which of
its facts were read there.
"""

from __future__ import annotations

from collections.abc import Mapping

from keylife.compliance.credential import Expiry, NeverExpires
from keylife.compliance.lifetimes.readers import (
    DAYS,
    HAS_NONE,
    HOURS,
    SECONDS,
    End,
    Inputs,
    Lifetime,
    computed,
    decided_by_issuer,
    ending,
    ending_on,
    lasting,
    never,
    within,
)
from keylife.compliance.spans import (
    read_days,
    read_go_duration,
    read_hours,
    read_months,
    read_seconds,
)
from keylife.compliance.unknown import UNKNOWN

_DURATION = "a duration such as 720h"


def _seconds(name: str) -> End:
    return lasting(name, read_seconds, SECONDS)


def _duration(name: str) -> End:
    return lasting(name, read_go_duration, _DURATION)


def _days(name: str) -> End:
    return lasting(name, read_days, DAYS)


def _hours(name: str) -> End:
    return lasting(name, read_hours, HOURS)


def _months(name: str) -> End:
    return lasting(name, read_months, "a number of months")


def _entra_password(inputs: Inputs) -> Expiry:
    """``endDate``, or the deprecated span ``endDateRelative``."""
    if inputs.get("endDate") is None and inputs.get("endDateRelative") is not None:
        return _duration("endDateRelative")(inputs)
    return ending("endDate")(inputs)


def _gitlab_token(inputs: Inputs) -> Expiry:
    """``expiresAt``, a date; or what each rotation by the provider gives the next token."""
    if inputs.get("expiresAt") is None and inputs.get("rotationConfiguration") is not None:
        return within("rotationConfiguration.expirationDays", _days)(inputs)
    return ending_on("expiresAt")(inputs)


def _kubernetes_secret(inputs: Inputs) -> Expiry | None:
    """Kubernetes answers one type of Secret with a token that never ends; others keep a value.

    Source: Kubernetes' documentation, "Managing Service Accounts", on long-lived tokens.
    """
    kind = inputs.get("type")
    if kind is UNKNOWN:
        return computed("type")
    if kind != "kubernetes.io/service-account-token":
        return None
    return NeverExpires(
        "a token of this type of Secret lives until the Secret is deleted",
        "use the TokenRequest API, or mount a projected token, which both expire",
    )


_WHOEVER_ACCEPTS_IT = decided_by_issuer("whoever accepts it")

OTHER_CLOUDS: Mapping[str, Lifetime] = {
    "acme:index/certificate:Certificate": decided_by_issuer("the ACME authority"),
    "artifactory:index/apiKey:ApiKey": never(HAS_NONE),
    "artifactory:index/scopedToken:ScopedToken": _seconds("expiresIn"),
    "auth0:index/connectionScimToken:ConnectionScimToken": never(HAS_NONE),
    "azure-native:apimanagement:Subscription": never(HAS_NONE),
    "azure:keyvault/certificate:Certificate": within(
        "certificatePolicy.x509CertificateProperties.validityInMonths", _months
    ),
    "azure:keyvault/key:Key": ending("expirationDate"),
    "azuread:index/applicationPassword:ApplicationPassword": _entra_password,
    "azuread:index/servicePrincipalPassword:ServicePrincipalPassword": _entra_password,
    "azuread:index/servicePrincipalTokenSigningCertificate:"
    "ServicePrincipalTokenSigningCertificate": ending("endDate"),
    "cloudflare:index/accountToken:AccountToken": ending("expiresOn"),
    "cloudflare:index/apiToken:ApiToken": ending("expiresOn"),
    "cloudflare:index/clientCertificate:ClientCertificate": _days("validityDays"),
    "cloudflare:index/originCaCertificate:OriginCaCertificate": _days("requestedValidity"),
    "cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken": _duration(
        "duration"
    ),
    "confluentcloud:index/apiKey:ApiKey": never(HAS_NONE),
    "consul:index/aclToken:AclToken": ending("expirationTime"),
    "datadog:index/apiKey:ApiKey": never(HAS_NONE),
    "datadog:index/applicationKey:ApplicationKey": never(HAS_NONE),
    "datadog:index/serviceAccessToken:ServiceAccessToken": ending("expiresAt"),
    "datadog:index/serviceAccountApplicationKey:ServiceAccountApplicationKey": never(HAS_NONE),
    "digitalocean:index/containerRegistryDockerCredentials:"
    "ContainerRegistryDockerCredentials": _seconds("expirySeconds"),
    "digitalocean:index/databaseUser:DatabaseUser": never(HAS_NONE),
    "digitalocean:index/spacesKey:SpacesKey": never(HAS_NONE),
    "gcp:certificateauthority/certificate:Certificate": _duration("lifetime"),
    "gcp:iam/oauthClientCredential:OauthClientCredential": never(HAS_NONE),
    "gcp:iam/workforcePoolProviderScimToken:WorkforcePoolProviderScimToken": never(HAS_NONE),
    "gcp:kms/cryptoKey:CryptoKey": _duration("rotationPeriod"),
    "gcp:projects/apiKey:ApiKey": never(HAS_NONE),
    "gcp:serviceaccount/key:Key": never(HAS_NONE),
    "gcp:storage/hmacKey:HmacKey": never(HAS_NONE),
    "gitlab:index/clusterAgentToken:ClusterAgentToken": never(HAS_NONE),
    "gitlab:index/groupAccessToken:GroupAccessToken": _gitlab_token,
    "gitlab:index/groupDeployToken:GroupDeployToken": ending_on("expiresAt"),
    "gitlab:index/groupServiceAccountAccessToken:GroupServiceAccountAccessToken": _gitlab_token,
    "gitlab:index/personalAccessToken:PersonalAccessToken": _gitlab_token,
    "gitlab:index/pipelineTrigger:PipelineTrigger": never(HAS_NONE),
    "gitlab:index/projectAccessToken:ProjectAccessToken": _gitlab_token,
    "gitlab:index/projectDeployToken:ProjectDeployToken": ending_on("expiresAt"),
    "gitlab:index/userImpersonationToken:UserImpersonationToken": ending_on("expiresAt"),
    "gitlab:index/userRunner:UserRunner": never(HAS_NONE),
    "grafana:cloud/accessPolicyRotatingToken:AccessPolicyRotatingToken": _duration("expireAfter"),
    "grafana:cloud/accessPolicyToken:AccessPolicyToken": ending("expiresAt"),
    "grafana:oss/serviceAccountToken:ServiceAccountToken": _seconds("secondsToLive"),
    "kubernetes:cert-manager.io/v1:Certificate": within("spec.duration", _duration),
    "kubernetes:certificates.k8s.io/v1:CertificateSigningRequest": within(
        "spec.expirationSeconds", _seconds
    ),
    "kubernetes:core/v1:Secret": _kubernetes_secret,
    "linode:index/token:Token": ending("expiry"),
    "minio:index/iamServiceAccount:IamServiceAccount": never(HAS_NONE),
    "mongodbatlas:index/apiKey:ApiKey": never(HAS_NONE),
    "mongodbatlas:index/serviceAccountSecret:ServiceAccountSecret": _hours(
        "secretExpiresAfterHours"
    ),
    "mongodbatlas:index/x509AuthenticationDatabaseUser:X509AuthenticationDatabaseUser": _months(
        "monthsUntilExpiration"
    ),
    "newrelic:index/apiAccessKey:ApiAccessKey": never(HAS_NONE),
    "nomad:index/aclToken:AclToken": _duration("expirationTtl"),
    "okta:app/oAuth:OAuth": never(HAS_NONE),
    "pulumiservice:index:AccessToken": never(HAS_NONE),
    "pulumiservice:index:OrgAccessToken": never(HAS_NONE),
    "pulumiservice:index:TeamAccessToken": never(HAS_NONE),
    "rancher2:index/token:Token": _seconds("ttl"),
    "random:index/randomPassword:RandomPassword": _WHOEVER_ACCEPTS_IT,
    "scaleway:iam/apiKey:ApiKey": ending("expiresAt"),
    "snowflake:index/userProgrammaticAccessToken:UserProgrammaticAccessToken": _days(
        "daysToExpiry"
    ),
    "tailscale:index/oauthClient:OauthClient": never(HAS_NONE),
    "tailscale:index/tailnetKey:TailnetKey": _seconds("expiry"),
    "tls:index/locallySignedCert:LocallySignedCert": _hours("validityPeriodHours"),
    "tls:index/privateKey:PrivateKey": _WHOEVER_ACCEPTS_IT,
    "tls:index/selfSignedCert:SelfSignedCert": _hours("validityPeriodHours"),
}
"""By type token."""
