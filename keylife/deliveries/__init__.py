"""The deliveries: one file a delivery, one entry in this table."""

from __future__ import annotations

from keylife.deliveries.delivery import Delivery
from keylife.deliveries.github_actions_secret import GithubActionsSecret
from keylife.deliveries.kubernetes_secret import KubernetesSecret
from keylife.deliveries.secrets_manager import SecretsManager
from keylife.deliveries.ssm_parameter import SsmParameter
from keylife.deliveries.vault_kv import VaultKv
from keylife.extensions import Table, lacks

_OWN: tuple[Delivery, ...] = (
    GithubActionsSecret(),
    KubernetesSecret(),
    SecretsManager(),
    SsmParameter(),
    VaultKv(),
)

DELIVERIES: Table[Delivery] = Table(
    "delivery",
    "keylife.deliveries",
    {delivery.name: delivery for delivery in _OWN},
    lacks("package", "finders", "place", "deliver", models=("settings",)),
)
"""Every delivery that can be declared, by name; other packages' too."""
