"""Declarations: keys, services and owners as reviewed text, read strictly and edited gently."""

from __future__ import annotations

from keylife.declarations.load import load

__all__ = ["load"]
