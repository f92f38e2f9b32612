"""The type tokens of keylife's own resources, as states and policies know them."""

from __future__ import annotations

MANAGED_KEY = "keylife:index:ManagedKey"
"""A live key, or a revoked one whose versions are not all destroyed yet."""

VERSION = "keylife:index:Version"
"""One version of a key: the ledger's entry, registered before anything of it is created."""

PRINCIPAL = "keylife:index:Principal"
"""What all versions of a key stand for at their issuer, where they share it: parent of that."""

CURRENT = "keylife:index:Current"
"""The version that every delivery carries: registered after all of them were written."""

REVOCATION = "keylife:index:Revocation"
"""The end of a key: a protected resource that stays in the stack for ever."""
