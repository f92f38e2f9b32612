"""The credential that a key began with, as one name that its issuer has for it."""

from __future__ import annotations

from collections.abc import Mapping


def imported_id(imported: object) -> str | None:
    """What the issuer calls the credential that a key imports; None for a key that imports none.

    Args:
        imported: as declared, or as the key's component is registered with it.
    """
    credential = imported.get("credential") if isinstance(imported, Mapping) else None
    if not isinstance(credential, Mapping):
        return None
    return " ".join(f"{name}={credential[name]}" for name in sorted(credential))
