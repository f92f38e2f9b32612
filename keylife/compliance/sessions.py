"""What nobody can revoke before its end: temporary credentials and self-contained tokens."""

from __future__ import annotations

from collections.abc import Mapping

from keylife.compliance.credential import Expiry, NeverExpires, Objection
from keylife.compliance.lifetimes.readers import lasting
from keylife.compliance.spans import read_go_duration, read_seconds
from keylife.compliance.unknown import UNKNOWN

Inputs = Mapping[str, object]

_AWS_ROLE = "vault:aws/secretBackendRole:SecretBackendRole"

_TOKEN_ROLES = frozenset(
    {
        "vault:alicloud/authBackendRole:AuthBackendRole",
        "vault:appRole/authBackendRole:AuthBackendRole",
        "vault:aws/authBackendRole:AuthBackendRole",
        "vault:azure/authBackendRole:AuthBackendRole",
        "vault:cf/authBackendRole:AuthBackendRole",
        "vault:gcp/authBackendRole:AuthBackendRole",
        "vault:github/authBackend:AuthBackend",
        "vault:index/certAuthBackendRole:CertAuthBackendRole",
        "vault:index/kerberosAuthBackendLdapConfig:KerberosAuthBackendLdapConfig",
        "vault:index/ociAuthBackendRole:OciAuthBackendRole",
        "vault:index/scepAuthBackendRole:ScepAuthBackendRole",
        "vault:index/tpmAuthBackendRole:TpmAuthBackendRole",
        "vault:index/userpassAuthBackendUser:UserpassAuthBackendUser",
        "vault:jwt/authBackendRole:AuthBackendRole",
        "vault:kubernetes/authBackendRole:AuthBackendRole",
        "vault:ldap/authBackend:AuthBackend",
        "vault:okta/authBackend:AuthBackend",
        "vault:radius/authBackend:AuthBackend",
        "vault:saml/authBackendRole:AuthBackendRole",
        "vault:spiffe/authBackendRole:AuthBackendRole",
        "vault:tokenauth/authBackendRole:AuthBackendRole",
    }
)
"""Every type of pulumi-vault with a `tokenType`; a test compares with the installed SDK."""

_STS = frozenset({"assumed_role", "federation_token", "session_token"})
"""Source: Vault's API, "AWS secrets engine", `credential_type`."""

_IRREVOCABLE: Mapping[str, Objection] = {
    # Source: Kubernetes' documentation, "Managing Service Accounts", on the TokenRequest API.
    "kubernetes:authentication.k8s.io/v1:TokenRequest": Objection(
        "a token of a service account works until it ends, whatever is deleted",
        "shorten `spec.expirationSeconds`",
    ),
}

BOUNDING = frozenset({_AWS_ROLE, *_TOKEN_ROLES})
"""The types that bound credentials which nobody can revoke, depending on their inputs."""


def irrevocable(type_token: str) -> Objection | None:
    """Why nobody can revoke what a resource of a type mints; None if somebody can."""
    return _IRREVOCABLE.get(type_token)


def session_of(type_token: str, inputs: Inputs) -> tuple[str, Expiry, Objection] | None:
    """What a role mints that nobody can revoke: in words, how long it lives, and why.

    None for roles whose credentials can be revoked.
    """
    if type_token == _AWS_ROLE:
        return _sts(inputs)
    return _batch(inputs) if type_token in _TOKEN_ROLES else None


def _sts(inputs: Inputs) -> tuple[str, Expiry, Objection] | None:
    """Vault's revoke of such a lease does nothing.

    Sources: Vault, pull request 3760; IAM user guide, "Disabling permissions for temporary
    security credentials".
    """
    kind = inputs.get("credentialType")
    if kind is not UNKNOWN and kind not in _STS:
        return None
    which = "maxStsTtl" if inputs.get("maxStsTtl") else "defaultStsTtl"
    objection = Objection(
        "temporary AWS credentials cannot be revoked, and Vault's revoke of their lease does"
        " nothing",
        "shorten `maxStsTtl`, or use IAM users, whose keys Vault deletes",
    )
    expiry = lasting(which, read_seconds, "a number of seconds")(inputs)
    if isinstance(expiry, NeverExpires):
        expiry = NeverExpires("`maxStsTtl` is not set", "set `maxStsTtl` to a number of seconds")
    return "Vault role for temporary AWS credentials", expiry, objection


def _batch(inputs: Inputs) -> tuple[str, Expiry, Objection] | None:
    """Source: Vault's documentation, "Batch tokens": they cannot be revoked."""
    if inputs.get("tokenType") not in ("batch", "default-batch"):
        return None
    which = "tokenMaxTtl" if inputs.get("tokenMaxTtl") else "tokenTtl"
    expiry = lasting(which, read_go_duration, "a number of seconds")(inputs)
    return (
        "Vault role for batch tokens",
        expiry,
        Objection(
            "batch tokens cannot be revoked",
            "shorten `tokenMaxTtl`, or use service tokens",
        ),
    )
