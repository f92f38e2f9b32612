"""The type tokens of keylife's own resources, as programs, states and policies know them."""

from __future__ import annotations

from typing import Final

PREFIX: Final = "keylife:index:"

MANAGED_KEY: Final = "keylife:index:ManagedKey"
"""A live key, or a revoked one whose versions are not all destroyed yet."""

VERSION: Final = "keylife:index:Version"
"""One version of a key: the ledger's entry, registered before anything of it is created."""

PRINCIPAL: Final = "keylife:index:Principal"
"""What all versions of a key stand for at their issuer, where they share it: parent of that."""

CURRENT: Final = "keylife:index:Current"
"""The version that every delivery carries: registered after all of them were written."""

REVOCATION: Final = "keylife:index:Revocation"
"""The end of a key: a protected resource that stays in the stack for ever."""
