"""Moving a mount, which Vault begins and ends later.

Source: Vault's API of ``sys/remount``, whose answer is the id of a migration; the Go client of the
real plugin asks after it until it has ended (api/sys_mounts.go, RemountWithContext).
"""

from __future__ import annotations

import time

from keylife.sandbox.plugins.errors import PluginError
from keylife.sandbox.plugins.vault.client import Vault

_PAUSE = 0.05
"""Seconds between two questions."""


def remount(vault: Vault, old: str, new: str, namespace: str | None) -> None:
    """Move a mount and wait until it is there.

    Raises:
        VaultRefusedError: Vault did not begin with it.
        PluginError: it began, and came to nothing.
    """
    begun = vault.write("sys/remount", {"from": old, "to": new}, namespace)
    migration = str(begun["data"]["migration_id"])
    while True:
        answer = vault.read(f"sys/remount/status/{migration}", namespace)
        status = (answer or {}).get("data", {}).get("migration_info", {}).get("status")
        if status == "success":
            return
        if status != "in-progress":
            raise PluginError(f"Failure! Error encountered moving mount {old} to {new}: {status}")
        time.sleep(_PAUSE)
