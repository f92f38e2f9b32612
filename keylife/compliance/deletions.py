"""What the deletion of a credential's resource does at its issuer, where that is: nothing.

Sources: the column ``revocation_action`` of the catalogue; the documentation of each provider's
resource. What is not named here is revoked, or destroyed, by its deletion.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from keylife.compliance.credential import Objection
from keylife.compliance.unknown import UNKNOWN

Inputs = Mapping[str, object]


def _needs_revoke(inputs: Inputs) -> Objection | None:
    revoke = inputs.get("revoke")
    if revoke is True:
        return None
    why = "`revoke` is computed" if revoke is UNKNOWN else "`revoke` is not true"
    return Objection(why, "set `revoke: true`")


def _never(why: str, cure: str) -> Callable[[Inputs], Objection | None]:
    return lambda _inputs: Objection(why, cure)


def _disabled(inputs: Inputs) -> Objection | None:
    disabled = inputs.get("disableDelete")
    if disabled is None or disabled is False:
        return None
    return Objection("`disableDelete` is set", "take `disableDelete` off")


_BY_TYPE: Mapping[str, Callable[[Inputs], Objection | None]] = MappingProxyType(
    {
        # Source: Vault provider, pki_secret_backend_cert: "revoke … default false".
        "vault:pkiSecret/secretBackendCert:SecretBackendCert": _needs_revoke,
        # Source: Vault provider, pki_secret_backend_sign: its delete does nothing.
        "vault:pkiSecret/secretBackendSign:SecretBackendSign": _never(
            "Vault is never told of it",
            "use `vault:pkiSecret/secretBackendCert` with `revoke: true`, or a keylife key of the"
            " kind vault-pki-certificate",
        ),
        # Source: Vault provider, generic_endpoint, `disable_delete`.
        "vault:generic/endpoint:Endpoint": _disabled,
        # Source: Amazon EC2 user guide, "Delete a key pair": instances keep the public key.
        "aws:ec2/keyPair:KeyPair": _never(
            "instances keep the public key",
            "use EC2 Instance Connect or Session Manager, which need no key",
        ),
        "aws:lightsail/keyPair:KeyPair": _never(
            "instances keep the public key", "use Lightsail's own temporary access instead"
        ),
    }
)


def deletion_objection(type_token: str, inputs: Inputs) -> Objection | None:
    """Why the deletion of a resource would revoke nothing; None if it does revoke.

    Args:
        type_token: the resource's type, as the catalogue has it.
        inputs: its plain inputs.
    """
    # Source: Google Cloud provider, `deletion_policy`: ABANDON leaves the object as it is.
    policy = inputs.get("deletionPolicy")
    if policy is not None and policy is not UNKNOWN and str(policy).upper() == "ABANDON":
        return Objection("`deletionPolicy` is ABANDON", "take `deletionPolicy` out")
    look = _BY_TYPE.get(type_token)
    return None if look is None else look(inputs)
