"""The kinds of keys: one file a kind, one entry in this table."""

from __future__ import annotations

from collections.abc import Mapping

from keylife.kinds.aws_access_key import AwsAccessKey
from keylife.kinds.kind import Kind
from keylife.kinds.vault_token import VaultToken

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (AwsAccessKey(), VaultToken())}
"""Every kind that can be declared, by name."""
