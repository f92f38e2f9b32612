"""Declarations: keys, services and owners as reviewed text, read strictly and edited gently."""

from __future__ import annotations

from keylife.declarations.edit import declare_revocation, request_rotation
from keylife.declarations.load import load

__all__ = ["declare_revocation", "load", "request_rotation"]
