"""The deliveries: one file a delivery, one entry in this table."""

from __future__ import annotations

from collections.abc import Mapping

from keylife.deliveries.delivery import Delivery
from keylife.deliveries.secrets_manager import SecretsManager
from keylife.deliveries.vault_kv import VaultKv

DELIVERIES: Mapping[str, Delivery] = {
    delivery.name: delivery for delivery in (SecretsManager(), VaultKv())
}
"""Every delivery that can be declared, by name."""
