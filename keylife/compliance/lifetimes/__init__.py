"""How each credential-minting resource type says when its credential ends.

One reader per type, and one entry in :data:`LIFETIMES` for every ``mint`` row of the catalogue: a
test holds both to each other, and those of pulumi-aws and pulumi-vault to the installed SDKs. A
reader takes the resource's plain inputs and reads no other property than the end needs. An end
that nobody wrote is none, also where an issuer has a default: a reviewer sees only what is
written.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from keylife.compliance.lifetimes.aws import AWS
from keylife.compliance.lifetimes.other_clouds import OTHER_CLOUDS
from keylife.compliance.lifetimes.readers import Lifetime, computed, unreadable
from keylife.compliance.lifetimes.scripts import SCRIPTS
from keylife.compliance.lifetimes.vault import VAULT

__all__ = ["LIFETIMES", "computed", "unreadable"]

LIFETIMES: Mapping[str, Lifetime] = MappingProxyType({**AWS, **VAULT, **OTHER_CLOUDS, **SCRIPTS})
"""By type token, for every type that the rules judge."""
