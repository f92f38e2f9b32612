"""The type tokens by which a gate knows keylife's own resources in a program or a state."""

from __future__ import annotations

from typing import Final

PREFIX: Final = "keylife:index:"
MANAGED_KEY: Final = "keylife:index:ManagedKey"
VERSION: Final = "keylife:index:Version"
CURRENT: Final = "keylife:index:Current"
REVOCATION: Final = "keylife:index:Revocation"
