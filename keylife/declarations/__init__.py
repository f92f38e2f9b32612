"""Declarations: keys, services and owners as reviewed text, read strictly and edited gently."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from keylife.declarations.load import load

if TYPE_CHECKING:
    from keylife.declarations.edit import declare_revocation, request_rotation

__all__ = ["declare_revocation", "load", "request_rotation"]

_EDITS = ("declare_revocation", "request_rotation")


def __getattr__(name: str) -> Any:
    """Import an edit when it is first used: who only reads does not wait for what writes."""
    if name not in _EDITS:
        raise AttributeError(f"module `keylife.declarations` has no attribute `{name}`")
    return getattr(import_module("keylife.declarations.edit"), name)
