"""The systems: one file a system, one entry in this table.

Another package adds one by an entry point in the group ``keylife.systems`` whose name is the
system's and whose object is its class, made without arguments.
"""

from __future__ import annotations

from keylife.extensions import Table, lacks
from keylife.systems.aws_api_gateway_key import AwsApiGatewayKey
from keylife.systems.aws_iam import AwsIam
from keylife.systems.aws_role_sessions import AwsRoleSessions
from keylife.systems.aws_service_credential import AwsServiceCredential
from keylife.systems.gateway import Gateway
from keylife.systems.generated import Generated
from keylife.systems.secrets_manager import SecretsManager
from keylife.systems.ssm_parameter import SsmParameter
from keylife.systems.system import System
from keylife.systems.unsupported import Unsupported
from keylife.systems.vault_approle import VaultApprole
from keylife.systems.vault_kv import VaultKv
from keylife.systems.vault_pki import VaultPki
from keylife.systems.vault_token import VaultToken

_OWN: tuple[System, ...] = (
    AwsApiGatewayKey(),
    AwsIam(),
    AwsRoleSessions(),
    AwsServiceCredential(),
    Gateway(),
    Generated(),
    SecretsManager(),
    SsmParameter(),
    Unsupported(),
    VaultApprole(),
    VaultKv(),
    VaultPki(),
    VaultToken(),
)

SYSTEMS: Table[System] = Table(
    "system",
    "keylife.systems",
    {system.name: system for system in _OWN},
    lacks("types", "issues", "steps", "holdings", "material", "mark", "use", "look"),
)
"""Every system by name; other packages' too."""

_BY_TYPE = {kind: system for system in _OWN for kind in system.types}


def system_of(kind: str) -> System | None:
    """The system that a Pulumi resource type stands in, keylife's own first; None if there is
    none."""
    if kind in _BY_TYPE:
        return _BY_TYPE[kind]
    return next((system for system in SYSTEMS.values() if kind in system.types), None)


def deleted_by_deploy(system: System) -> bool:
    """Whether a deploy that ends a version has to leave the first deletion to Pulumi's provider,
    because that fails, in this run and every later one, where nothing is left to delete."""
    return bool(getattr(system, "deleted_by_deploy", False))
