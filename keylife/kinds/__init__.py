"""The kinds of keys: one file a kind, one entry in this table."""

from __future__ import annotations

from keylife.extensions import Table, lacks
from keylife.kinds.aws_access_key import AwsAccessKey
from keylife.kinds.aws_api_gateway_key import AwsApiGatewayKey
from keylife.kinds.aws_service_credential import AwsServiceCredential
from keylife.kinds.aws_user_access_key import AwsUserAccessKey
from keylife.kinds.generated import Generated
from keylife.kinds.kind import Kind
from keylife.kinds.vault_approle_secret_id import VaultApproleSecretId
from keylife.kinds.vault_pki_certificate import VaultPkiCertificate
from keylife.kinds.vault_token import VaultToken

_OWN: tuple[Kind, ...] = (
    AwsAccessKey(),
    AwsApiGatewayKey(),
    AwsServiceCredential(),
    AwsUserAccessKey(),
    Generated(),
    VaultApproleSecretId(),
    VaultPkiCertificate(),
    VaultToken(),
)

KINDS: Table[Kind] = Table(
    "kind",
    "keylife.kinds",
    {kind.name: kind for kind in _OWN},
    lacks("traits", "credential", "finders", "expiry_enforced_by", "issue", models=("scope",)),
)
"""Every kind that can be declared, by name; other packages' too."""
